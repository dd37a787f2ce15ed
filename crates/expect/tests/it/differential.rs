//! The streaming engine against whole-buffer searches: random patterns, streams and cuts.

use crate::oracle::{Oracle, Span};
use proptest::prelude::*;
use rejoinder_expect::{
    Commit, Edge, EndAnchor, Limits, Offset, Pattern, PatternSet, Priority, Ring, Search,
    SearchOptions, WordBoundary,
};
use std::time::{Duration, Instant};

/// Which assertions a random pattern may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    /// None but those that look back.
    Back,
    /// All that an automaton over bytes can decide.
    All,
    /// Unicode word boundaries too.
    Unicode,
}

fn pattern(looks: Looks) -> impl Strategy<Value = String> {
    let literal = prop_oneof![
        8 => prop::sample::select(vec!["a", "b", "c", "ab", "A", " ", "é", r"\n", r"\r"]),
        2 => prop::sample::select(vec![".", "[ab]", "[^a]", r"\w", r"\s", "(?-u:.)", "[é-ü]"]),
    ]
    .prop_map(String::from);
    let looks = match looks {
        Looks::Back => vec!["^", "(?m:^)"],
        Looks::All => vec!["^", "(?m:^)", "$", "(?m:$)", r"(?-u:\b)", r"(?-u:\B)"],
        Looks::Unicode => vec![r"\b", r"\B", "^", "$", r"\b{start}", r"\b{end}"],
    };
    let look = prop::sample::select(looks).prop_map(String::from);
    let leaf = prop_oneof![7 => literal, 2 => look];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => inner.clone().prop_map(|part| format!("({part})")),
            3 => (inner, prop::sample::select(vec!["*", "+", "?", "*?", "+?", "{2}", "{1,3}"]))
                .prop_map(|(part, repeat)| format!("(?:{part}){repeat}")),
        ]
    })
}

fn patterns(looks: Looks) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(pattern(looks), 1..5)
}

/// Patterns that begin with literals, so that a prefilter can be made for them.
fn literal_patterns() -> impl Strategy<Value = Vec<String>> {
    let look = prop::sample::select(vec!["", "", "", "^", "(?m:^)", r"(?-u:\b)"]);
    let head = prop::sample::select(vec!["abc", "abca", "cab", "bcab", "caab"]);
    let tail = prop_oneof![3 => Just(String::new()), 1 => pattern(Looks::All)];
    let one = (look, head, tail).prop_map(|(look, head, tail)| format!("{look}{head}(?:{tail})"));
    prop::collection::vec(one, 1..4)
}

/// Reads that are cut anywhere, with such literals and stretches of other letters.
fn letters() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let token = prop::sample::select(vec!["abc", "abca", "cab", "caab", "z", "zzzzz", "\n", " "]);
    let cut = 1_usize..9;
    (
        prop::collection::vec(token, 0..12),
        prop::collection::vec(cut, 1..6),
    )
        .prop_map(|(tokens, cuts)| {
            let stream = tokens.concat().into_bytes();
            let mut cuts = cuts.iter().cycle();
            let (mut pieces, mut rest) = (Vec::new(), &stream[..]);
            while !rest.is_empty() {
                let len = cuts.next().map_or(1, |&cut| cut.min(rest.len()));
                pieces.push(rest[..len].to_vec());
                rest = &rest[len..];
            }
            pieces
        })
}

/// A stream in the pieces it is read in.
fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let token = prop_oneof![
        10 => prop::sample::select(vec!["a", "b", "c", "ab", "aab", "A", " "]),
        3 => prop::sample::select(vec!["\n", "\r", "\r\n", "é", "ü"]),
    ]
    .prop_map(|text| text.as_bytes().to_vec());
    let odd = prop::sample::select(vec![vec![0xff_u8], vec![0xc3], vec![0]]);
    let token = prop_oneof![12 => token, 1 => odd];
    let piece = prop::collection::vec(token, 0..6).prop_map(|tokens| tokens.concat());
    prop::collection::vec(piece, 0..8)
}

/// The same pieces, cut once more at any byte.
fn cut_pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    (pieces(), any::<prop::sample::Index>()).prop_map(|(mut pieces, at)| {
        if let Some(longest) = pieces.iter_mut().max_by_key(|piece| piece.len())
            && !longest.is_empty()
        {
            let rest = longest.split_off(at.index(longest.len()));
            pieces.push(rest);
        }
        pieces
    })
}

