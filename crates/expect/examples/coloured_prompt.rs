//! Matches what a person would read: a prompt that colours cut to pieces, found in the text with
//! the escape sequences taken out, and led back to its place in the raw stream.
//!
//! `cargo run -p rejoinder-expect --no-default-features --example coloured_prompt`

use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, TextFilter, TextRing, regex};
use std::time::Instant;

/// Takes out control sequences, and only these. (A real filter knows the other kinds too.)
#[derive(Default)]
struct NoControlSequences {
    state: State,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Text,
    Escape,
    Sequence,
}

impl TextFilter for NoControlSequences {
    fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
        let mut run = 0;
        for (index, &byte) in raw.iter().enumerate() {
            let next = match (self.state, byte) {
                (State::Text, 0x1b) => State::Escape,
                (State::Text, _) => continue,
                (State::Escape, b'[') => State::Sequence,
                // ECMA-48, section 5.4: a control sequence ends with its final byte.
                (State::Sequence, 0x40..=0x7e) | (State::Escape, _) => State::Text,
                (State::Sequence, _) => State::Sequence,
            };
            if matches!(self.state, State::Text) {
                emit(at + run as u64, &raw[run..index]);
            }
            self.state = next;
            run = index + 1;
        }
        if matches!(self.state, State::Text) {
            emit(at + run as u64, &raw[run..]);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reads: [&[u8]; 4] = [
        b"\x1b[1;32mada",
        b"@box\x1b[0m:\x1b[1;3",
        b"4m~/notes\x1b",
        b"[0m$ ",
    ];
    let set = PatternSet::new([regex(r"(?<user>\w+)@(?<host>\w+):(?<path>\S+)\$ ")])?;

    let mut raw = Ring::new();
    let mut text = TextRing::new(
        NoControlSequences::default(),
        raw.end(),
        Ring::DEFAULT_WINDOW,
    );
    let mut search = Search::new(&set, Offset::ZERO);
    for read in reads {
        raw.push(read);
        text.feed(&raw);
        let Some(found) = search.advance(text.ring(), Edge::Drained, Instant::now()) else {
            println!("after {} bytes: no prompt yet", raw.end());
            continue;
        };
        for name in ["user", "host", "path"] {
            let group = found.named(name, text.ring()).unwrap_or_default();
            println!("{name}: {}", String::from_utf8_lossy(group));
        }
        let in_raw = text.to_raw(&found);
        println!("text {:?}", found.text_lossy(text.ring()));
        println!(
            "raw  {:?} at bytes {:?}",
            in_raw.text_lossy(&raw),
            in_raw.range()
        );
    }
    Ok(())
}
