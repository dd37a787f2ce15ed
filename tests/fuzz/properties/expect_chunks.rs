//! The expect engine: however a stream is cut and however little the automaton may remember, it
//! finds what a search of all that has arrived finds.

mod grammar;
mod oracle;

use std::time::Instant;

use regex::bytes::{Regex, RegexBuilder};
use rejoinder_expect::{
    Commit, Edge, EndAnchor, Limits, Match, Offset, Pattern, PatternSet, Priority, Ring, Search,
    SearchOptions, WordBoundary,
};

use super::input::{Input, pieces};
use oracle::{Oracle, Span, upto_empty};

/// What the first byte of an input chooses.
#[derive(Clone, Copy, Debug)]
struct Choice {
    priority: Priority,
    /// The patterns are regular expressions as they stand; otherwise their bytes build valid
    /// ones.
    verbatim: bool,
    case_insensitive: bool,
    /// The prefilter is there from the first byte on.
    warm: bool,
}

impl Choice {
    fn new(byte: u8) -> Choice {
        Choice {
            priority: if byte & 1 == 0 {
                Priority::Earliest
            } else {
                Priority::Order
            },
            verbatim: byte & 2 != 0,
            case_insensitive: byte & 4 != 0,
            warm: byte & 8 != 0,
        }
    }
}

/// The longest pattern, in bytes, and the greatest number of them: enough for every rule, and
/// few enough for many runs.
const PATTERN: usize = 48;
const PATTERNS: usize = 4;

/// The longest stream.
const STREAM: usize = 160;

/// The first byte chooses options, the second how the stream is cut. Then come patterns, one in
/// each line up to an empty one, and then the stream.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = Choice::new(input.byte());
    let seed = input.byte();
    let mut patterns = Vec::new();
    while patterns.len() < PATTERNS {
        match input.line() {
            [] => break,
            line => patterns.push(pattern_text(choice, &line[..line.len().min(PATTERN)])),
        }
    }
    let stream = input.rest(STREAM);
    let Some((lazy, smallest, oracle)) = compile(&patterns, choice) else {
        return;
    };
    let pieces = pieces(stream, seed);

    at_every_edge(&lazy, &smallest, &oracle, choice, &pieces);
    live(&smallest, &oracle, choice, stream, &pieces);
    with_a_small_ring(&smallest, choice, &pieces);
    if !choice.verbatim {
        cut_anywhere(&smallest, choice, stream, &pieces);
    }
}

fn pattern_text(choice: Choice, line: &[u8]) -> String {
    if choice.verbatim {
        String::from_utf8_lossy(line).into_owned()
    } else {
        grammar::pattern(line)
    }
}

/// The patterns with the usual cache, with the smallest there is, and as the oracle knows them;
/// `None` when they are none, which both have to say, or too large.
fn compile(patterns: &[String], choice: Choice) -> Option<(PatternSet, PatternSet, Oracle)> {
    let limits = Limits {
        nfa_bytes: 128 << 10,
        ..Limits::default()
    };
    let smallest = Limits {
        cache_bytes: 0,
        ..limits
    };
    let build = |limits| {
        PatternSet::builder()
            .limits(limits)
            .build(patterns.iter().map(|text| {
                Pattern::regex(text.as_str())
                    .case_insensitive(choice.case_insensitive)
                    .crlf(false)
                    .unicode_classes(true)
                    .word_boundary(WordBoundary::Unicode)
            }))
    };
    let known: Result<Vec<Regex>, _> = patterns
        .iter()
        .map(|text| {
            RegexBuilder::new(text)
                .case_insensitive(choice.case_insensitive)
                .size_limit(1 << 20)
                .build()
        })
        .collect();
    match (build(limits), known) {
        (Ok(set), Ok(known)) => {
            let smallest = build(smallest).expect("the cache's size is no reason to refuse");
            Some((set, smallest, Oracle::new(known)))
        }
        (Err(error), _) if error.is_limit() => None,
        (_, Err(regex::Error::CompiledTooBig(_))) => None,
        (Err(_), Err(_)) if choice.verbatim => None,
        (set, known) => panic!("{patterns:?}: {:?} but {:?}", set.err(), known.err()),
    }
}

/// At every edge the match is that of a search of all that has arrived.
fn at_every_edge(
    lazy: &PatternSet,
    smallest: &PatternSet,
    oracle: &Oracle,
    choice: Choice,
    pieces: &[&[u8]],
) {
    let options = SearchOptions {
        priority: choice.priority,
        ..SearchOptions::default()
    };
    let want = oracle.at_edges(pieces, choice.priority);
    if choice.warm {
        warm(lazy, options);
        warm(smallest, options);
    }
    assert_eq!(
        spans(&run(lazy, options, Ring::new(), pieces)),
        want,
        "usual cache"
    );
    assert_eq!(
        spans(&run(smallest, options, Ring::new(), pieces)),
        want,
        "smallest cache"
    );
}

