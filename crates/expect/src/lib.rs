//! An expect engine that never rescans, with blocking and async sessions on top.

#![forbid(unsafe_code)]

mod ascii;
mod automaton;
mod echo;
mod error;
mod exact;
mod lazy;
mod matched;
mod offset;
mod order;
mod pattern;
mod ring;
mod scan;
mod search;
mod set;
mod syntax;
mod text;
mod wait;

pub use echo::{EchoSkip, EchoState};
pub use error::PatternError;
pub use matched::Match;
pub use offset::Offset;
pub use pattern::{Pattern, WordBoundary, regex};
pub use ring::Ring;
pub use search::{Commit, Edge, EndAnchor, Priority, Search, SearchOptions};
pub use set::{Limits, PatternSet, PatternSetBuilder};
pub use text::{TextFilter, TextRing};
pub use wait::{Outcome, Unmatched, Wait, WaitOptions};
