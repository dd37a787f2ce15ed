//! Terminal output as text, and key names as bytes: a streaming escape-sequence stripper and line resolver
#![forbid(unsafe_code)]

mod hidden;
mod keys;
mod lexer;
mod lines;
mod modes;
mod runs;
mod scan;
mod sequence;
mod strip;
mod suffix;
mod utf8;

pub use hidden::{Escaper, escape_hidden, escape_hidden_lossy};
pub use keys::{Key, KeyCode, KeyError, KeyModes, Modifiers, bracketed_paste};
pub use lexer::{C1, MAX_CONTROL_SEQUENCE, MAX_CONTROL_STRING};
pub use lines::{LineConfig, LineResolver, MAX_COLUMNS, MAX_RECENT_LINES, resolve};
pub use modes::{MAX_KITTY_STACK, MAX_TITLE, ModeTracker};
pub use runs::OffsetMap;
pub use strip::{Run, StripConfig, Stripper, strip};
pub use suffix::incomplete_suffix;