fn set(patterns: &[String], limits: Limits, dense: bool) -> PatternSet {
    PatternSet::builder()
        .limits(limits)
        .dense(dense)
        .build(patterns.iter().map(|text| {
            let pattern = Pattern::regex(text.as_str())
                .crlf(false)
                .unicode_classes(true);
            pattern.word_boundary(WordBoundary::Unicode)
        }))
        .expect("the generator writes valid patterns")
}

/// Shows a set enough of a stream for it to build its prefilter, which later searches then use
/// from their first byte on.
fn warm(set: &PatternSet, priority: Priority) {
    let mut ring = Ring::new();
    ring.push(&[b'z'; 5000]);
    Search::with_options(set, Offset::ZERO, drain(priority)).advance(
        &ring,
        Edge::Live,
        Instant::now(),
    );
}

/// The smallest caches there are, in which the automaton forgets all the time.
fn smallest() -> Limits {
    Limits {
        cache_bytes: 0,
        ..Limits::default()
    }
}

/// Every match of a stream that comes in pieces, each piece being followed by a `Drained` edge
/// and the last by `Eof`. After an empty match the next search waits for the next piece.
fn run(set: &PatternSet, options: SearchOptions, ring: Ring, pieces: &[Vec<u8>]) -> Vec<Span> {
    run_matches(set, options, ring, pieces)
        .iter()
        .map(Span::of)
        .collect()
}

