//! The bytes a stream printed last, under their absolute offsets.
//!
//! [`Ring`] is a flat buffer of up to twice its window. Reads land in its tail; when the tail runs
//! out, the last window of bytes moves to the front. So every slice is contiguous, each byte is
//! moved once on average, and memory is bounded however much the stream prints. What leaves the
//! ring is counted. Who searches the bytes, and who reads them, is none of the ring's business.

use crate::Offset;
use std::fmt;
use std::ops::Range;

/// The last bytes of a stream, addressed by absolute [`Offset`].
///
/// A ring holds **at least** the last [`window`](Ring::window) bytes, and at most twice as many.
/// It starts at 16 KiB of memory and grows with what arrives, so an idle session costs little.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Offset, Ring};
///
/// let mut ring = Ring::new();
/// let space = ring.spare_mut();
/// space[..5].copy_from_slice(b"hello"); // or `reader.read(space)?`
/// ring.advance(5);
/// ring.push(b" world");
///
/// assert_eq!(ring.end(), Offset::new(11));
/// assert_eq!(ring.slice(Offset::new(4)..Offset::new(7)), b"o w");
/// assert_eq!(ring.tail(5), b"world");
/// assert_eq!((ring.start(), ring.len(), ring.is_empty()), (Offset::ZERO, 11, false));
/// assert_eq!(ring.as_bytes(), b"hello world");
/// assert_eq!((ring.window(), ring.dropped()), (Ring::DEFAULT_WINDOW, 0));
/// ```
#[derive(Clone)]
pub struct Ring {
    /// Initialised memory; `buf[..len]` holds the stream's bytes, the rest is space for reads.
    buf: Vec<u8>,
    len: usize,
    window: usize,
    /// The offset of `buf[0]`.
    start: Offset,
    /// Where this ring began to listen.
    base: Offset,
    /// The byte just before `start`, if the ring ever held it: look-behind after an eviction.
    before_start: Option<u8>,
}

impl Ring {
    /// The window when none is given: 1 MiB, which is some 13,000 lines of 80 columns.
    pub const DEFAULT_WINDOW: usize = 1 << 20;

    /// The smallest window a ring accepts, in bytes; smaller wishes are raised to it.
    pub const MIN_WINDOW: usize = 16;

    /// The memory a new ring takes, in bytes (less when twice the window is less).
    const FIRST_ALLOCATION: usize = 16 << 10;

    /// The least space offered to a read, in bytes, where the window allows it. A PTY hands out
    /// at most 4 KiB cooked and 8 KiB raw in one read.
    const LEAST_SPARE: usize = 8 << 10;

    /// An empty ring with the default window, at the stream's beginning.
    pub fn new() -> Ring {
        Ring::with_window(Ring::DEFAULT_WINDOW)
    }

    /// An empty ring that keeps at least the last `window` bytes.
    ///
    /// A `window` below [`Ring::MIN_WINDOW`] is raised to it.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Ring;
    ///
    /// let mut ring = Ring::with_window(100);
    /// ring.push(&[b'x'; 1000]);
    /// assert!(ring.len() >= 100);
    /// assert_eq!(ring.dropped(), 1000 - ring.len() as u64);
    /// ```
    pub fn with_window(window: usize) -> Ring {
        Ring::starting_at(Offset::ZERO, window)
    }

    /// An empty ring whose first byte will have the offset `start`: for who joins a stream late
    /// and knows how much it missed.
    ///
    /// ```
    /// use rejoinder_expect::{Offset, Ring};
    ///
    /// let mut ring = Ring::starting_at(Offset::new(1000), 4096);
    /// ring.push(b"late");
    /// assert_eq!(ring.end(), Offset::new(1004));
    /// assert_eq!(ring.dropped(), 0);
    /// ```
    pub fn starting_at(start: Offset, window: usize) -> Ring {
        Ring {
            buf: Vec::new(),
            len: 0,
            window: window.clamp(Ring::MIN_WINDOW, usize::MAX / 4),
            start,
            base: start,
            before_start: None,
        }
    }

    /// How many of the last bytes are kept at least.
    pub fn window(&self) -> usize {
        self.window
    }

    /// The offset of the oldest byte held (the ring's end when it holds none).
    pub fn start(&self) -> Offset {
        self.start
    }

    /// The offset at which the next byte will land: the end of what has arrived.
    pub fn end(&self) -> Offset {
        self.start + self.len as u64
    }

    /// How many bytes are held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no byte is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes have left the ring since it began: exact, never estimated.
    pub fn dropped(&self) -> u64 {
        self.start - self.base
    }

