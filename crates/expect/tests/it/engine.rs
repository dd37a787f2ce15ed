//! The pure core's promises one by one: the ring, the limits, the states of a search.

use proptest::prelude::*;
use rejoinder_expect::{
    Commit, Edge, Limits, Offset, Pattern, PatternSet, Priority, Ring, Search, SearchOptions, regex,
};
use std::time::{Duration, Instant};

fn search(patterns: &[&str]) -> Search {
    let set = PatternSet::new(patterns.iter().map(|text| regex(*text))).expect("valid patterns");
    Search::new(&set, Offset::ZERO)
}

fn at(offset: u64) -> Offset {
    Offset::new(offset)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Guards: a ring holds at least its window, never more than twice that, and every byte under
    /// its own offset, by whichever way the bytes come in.
    #[test]
    fn a_ring_is_the_end_of_its_stream(
        window in 0_usize..200,
        reads in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..20),
    ) {
        let mut ring = Ring::with_window(window);
        let window = ring.window();
        prop_assert!(window >= Ring::MIN_WINDOW);
        let mut stream: Vec<u8> = Vec::new();
        for (bytes, pushed) in reads {
            let taken = if pushed {
                ring.push(&bytes);
                bytes.len()
            } else {
                let space = ring.spare_mut();
                prop_assert!(!space.is_empty() && space.len() <= window);
                let count = space.len().min(bytes.len());
                space[..count].copy_from_slice(&bytes[..count]);
                ring.advance(count);
                count
            };
            stream.extend_from_slice(&bytes[..taken]);
            prop_assert_eq!(ring.end(), at(stream.len() as u64));
            prop_assert_eq!(ring.dropped(), ring.start().get());
            prop_assert_eq!(ring.dropped() + ring.len() as u64, stream.len() as u64);
            prop_assert!(ring.len() >= window.min(stream.len()) && ring.len() <= 2 * window);
            prop_assert!(ring.memory() <= 2 * window);
            let from = stream.len() - ring.len();
            prop_assert_eq!(ring.as_bytes(), &stream[from..]);
            prop_assert_eq!(ring.tail(7), &stream[stream.len().saturating_sub(7).max(from)..]);
            let half = from + ring.len() / 2;
            let range = at(half as u64)..ring.end();
            prop_assert_eq!(ring.get(range.clone()), Some(&stream[half..]));
            prop_assert_eq!(ring.slice(Offset::ZERO..at(half as u64)), &stream[from..half]);
            prop_assert_eq!(ring.get(range.start..range.end + 1), None);
        }
    }

    /// Guards: nothing a user can write as a pattern, and nothing a program can print, panics.
    #[test]
    fn no_input_panics(
        texts in prop::collection::vec(".{0,30}", 0..5),
        nasty in prop::sample::select(vec![
            "", "^", "$", "(", "[", "a{0}", "(?:)*", "()|", r"\b", r"\B*", "(?s).*", "(?-u:\\xff)",
            r"[[:^ascii:]]", "(?i)ß", r"\pL{2,}", "[a-z&&[^aeiou]]+", "(?R)$", "(?m)^$",
            "(?u:\\xff)", "x{1000}{1000}", "((((((((((a?)?)?)?)?)?)?)?)?)?)*", "\u{feff}",
        ]),
        reads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..8),
        flags in any::<[bool; 8]>(),
        window in 0_usize..64,
    ) {
        let patterns = texts.iter().map(String::as_str).chain([nasty]).map(|text| {
            let pattern = if flags[0] { Pattern::regex(text) } else { Pattern::literal(text) };
            pattern.case_insensitive(flags[1]).multi_line(flags[2]).unicode(flags[3]).crlf(flags[4])
        });
        let Ok(set) = PatternSet::new(patterns) else { return Ok(()) };
        let options = SearchOptions {
            priority: if flags[5] { Priority::Order } else { Priority::Earliest },
            commit: if flags[6] { Commit::Earliest } else { Commit::Settle(Duration::ZERO) },
            ..SearchOptions::default()
        };
        let mut ring = Ring::with_window(window);
        let mut search = Search::with_options(&set, Offset::ZERO, options);
        for read in &reads {
            ring.push(read);
            let edge = if flags[7] { Edge::Live } else { Edge::Drained };
            if let Some(found) = search.advance(&ring, edge, Instant::now()) {
                prop_assert!(found.from() <= found.start() && found.start() <= found.end());
                prop_assert!(found.end() <= ring.end());
                prop_assert!(found.group_count() >= 1 && found.group(99, &ring).is_none());
                search.restart(found.end());
            }
        }
        search.advance(&ring, Edge::Eof, Instant::now());
    }
}

