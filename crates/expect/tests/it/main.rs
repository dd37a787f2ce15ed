//! What the engine and the sessions promise, from the outside.

mod differential;
mod oracle;
