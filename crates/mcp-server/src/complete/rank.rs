//! Which values fit what was typed, and in which order.

/// Values longer than this (bytes) are not compared by how alike they are, which is quadratic.
const MAX_COMPARED: usize = 128;

/// How alike what was typed and the beginning of a value have to be, from 0 to 1.
const NEAR: f64 = 0.6;

/// How well a value fits; the smaller the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It begins with what was typed.
    Begins,
    /// It begins so but for the case of its letters.
    BeginsInOtherCase,
    /// It has it in the middle.
    Contains,
    /// It nearly begins with it.
    Near,
}

/// The values that fit, the best first; those that fit as well in the order in which they came.
/// None comes twice.
pub(super) fn rank(typed: &str, values: impl IntoIterator<Item = String>) -> Vec<String> {
    let folded = typed.to_lowercase();
    let mut seen = std::collections::HashSet::new();
    let mut fitting: Vec<(Fit, String)> = values
        .into_iter()
        .filter(|value| seen.insert(value.clone()))
        .filter_map(|value| Some((fit(typed, &folded, &value)?, value)))
        .collect();
    fitting.sort_by_key(|(fit, _)| *fit);
    fitting.into_iter().map(|(_, value)| value).collect()
}

fn fit(typed: &str, folded: &str, value: &str) -> Option<Fit> {
    if value.starts_with(typed) {
        return Some(Fit::Begins);
    }
    let value = value.to_lowercase();
    if value.starts_with(folded) {
        return Some(Fit::BeginsInOtherCase);
    }
    if value.contains(folded) {
        return Some(Fit::Contains);
    }
    if folded.len() > MAX_COMPARED {
        return None;
    }
    let beginning: String = value.chars().take(folded.chars().count()).collect();
    let alike = strsim::normalized_damerau_levenshtein(folded, &beginning);
    (alike >= NEAR).then_some(Fit::Near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, values: &[&str], expected: &[&str]) {
        let values = values.iter().map(|&value| value.to_owned());
        assert_eq!(rank(typed, values), expected, "{typed:?}");
    }

    /// Promise: prefixes come first, then what contains it, then what nearly begins so.
    #[test]
    fn the_best_comes_first() {
        let values = ["mysql", "mariadb", "postgresql", "sqlite", "redis"];
        check("", &values, &values);
        check("m", &values, &["mysql", "mariadb"]);
        check("sql", &values, &["sqlite", "mysql", "postgresql"]);
        check("postger", &values, &["postgresql"]);
        check("RED", &values, &["redis"]);
        check("oracle", &values, &[]);
        check("b", &["ab", "B", "b", "b"], &["b", "B", "ab"]);
    }

    /// Promise: the longest value that there may be costs next to nothing.
    #[test]
    fn long_values_are_not_compared() {
        check(&"x".repeat(4096), &["y"], &[]);
    }
}
