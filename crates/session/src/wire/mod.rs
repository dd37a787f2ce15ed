//! What a session's holder and its clients say to each other, and how it stands
//! on their socket.
//!
//! Frames have a length in front and a kind behind it ([`Frame`]); their bodies
//! are CBOR (RFC 8949) with numbered fields. Both sides begin with a [`Hello`].
//! Layouts are frozen: a number is never given another meaning, new fields are
//! optional, frames and fields that a side does not know are skipped. So a
//! server drives the holders that an older version of it left running, and a
//! newer one.

pub(crate) mod codec;
mod frame;
mod message;
mod pipe;
mod screen;

pub(crate) use message::{FromHolder, Hello, ToHolder, VERSION, WireError};
pub(crate) use pipe::Pipe;
pub(crate) use screen::WireScreen;

#[cfg(test)]
mod tests;