/// While more is known to come, nothing is taken that more could change.
fn live(set: &PatternSet, oracle: &Oracle, choice: Choice, stream: &[u8], pieces: &[&[u8]]) {
    let options = SearchOptions {
        priority: choice.priority,
        ..SearchOptions::default()
    };
    let mut search = Search::with_options(set, Offset::ZERO, options);
    let mut ring = Ring::new();
    let now = Instant::now();
    let mut found = None;
    for piece in pieces {
        ring.push(piece);
        found = search.advance(&ring, Edge::Live, now);
        if found.is_some() {
            break;
        }
    }
    let found = found.or_else(|| search.advance(&ring, Edge::Drained, now));
    assert_eq!(
        found.as_ref().map(Span::of),
        oracle.find(stream, 0, choice.priority),
        "live"
    );
}

/// With a window of 16 bytes, offsets stay in order; and where all patterns run on the automaton,
/// pattern and end are still exact, and the start is or is said to be clipped.
fn with_a_small_ring(set: &PatternSet, choice: Choice, pieces: &[&[u8]]) {
    let pieces: Vec<&[u8]> = pieces.iter().flat_map(|piece| piece.chunks(16)).collect();
    let options = SearchOptions {
        priority: choice.priority,
        ..SearchOptions::default()
    };
    let got = run(set, options, Ring::with_window(16), &pieces);
    for found in &got {
        assert!(found.from() <= found.start() && found.start() <= found.end());
        assert_eq!(found.before_len(), found.start() - found.from());
    }
    if choice.verbatim || choice.priority == Priority::Order {
        return;
    }
    let want = spans(&run(set, options, Ring::new(), &pieces));
    let want = upto_empty(&want);
    assert!(got.len() >= want.len(), "{got:?} for {want:?}");
    for (got, want) in got.iter().zip(want) {
        let span = Span::of(got);
        assert_eq!(
            (span.pattern, span.end),
            (want.pattern, want.end),
            "small ring"
        );
        assert!(
            span.start == want.start || got.start_clipped() && span.start > want.start,
            "{got:?} for {want:?}"
        );
        assert!(
            got.start_clipped() || span.groups == want.groups,
            "{got:?} for {want:?}"
        );
        assert_eq!(got.skipped(), 0);
    }
}

/// With strict ends, the first match does not depend on how the stream is cut.
fn cut_anywhere(set: &PatternSet, choice: Choice, stream: &[u8], pieces: &[&[u8]]) {
    let options = SearchOptions {
        priority: choice.priority,
        commit: Commit::Earliest,
        end: EndAnchor::Strict,
    };
    let places = |pieces: &[&[u8]]| -> Vec<_> {
        let found = spans(&run(set, options, Ring::new(), pieces));
        let place = |span: &Span| (span.pattern, span.start, span.end);
        upto_empty(&found).iter().map(place).collect()
    };
    let whole = places(&[stream]);
    assert_eq!(places(pieces), whole, "cut");
    assert_eq!(
        places(&stream.chunks(1).collect::<Vec<_>>()),
        whole,
        "byte by byte"
    );
}

/// Every match of a stream that comes in pieces, each followed by a drained edge and the last by
/// the end. After an empty match the next search waits for the next piece.
fn run(set: &PatternSet, options: SearchOptions, mut ring: Ring, pieces: &[&[u8]]) -> Vec<Match> {
    let mut search = Search::with_options(set, Offset::ZERO, options);
    let mut found = Vec::new();
    let now = Instant::now();
    let edges = pieces.iter().map(|&piece| (piece, Edge::Drained));
    for (piece, edge) in edges.chain([(&[][..], Edge::Eof)]) {
        ring.push(piece);
        while let Some(hit) = search.advance(&ring, edge, now) {
            search.restart(hit.end());
            let empty = hit.is_empty();
            found.push(hit);
            if empty {
                break;
            }
        }
    }
    found
}

fn spans(found: &[Match]) -> Vec<Span> {
    found.iter().map(Span::of).collect()
}

/// Shows a set enough of a stream for it to build its prefilter.
fn warm(set: &PatternSet, options: SearchOptions) {
    let mut ring = Ring::new();
    ring.push(&[b'z'; 5000]);
    Search::with_options(set, Offset::ZERO, options).advance(&ring, Edge::Live, Instant::now());
}