fn run_matches(
    set: &PatternSet,
    options: SearchOptions,
    mut ring: Ring,
    pieces: &[Vec<u8>],
) -> Vec<rejoinder_expect::Match> {
    let mut search = Search::with_options(set, Offset::ZERO, options);
    let mut found = Vec::new();
    let edges = pieces.iter().map(|piece| (piece.as_slice(), Edge::Drained));
    for (piece, edge) in edges.chain([(&[][..], Edge::Eof)]) {
        ring.push(piece);
        while let Some(hit) = search.advance(&ring, edge, Instant::now()) {
            assert!(
                search.advance(&ring, edge, Instant::now()).is_none(),
                "a match comes once"
            );
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

/// The same by whole-buffer searches at every edge.
fn expected_at_edges(
    pieces: &[Vec<u8>],
    mut find: impl FnMut(&[u8], usize) -> Option<Span>,
) -> Vec<Span> {
    let stream = pieces.concat();
    let (mut found, mut from, mut edge) = (Vec::new(), 0, 0);
    for len in pieces.iter().map(Vec::len).chain([0]) {
        edge += len;
        while let Some(span) = find(&stream[..edge], from) {
            from = span.end;
            let empty = span.start == span.end;
            found.push(span);
            if empty {
                break;
            }
        }
    }
    found
}

/// The matches up to the first empty one, which is found again and again.
fn upto_empty(spans: &[Span]) -> &[Span] {
    let empty = spans.iter().position(|span| span.start == span.end);
    &spans[..empty.map_or(spans.len(), |at| at + 1)]
}

fn drain(priority: Priority) -> SearchOptions {
    SearchOptions {
        priority,
        ..SearchOptions::default()
    }
}

fn check_drain(patterns: &[String], pieces: &[Vec<u8>], priority: Priority) {
    let oracle = Oracle::new(patterns.iter().map(String::as_str));
    let want = expected_at_edges(pieces, |hay, from| match priority {
        Priority::Earliest => oracle.earliest(hay, from),
        Priority::Order => oracle.order(hay, from),
    });
    let lazy_set = set(patterns, Limits::default(), false);
    let lazy = run(&lazy_set, drain(priority), Ring::new(), pieces);
    assert_eq!(lazy, want, "lazy");
    warm(&lazy_set, priority);
    let jumping = run(&lazy_set, drain(priority), Ring::new(), pieces);
    assert_eq!(jumping, want, "with a prefilter where there can be one");
    let small = run(
        &set(patterns, smallest(), false),
        drain(priority),
        Ring::new(),
        pieces,
    );
    assert_eq!(small, want, "smallest cache");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Guards: at each edge, `Commit::Drain` gives what a search of all that has arrived gives:
    /// start, end, pattern and groups, however the stream is cut, with any cache size.
    #[test]
    fn drain_is_a_search_of_what_has_arrived(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
    ) {
        check_drain(&patterns, &pieces, Priority::Earliest);
    }

    /// Guards: a prefilter never jumps over a match, in particular not over one that begins in
    /// the last bytes of a read.
    #[test]
    fn jumps_miss_nothing(patterns in literal_patterns(), pieces in letters(), order in any::<bool>()) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        check_drain(&patterns, &pieces, priority);
    }

    /// Guards: the same where list order beats position.
    #[test]
    fn drain_in_list_order_is_a_search_of_what_has_arrived(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
    ) {
        check_drain(&patterns, &pieces, Priority::Order);
    }

    /// Guards: the same with Unicode word boundaries, by the second search.
    #[test]
    fn unicode_boundaries_are_exact(
        patterns in patterns(Looks::Unicode),
        pieces in cut_pieces(),
        order in any::<bool>(),
    ) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        check_drain(&patterns, &pieces, priority);
    }

    /// Guards: `Commit::Earliest` takes the first end at which anything matches, and does not
    /// depend on how the stream is cut.
    #[test]
    fn earliest_does_not_depend_on_cuts(
        patterns in patterns(Looks::Back),
        pieces in cut_pieces(),
        order in any::<bool>(),
    ) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        let options = SearchOptions { priority, commit: Commit::Earliest, ..SearchOptions::default() };
        let oracle = Oracle::new(patterns.iter().map(String::as_str));
        let stream = pieces.concat();
        let mut want = Vec::new();
        let mut from = 0;
        while let Some(span) = oracle.first(&stream, from, order) {
            let empty = span.start == span.end;
            from = span.end;
            want.push(span);
            if empty {
                break;
            }
        }
        let set = set(&patterns, smallest(), false);
        let whole = run(&set, options, Ring::new(), std::slice::from_ref(&stream));
        let bytes: Vec<Vec<u8>> = stream.iter().map(|&byte| vec![byte]).collect();
        let cut = run(&set, options, Ring::new(), &pieces);
        // An empty match stays where it is; how often it is found depends on how often one asks.
        let upto = want.len();
        for (got, how) in [(whole, "whole"), (cut, "cut"), (run(&set, options, Ring::new(), &bytes), "bytes")] {
            prop_assert_eq!(&got[..upto.min(got.len())], &want[..], "{}", how);
            prop_assert!(got.len() == upto || want.last().is_some_and(|last| last.start == last.end));
        }
    }

    /// Guards: with `EndAnchor::Strict`, `Commit::Earliest` does not depend on cuts whatever the
    /// patterns ask about the next byte.
    #[test]
    fn strict_ends_do_not_depend_on_cuts(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
        order in any::<bool>(),
    ) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        let options = SearchOptions { priority, commit: Commit::Earliest, end: EndAnchor::Strict };
        let set = set(&patterns, smallest(), false);
        let stream = pieces.concat();
        let whole = run(&set, options, Ring::new(), std::slice::from_ref(&stream));
        let cut = run(&set, options, Ring::new(), &pieces);
        let bytes: Vec<Vec<u8>> = stream.iter().map(|&byte| vec![byte]).collect();
        let by_byte = run(&set, options, Ring::new(), &bytes);
        // Not so the groups: in `(?:($))*`, the match is certain and its group is not.
        let places = |spans: &[Span]| {
            let place = |span: &Span| (span.pattern, span.start, span.end);
            upto_empty(spans).iter().map(place).collect::<Vec<_>>()
        };
        prop_assert_eq!(places(&whole), places(&cut));
        prop_assert_eq!(places(&whole), places(&by_byte));
    }

    /// Guards: a dense automaton gives what the lazy one gives.
    #[test]
    fn dense_is_lazy(patterns in patterns(Looks::All), pieces in cut_pieces()) {
        let limits = Limits { dense_bytes: 64 << 20, ..Limits::default() };
        let options = SearchOptions::default();
        let lazy = run(&set(&patterns, limits, false), options, Ring::new(), &pieces);
        let dense = run(&set(&patterns, limits, true), options, Ring::new(), &pieces);
        prop_assert_eq!(dense, lazy);
    }

    /// Guards: with a window of 16 bytes, pattern and end of every match are still exact; its
    /// start is exact or said to be clipped, and never before the true one.
    #[test]
    fn eviction_costs_no_match(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
        jumping in any::<bool>(),
    ) {
        let pieces: Vec<Vec<u8>> =
            pieces.iter().flat_map(|piece| piece.chunks(16)).map(<[u8]>::to_vec).collect();
        let set = set(&patterns, smallest(), false);
        if jumping {
            warm(&set, Priority::Earliest);
        }
        let options = SearchOptions::default();
        let want = run(&set, options, Ring::new(), &pieces);
        let got = run_matches(&set, options, Ring::with_window(16), &pieces);
        // A search that starts again and again at an empty match is left behind by the stream.
        let want = upto_empty(&want);
        prop_assert!(got.len() >= want.len());
        for (got, want) in got.iter().zip(want) {
            prop_assert_eq!((got.pattern(), got.end().get() as usize), (want.pattern, want.end));
            let start = got.start().get() as usize;
            let right = start == want.start || (got.start_clipped() && start > want.start);
            prop_assert!(right, "start {} for {}", start, want.start);
            prop_assert!(got.start_clipped() || Span::of(got).groups == want.groups);
            prop_assert_eq!(got.before_len(), got.start() - got.from());
            prop_assert_eq!(got.skipped(), 0);
        }
    }

    /// Guards: a match taken before the edge (because nothing better can come) is the one that
    /// would have been taken later, and `Commit::Settle` takes it once there was quiet.
    #[test]
    fn settle_takes_the_match_of_what_had_arrived(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
        pauses in prop::collection::vec(1_u64..30, 10),
        order in any::<bool>(),
    ) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        let quiet = Duration::from_millis(10);
        let options = SearchOptions { priority, commit: Commit::Settle(quiet), ..SearchOptions::default() };
        let set = set(&patterns, smallest(), false);
        let oracle = Oracle::new(patterns.iter().map(String::as_str));
        let find = |hay: &[u8]| if order { oracle.order(hay, 0) } else { oracle.earliest(hay, 0) };
        let stream = pieces.concat();

        let mut ring = Ring::new();
        let mut search = Search::with_options(&set, Offset::ZERO, options);
        let mut now = Instant::now();
        for (piece, pause) in pieces.iter().zip(pauses.iter().cycle()) {
            ring.push(piece);
            let here = find(ring.as_bytes());
            if let Some(found) = search.advance(&ring, Edge::Drained, now) {
                prop_assert_eq!(Some(Span::of(&found)), find(&stream), "final before the quiet");
                return Ok(());
            }
            prop_assert_eq!(search.has_candidate(&ring), here.is_some());
            let next = now + Duration::from_millis(*pause);
            let due = search.poll_timeout();
            if let Some(due) = due.filter(|&due| due <= next) {
                let found = search.advance(&ring, Edge::Drained, due);
                prop_assert_eq!(found.as_ref().map(Span::of), here, "quiet");
                return Ok(());
            }
            prop_assert_eq!(due.is_some(), here.is_some());
            now = next;
        }
        let found = search.advance(&ring, Edge::Eof, now);
        prop_assert_eq!(found.as_ref().map(Span::of), find(&stream), "end of the stream");
    }

    /// Guards: while more is known to come, nothing is taken that more could change.
    #[test]
    fn a_live_edge_takes_only_what_is_final(
        patterns in patterns(Looks::All),
        pieces in cut_pieces(),
        order in any::<bool>(),
    ) {
        let priority = if order { Priority::Order } else { Priority::Earliest };
        let set = set(&patterns, smallest(), false);
        let oracle = Oracle::new(patterns.iter().map(String::as_str));
        let stream = pieces.concat();
        let mut ring = Ring::new();
        let mut search = Search::with_options(&set, Offset::ZERO, drain(priority));
        let mut found = None;
        for piece in &pieces {
            ring.push(piece);
            found = search.advance(&ring, Edge::Live, Instant::now());
            if found.is_some() {
                break;
            }
        }
        let found = found.or_else(|| search.advance(&ring, Edge::Drained, Instant::now()));
        let want = if order { oracle.order(&stream, 0) } else { oracle.earliest(&stream, 0) };
        prop_assert_eq!(found.as_ref().map(Span::of), want);
    }
}

/// Guards: a prefilter misses no needle, wherever a read cuts it.
#[test]
fn every_cut_of_a_needle_is_found() {
    let sets: [&[&str]; 4] = [
        &["needle"],
        &["needle", "nee+d+l"],
        &["(?m:^)needle", "other"],
        &[r"(?-u:\b)needle"],
    ];
    for texts in sets {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let stream = b"nee nnneedl\nneedle nee";
        for cut in 0..=stream.len() {
            for cut2 in cut..=stream.len() {
                let pieces = [&stream[..cut], &stream[cut..cut2], &stream[cut2..]];
                check_drain(&texts, &pieces.map(<[u8]>::to_vec), Priority::Earliest);
            }
        }
    }
}
