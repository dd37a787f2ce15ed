//! Sessions: a stream, the ring it is read into, and the place up to which it has been dealt with.
//!
//! The blocking [`Session`] and the tokio `AsyncSession` have the same methods under the same
//! names; what they share, which is everything but waiting for bytes, stands in `shared`.

pub(crate) mod error;
pub(crate) mod found;
pub(crate) mod key;
pub(crate) mod options;
pub(crate) mod patterns;
pub(crate) mod shared;
mod state;

#[cfg(feature = "spawn")]
pub(crate) mod blocking;
#[cfg(feature = "spawn")]
pub(crate) mod command;
#[cfg(feature = "spawn")]
pub(crate) mod interact;
#[cfg(feature = "spawn")]
pub(crate) mod pty;
#[cfg(feature = "spawn")]
mod sending;
#[cfg(feature = "spawn")]
pub(crate) mod stream;
#[cfg(feature = "spawn")]
pub(crate) mod threaded;
#[cfg(feature = "spawn")]
pub(crate) mod writer;

#[cfg(all(feature = "tokio", feature = "spawn"))]
pub(crate) mod async_interact;
#[cfg(all(feature = "tokio", feature = "spawn"))]
pub(crate) mod async_pty;
#[cfg(feature = "tokio")]
mod async_sending;
#[cfg(feature = "tokio")]
pub(crate) mod async_session;
#[cfg(feature = "tokio")]
pub(crate) mod async_writer;

/// Whether a failed read says that a terminal's other end is closed, which Linux says in this way
/// (pty(7)).
pub(crate) fn is_hang_up(error: &std::io::Error) -> bool {
    /// `EIO`, the same number on every system that has it (errno(3)).
    const EIO: i32 = 5;
    error.raw_os_error() == Some(EIO)
}
