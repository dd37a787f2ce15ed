//! From patterns to automata, within limits, and what is said when they are passed.

use crate::automaton::Automaton;
use crate::error::PatternError;
use crate::{Limits, Pattern, syntax};
use regex_automata::MatchKind;
use regex_automata::meta;
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::look::{Look, LookSet};
use regex_automata::util::prefilter::Prefilter;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Above this, state ids of the lazy automaton would no longer fit.
const CACHE_BYTES_MAX: usize = 256 << 20;

/// What a range of a class takes in an automaton at the least, in bytes: one transition.
const LEAST_PER_RANGE: usize = 8;

type Hirs = Vec<Hir>;

pub(crate) fn parse_all(
    patterns: &[Pattern],
    limits: &Limits,
) -> Result<(Hirs, Option<Hirs>), PatternError> {
    let mut stream = Vec::with_capacity(patterns.len());
    let mut exact = Vec::with_capacity(patterns.len());
    let mut needs_exact = false;
    let mut ranges = 0;
    for (index, pattern) in patterns.iter().enumerate() {
        if pattern.text_len() > limits.pattern_bytes {
            return Err(PatternError::limit(
                Some(index),
                format_args!(
                    "pattern {index} {pattern} is {} bytes long, more than {} are not accepted; \
                     look for a shorter, telling part of it",
                    pattern.text_len(),
                    limits.pattern_bytes
                ),
            ));
        }
        let parsed = syntax::parse(pattern).map_err(|source| not_valid(index, pattern, source))?;
        needs_exact |= parsed.exact.is_some();
        // Three letters name a class of hundreds of ranges. What cannot fit is refused before
        // the rest is parsed as well.
        ranges += count_ranges(&parsed.stream);
        if ranges.saturating_mul(LEAST_PER_RANGE) > limits.nfa_bytes {
            return Err(PatternError::limit(
                Some(index),
                format_args!(
                    "with pattern {index} {pattern} the classes alone compile to more than {} \
                     bytes; use ASCII classes, or raise the limit",
                    limits.nfa_bytes
                ),
            ));
        }
        exact.push(parsed.exact.unwrap_or_else(|| parsed.stream.clone()));
        stream.push(parsed.stream);
    }
    Ok((stream, needs_exact.then_some(exact)))
}

/// How many ranges of characters an expression's classes have, each occurrence counted.
fn count_ranges(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class.ranges().len(),
        HirKind::Class(Class::Bytes(class)) => class.ranges().len(),
        HirKind::Capture(capture) => count_ranges(&capture.sub),
        HirKind::Repetition(repetition) => count_ranges(&repetition.sub),
        HirKind::Concat(list) | HirKind::Alternation(list) => list.iter().map(count_ranges).sum(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => 0,
    }
}

fn not_valid(index: usize, pattern: &Pattern, source: Box<regex_syntax::Error>) -> PatternError {
    let (what, at) = match &*source {
        regex_syntax::Error::Parse(error) => {
            (error.kind().to_string(), Some(error.span().start.offset))
        }
        regex_syntax::Error::Translate(error) => {
            (error.kind().to_string(), Some(error.span().start.offset))
        }
        other => (other.to_string(), None),
    };
    let place = at.map_or_else(String::new, |at| format!(" at byte {at}"));
    PatternError::syntax(
        index,
        format_args!(
            "pattern {index} {pattern} is not a valid regular expression: {what}{place}; to look \
             for this text as it stands, use a literal"
        ),
        source,
    )
}

/// Says with which pattern a set became too large, and whether that one is so alone.
pub(crate) fn too_large(patterns: &[Pattern], hirs: &[Hir], limit: usize) -> PatternError {
    let counts: Vec<usize> = (1..=hirs.len()).collect();
    let fits = |count: &usize| compile(&hirs[..*count], Some(limit), false).is_some();
    let index = counts.partition_point(fits).min(patterns.len() - 1);
    let pattern = &patterns[index];
    if compile(&hirs[index..=index], Some(limit), false).is_none() {
        return PatternError::limit(
            Some(index),
            format_args!(
                "pattern {index} {pattern} compiles to more than {limit} bytes; bound its \
                 repetitions more tightly, use ASCII classes, or raise the limit"
            ),
        );
    }
    PatternError::limit(
        Some(index),
        format_args!(
            "with pattern {index} {pattern} the set compiles to more than {limit} bytes; use \
             fewer patterns, or raise the limit"
        ),
    )
}

pub(crate) fn compile<H: std::borrow::Borrow<Hir>>(
    hirs: &[H],
    limit: Option<usize>,
    reverse: bool,
) -> Option<NFA> {
    let config = thompson::Config::new()
        .utf8(false)
        .reverse(reverse)
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(limit);
    thompson::Compiler::new()
        .configure(config)
        .build_many_from_hir(hirs)
        .ok()
}

pub(crate) fn lazy(
    nfa: &NFA,
    kind: MatchKind,
    each_pattern: bool,
    limits: &Limits,
) -> Option<Automaton> {
    Automaton::lazy(
        nfa,
        kind,
        each_pattern,
        limits.cache_bytes.min(CACHE_BYTES_MAX),
    )
}

/// A prefilter that is worth its while; a slow one loses against plain stepping.
pub(crate) fn prefilter(hirs: &[Hir]) -> Option<Prefilter> {
    Prefilter::from_hirs_prefix(MatchKind::LeftmostFirst, hirs).filter(Prefilter::is_fast)
}

/// Whether any of these assertions asks what comes next. (After a carriage return, a line begins
/// only if no newline follows.)
pub(crate) fn looks_ahead(looks: LookSet) -> bool {
    let back = [
        Look::Start,
        Look::StartLF,
        Look::WordStartHalfAscii,
        Look::WordStartHalfUnicode,
    ];
    looks.iter().any(|look| !back.contains(&look))
}

/// Engines for searches of bytes that are all at hand.
pub(crate) fn whole_bytes() -> meta::Builder {
    let config = meta::Config::new()
        .utf8_empty(false)
        .match_kind(MatchKind::LeftmostFirst)
        .auto_prefilter(false)
        .dfa(false)
        .nfa_size_limit(None);
    let mut builder = meta::Builder::new();
    builder.configure(config);
    builder
}

pub(crate) fn collect_names(hir: &Hir, names: &mut [Option<String>]) {
    match hir.kind() {
        HirKind::Capture(capture) => {
            let place = usize::try_from(capture.index)
                .ok()
                .and_then(|index| names.get_mut(index));
            if let (Some(place), Some(name)) = (place, &capture.name) {
                *place = Some(name.to_string());
            }
            collect_names(&capture.sub, names);
        }
        HirKind::Repetition(repetition) => collect_names(&repetition.sub, names),
        HirKind::Concat(list) | HirKind::Alternation(list) => {
            for hir in list {
                collect_names(hir, names);
            }
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}