/// Guards: a session that has printed little takes little memory.
#[test]
fn a_new_ring_is_small() {
    let mut ring = Ring::new();
    assert_eq!(ring.memory(), 0);
    ring.push(b"$ ");
    assert!(ring.memory() <= 16 << 10);
    for _ in 0..100 {
        ring.push(&[b'x'; 8192]);
    }
    assert!(ring.memory() <= 2 << 20);
    assert_eq!(ring.dropped(), 0, "it grows before it drops");
}

/// Guards: every limit is kept, and the error says which one and by which pattern.
#[test]
fn limits_are_kept_and_said() {
    #[track_caller]
    fn check(limits: Limits, patterns: &[Pattern], at_fault: Option<usize>, says: &str) {
        let error = PatternSet::builder()
            .limits(limits)
            .build(patterns)
            .expect_err("too large");
        assert!(error.is_limit(), "{error}");
        assert_eq!(error.pattern(), at_fault, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let usual = Limits::default();
    let long = Pattern::literal("x".repeat(usual.pattern_bytes + 1));
    check(usual, &["fits".into(), long], Some(1), "16385 bytes long");
    let just = Pattern::literal("x".repeat(usual.pattern_bytes));
    PatternSet::new([just]).expect("the limit itself is no excess");

    let many = vec![Pattern::literal("x"); usual.patterns + 1];
    check(usual, &many, None, "more than 256 patterns");
    PatternSet::new(&many[1..]).expect("the limit itself is no excess");

    let huge = regex(r"\pL{1000}{1000}");
    check(
        usual,
        &["fits".into(), huge, "fits".into()],
        Some(1),
        "compiles to more than 2097152",
    );

    let tight = Limits {
        nfa_bytes: 16_000,
        ..usual
    };
    let thirds = vec![Pattern::literal("x".repeat(200)); 3];
    PatternSet::builder()
        .limits(tight)
        .build(&thirds[..1])
        .expect("one fits");
    check(tight, &thirds, Some(2), "with pattern 2");

    // Each text is short enough, what it stands for is not.
    let classes = vec![regex(r"\pL".repeat(5000)); 200];
    check(usual, &classes, Some(0), "classes alone");

    let dense = Limits {
        dense_bytes: 1000,
        ..usual
    };
    let error = PatternSet::builder()
        .limits(dense)
        .dense(true)
        .build([regex("[a-z]+ing")]);
    assert!(error.expect_err("too large").to_string().contains("dense"));
}

/// Guards: groups that nest too deeply are refused, not run out of stack on.
#[test]
fn deep_nesting_is_refused() {
    let deep = format!("{}x{}", "(".repeat(5000), ")".repeat(5000));
    let error = PatternSet::new([regex(deep)]).expect_err("too deep");
    assert!(error.to_string().contains("nest"), "{error}");
}

/// Guards: patterns that are bound to the beginning and miss it can never match, and say so;
/// nothing matches the empty set.
#[test]
fn a_search_knows_when_nothing_can_come() {
    let mut ring = Ring::new();
    let mut bound = search(&["^abc", "^x"]);
    assert!(!bound.is_exhausted());
    ring.push(b"ab");
    assert!(
        bound
            .advance(&ring, Edge::Drained, Instant::now())
            .is_none()
    );
    assert!(!bound.is_exhausted(), "it may still come");
    ring.push(b"d");
    assert!(
        bound
            .advance(&ring, Edge::Drained, Instant::now())
            .is_none()
    );
    assert!(bound.is_exhausted());

    let mut none = Search::new(&PatternSet::empty(), Offset::ZERO);
    assert!(none.advance(&ring, Edge::Eof, Instant::now()).is_none());
}

/// Guards: a match comes once; after a restart the search goes on from there.
#[test]
fn a_search_goes_on_after_a_restart() {
    let mut ring = Ring::new();
    ring.push(b"x1 x2 ");
    let mut search = search(&[r"x\d"]);
    let first = search
        .advance(&ring, Edge::Drained, Instant::now())
        .expect("it is there");
    assert_eq!(first.range(), at(0)..at(2));
    assert!(
        search
            .advance(&ring, Edge::Drained, Instant::now())
            .is_none()
    );
    search.restart(first.end());
    let second = search
        .advance(&ring, Edge::Drained, Instant::now())
        .expect("it is there");
    assert_eq!((second.range(), second.before_len()), (at(3)..at(5), 1));
    // Back to a place that was searched before.
    search.restart(Offset::ZERO);
    assert_eq!(
        search.advance(&ring, Edge::Drained, Instant::now()),
        Some(first)
    );
}

/// Guards: a search for what is yet to come waits until it has come.
#[test]
fn a_search_may_begin_in_the_future() {
    let mut ring = Ring::new();
    ring.push(b"xx");
    let set = PatternSet::new([regex("^x*")]).expect("valid");
    let mut search = Search::new(&set, at(3));
    assert!(
        search
            .advance(&ring, Edge::Drained, Instant::now())
            .is_none()
    );
    ring.push(b"xxx");
    let found = search
        .advance(&ring, Edge::Drained, Instant::now())
        .expect("it has come");
    assert_eq!(found.range(), at(3)..at(5));
}

/// Guards: one set serves searches on many threads at once.
#[test]
fn one_set_serves_many_threads() {
    let set = PatternSet::new([regex(r"(\d+)!"), "stop".into()]).expect("valid");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let set = set.clone();
            scope.spawn(move || {
                let mut ring = Ring::new();
                let mut search = Search::new(&set, Offset::ZERO);
                for turn in 0..500 {
                    let text = format!("{}!", number * 1000 + turn);
                    ring.push(text.as_bytes());
                    let found = search
                        .advance(&ring, Edge::Drained, Instant::now())
                        .expect("it is there");
                    assert_eq!(
                        found.group(1, &ring),
                        Some(text.trim_end_matches('!').as_bytes())
                    );
                    search.restart(found.end());
                }
            });
        }
    });
}

