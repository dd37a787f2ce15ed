//! "Did you mean …": names that resemble a wrong one.

/// At most this many are suggested.
const MAX_SUGGESTIONS: usize = 3;

/// Names longer than this (characters) are not compared; the comparison is quadratic.
const MAX_COMPARED: usize = 128;

/// The candidates that resemble `name`, best first.
pub(crate) fn near_matches<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let wanted = fold(name);
    if wanted.is_empty() || wanted.chars().count() > MAX_COMPARED {
        return Vec::new();
    }
    let mut scored: Vec<(f64, &str)> = candidates
        .filter(|candidate| candidate.len() <= MAX_COMPARED)
        .map(|candidate| (similarity(&wanted, &fold(candidate)), candidate))
        .filter(|(score, _)| *score >= 0.0)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored
        .into_iter()
        .take(MAX_SUGGESTIONS)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// How alike two folded names are, from 0 to 1, or -1 when they are not alike enough to mention.
fn similarity(wanted: &str, candidate: &str) -> f64 {
    let score = strsim::normalized_damerau_levenshtein(wanted, candidate);
    let contained = wanted.len() >= 3
        && candidate.len() >= 3
        && (candidate.contains(wanted) || wanted.contains(candidate));
    if score >= 0.6 || contained {
        return score;
    }
    -1.0
}

/// `pressEnter`, `press-enter` and `press_enter` are one name.
fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | '.' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}
