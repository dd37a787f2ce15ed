//! The engine alone, without sessions, terminals or clocks: watches the standard input for several
//! things at once, each search going its own pace.
//!
//! `dmesg | cargo run -p rejoinder-expect --no-default-features --example watch`

use rejoinder_expect::{Edge, Match, PatternSet, Ring, Search, regex};
use std::io::{self, Read};
use std::time::Instant;

/// Something to be watched for.
struct Watch {
    name: &'static str,
    search: Search,
    seen: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = io::stdin().lock();
    let mut ring = Ring::new();
    let mut watches = Vec::new();
    for (name, pattern) in [
        ("errors", r"(?mi)^.*\b(?:error|failed|panic)\b.*$"),
        ("addresses", r"\b\d{1,3}(?:\.\d{1,3}){3}\b"),
        ("repeated words", r"(?i)\b(?:the the|of of|and and)\b"),
    ] {
        let set = PatternSet::new([regex(pattern)])?;
        watches.push(Watch {
            name,
            search: Search::new(&set, ring.end()),
            seen: 0,
        });
    }

    loop {
        let count = input.read(ring.spare_mut())?;
        ring.advance(count);
        // A pipe hands out pieces of lines; only its end tells that a line goes no further.
        let edge = if count == 0 { Edge::Eof } else { Edge::Live };
        for watch in &mut watches {
            while let Some(found) = watch.search.advance(&ring, edge, Instant::now()) {
                watch.seen += 1;
                report(watch.name, &found, &ring);
                watch.search.restart(found.end());
            }
        }
        if count == 0 {
            break;
        }
    }
    for watch in &watches {
        println!("{}: {}", watch.name, watch.seen);
    }
    println!(
        "{} bytes in all, {} of them dropped",
        ring.end(),
        ring.dropped()
    );
    Ok(())
}

fn report(name: &str, found: &Match, ring: &Ring) {
    println!(
        "{name} at byte {}: {}",
        found.start(),
        found.text_lossy(ring).trim()
    );
}