    /// The memory the buffer takes, in bytes: 0 for a ring that was never written to, at most
    /// twice the window.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Ring;
    ///
    /// let mut ring = Ring::with_window(4096);
    /// assert_eq!(ring.memory(), 0);
    /// ring.push(&[b'x'; 100_000]);
    /// assert!(ring.memory() <= 2 * 4096);
    /// ```
    pub fn memory(&self) -> usize {
        self.buf.capacity()
    }

    /// Space for the next read; follow up with [`Ring::advance`].
    ///
    /// Never empty, and at most a window long, so that a search that is advanced after each read
    /// never misses a byte. The contents are whatever was left there; only what is written is
    /// ever shown, and only after `advance`.
    pub fn spare_mut(&mut self) -> &mut [u8] {
        self.make_room(Ring::LEAST_SPARE.min(self.window));
        let spare = self.window.min(self.buf.len() - self.len);
        &mut self.buf[self.len..self.len + spare]
    }

    /// Takes in the first `bytes` bytes of what [`Ring::spare_mut`] offered.
    ///
    /// A count beyond the space there is counts as all of it.
    pub fn advance(&mut self, bytes: usize) {
        self.len = self.len.saturating_add(bytes).min(self.buf.len());
    }

    /// Copies `bytes` in. More than a window at once is fine; its beginning is dropped at once.
    ///
    /// A search only sees what is still held when it is advanced, so who searches feeds at most a
    /// window between two calls.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.make_room(bytes.len().min(self.window));
            let (now, later) = bytes.split_at(bytes.len().min(self.buf.len() - self.len));
            self.buf[self.len..self.len + now.len()].copy_from_slice(now);
            self.len += now.len();
            bytes = later;
        }
    }

    /// The bytes of `range` that are held: a range that reaches out of the ring is cut to it.
    ///
    /// ```
    /// use rejoinder_expect::{Offset, Ring};
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"abc");
    /// assert_eq!(ring.slice(Offset::new(1)..Offset::new(99)), b"bc");
    /// assert_eq!(ring.slice(Offset::new(50)..Offset::new(99)), b"");
    /// ```
    pub fn slice(&self, range: Range<Offset>) -> &[u8] {
        let from = self.index(range.start);
        let to = self.index(range.end);
        &self.buf[from..to.max(from)]
    }

    /// The bytes of `range`, or `None` unless every one of them is held.
    ///
    /// ```
    /// use rejoinder_expect::{Offset, Ring};
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"abc");
    /// assert_eq!(ring.get(Offset::new(1)..Offset::new(3)), Some(&b"bc"[..]));
    /// assert_eq!(ring.get(Offset::new(1)..Offset::new(4)), None);
    /// ```
    pub fn get(&self, range: Range<Offset>) -> Option<&[u8]> {
        let held = self.start <= range.start && range.start <= range.end && range.end <= self.end();
        held.then(|| self.slice(range))
    }

    /// The last `bytes` bytes, or all that are held when those are fewer.
    pub fn tail(&self, bytes: usize) -> &[u8] {
        &self.buf[self.len.saturating_sub(bytes)..self.len]
    }

    /// Everything held.
    pub fn as_bytes(&self) -> &[u8] {
        &self.buf[..self.len]
    }

    /// The byte just before the oldest one held, if the ring once held it.
    pub(crate) fn byte_before_start(&self) -> Option<u8> {
        self.before_start
    }

    /// The index in `buf` of an offset, cut to what is held.
    fn index(&self, offset: Offset) -> usize {
        usize::try_from(offset - self.start).map_or(self.len, |i| i.min(self.len))
    }

    /// Sees to it that `least` bytes of space follow `buf[..len]`, for a `least` up to the window.
    fn make_room(&mut self, least: usize) {
        if self.buf.len() - self.len >= least {
            return;
        }
        let most = 2 * self.window;
        if self.buf.len() < most {
            let wanted = (self.buf.len() * 2)
                .max(Ring::FIRST_ALLOCATION)
                .max(self.len + least)
                .min(most);
            self.buf.reserve_exact(wanted - self.buf.len());
            self.buf.resize(wanted, 0);
        }
        if self.buf.len() - self.len < least {
            let leaving = self.len - self.window;
            self.before_start = Some(self.buf[leaving - 1]);
            self.buf.copy_within(leaving..self.len, 0);
            self.start += leaving as u64;
            self.len = self.window;
        }
    }
}

impl Default for Ring {
    fn default() -> Ring {
        Ring::new()
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring")
            .field("held", &(self.start..self.end()))
            .field("dropped", &self.dropped())
            .field("window", &self.window)
            .field("memory", &self.memory())
            .finish()
    }
}