/// Guards: what is settling is asked about in time, and only while it settles.
#[test]
fn settling_sets_a_time() {
    let quiet = Duration::from_millis(20);
    let options = SearchOptions {
        commit: Commit::Settle(quiet),
        ..SearchOptions::default()
    };
    let set = PatternSet::new([regex(r"\d+")]).expect("valid");
    let mut search = Search::with_options(&set, Offset::ZERO, options);
    let mut ring = Ring::new();
    let start = Instant::now();
    ring.push(b"..");
    assert!(search.advance(&ring, Edge::Drained, start).is_none());
    assert_eq!(search.poll_timeout(), None, "nothing to settle");
    ring.push(b"1");
    assert!(search.advance(&ring, Edge::Drained, start).is_none());
    assert_eq!(search.poll_timeout(), Some(start + quiet));
    let later = start + Duration::from_millis(10);
    ring.push(b"2");
    assert!(search.advance(&ring, Edge::Drained, later).is_none());
    assert_eq!(search.poll_timeout(), Some(later + quiet), "it grew");
    assert!(
        search
            .advance(&ring, Edge::Drained, later + quiet / 2)
            .is_none(),
        "too early"
    );
    let found = search
        .advance(&ring, Edge::Drained, later + quiet)
        .expect("settled");
    assert_eq!(found.text(&ring), b"12");
    assert_eq!(search.poll_timeout(), None);
}

/// Guards: what left the ring unseen is counted exactly, and the search goes on behind it without
/// taking the gap for a beginning.
#[test]
fn a_gap_is_counted_and_is_no_beginning() {
    for priority in [Priority::Earliest, Priority::Order] {
        let set = PatternSet::new([regex(r"^y"), regex(r"\bz")]).expect("valid");
        let options = SearchOptions {
            priority,
            ..SearchOptions::default()
        };
        let mut search = Search::with_options(&set, Offset::ZERO, options);
        let mut ring = Ring::with_window(16);
        ring.push(b"some");
        assert!(
            search
                .advance(&ring, Edge::Drained, Instant::now())
                .is_none()
        );
        ring.push(&[b'y'; 100]);
        ring.push(b"z z");
        let found = search
            .advance(&ring, Edge::Drained, Instant::now())
            .expect("it is there");
        assert_eq!((found.pattern(), found.start()), (1, at(106)));
        assert_eq!(found.skipped(), ring.dropped() - 4);
        assert_eq!(found.before_len(), 106);
    }
}

/// Guards: groups by number and name, absent ones, and names in the right places.
#[test]
fn groups_by_number_and_name() {
    let set = PatternSet::new([regex("x"), regex(r"(?<a>\d)(\w)?(?:-(?<b>\d))?;")]).expect("valid");
    let mut ring = Ring::new();
    ring.push(b"..1-3;");
    let found = Search::new(&set, Offset::ZERO)
        .advance(&ring, Edge::Drained, Instant::now())
        .expect("it is there");
    assert_eq!(found.group_count(), 4);
    assert_eq!(found.group(0, &ring), Some(&b"1-3;"[..]));
    assert_eq!(found.group(2, &ring), None);
    assert_eq!(found.group_range(3), Some(at(4)..at(5)));
    assert_eq!(found.named("a", &ring), Some(&b"1"[..]));
    assert_eq!(found.named("b", &ring), Some(&b"3"[..]));
    assert_eq!(found.named("c", &ring), None);
    let names: Vec<_> = found.group_names();
    assert_eq!(
        names,
        [None, Some("a".to_owned()), None, Some("b".to_owned())]
    );
}
