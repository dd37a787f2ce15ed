//! The position of a byte in the whole life of a stream.
//!
//! Positions in a buffer move when the buffer does; an [`Offset`] never does. Everything in this
//! crate that names a place in the output names it by an `Offset`.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A position in a stream: how many bytes came before it since the stream began.
///
/// Offsets count bytes, never characters, and never start over: the first byte of a stream lies
/// at [`Offset::ZERO`], and at 1 GB/s a `u64` lasts for 584 years.
///
/// # Example
///
/// ```
/// use rejoinder_expect::Offset;
///
/// let prompt = Offset::new(40);
/// assert_eq!(prompt + 2, Offset::new(42));
/// assert_eq!(Offset::new(42) - prompt, 2);
/// assert_eq!(prompt.get(), 40);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(u64);

impl Offset {
    /// The position of a stream's first byte.
    pub const ZERO: Offset = Offset(0);

    /// The position that has `bytes` bytes before it.
    pub const fn new(bytes: u64) -> Offset {
        Offset(bytes)
    }

    /// The number of bytes before this position.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` earlier, or the stream's beginning when there is none so early.
    ///
    /// ```
    /// use rejoinder_expect::Offset;
    ///
    /// assert_eq!(Offset::new(3).saturating_sub(10), Offset::ZERO);
    /// ```
    #[must_use]
    pub const fn saturating_sub(self, bytes: u64) -> Offset {
        Offset(self.0.saturating_sub(bytes))
    }

    /// How many bytes lie between `earlier` and this position; 0 when `earlier` is the later one.
    ///
    /// ```
    /// use rejoinder_expect::Offset;
    ///
    /// assert_eq!(Offset::new(7).since(Offset::new(5)), 2);
    /// assert_eq!(Offset::new(5).since(Offset::new(7)), 0);
    /// ```
    pub const fn since(self, earlier: Offset) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<u64> for Offset {
    fn from(bytes: u64) -> Offset {
        Offset(bytes)
    }
}

impl From<Offset> for u64 {
    fn from(offset: Offset) -> u64 {
        offset.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Moves forward by a number of bytes, stopping at the greatest offset there is.
impl Add<u64> for Offset {
    type Output = Offset;

    fn add(self, bytes: u64) -> Offset {
        Offset(self.0.saturating_add(bytes))
    }
}

impl AddAssign<u64> for Offset {
    fn add_assign(&mut self, bytes: u64) {
        *self = *self + bytes;
    }
}

/// The distance in bytes, as [`Offset::since`].
impl Sub for Offset {
    type Output = u64;

    fn sub(self, earlier: Offset) -> u64 {
        self.since(earlier)
    }
}
