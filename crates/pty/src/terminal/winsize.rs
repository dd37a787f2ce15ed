//! The size of a terminal in character cells.

/// Size of a terminal: rows and columns of character cells, each 1–65535
/// (`struct winsize` of `ioctl_tty(2)` holds them in an `unsigned short`; zero
/// means "unknown" to programs and is refused here).
///
/// # Example
/// ```
/// use rejoinder_pty::Winsize;
///
/// let size = Winsize::new(24, 80)?;
/// assert_eq!((size.rows(), size.cols()), (24, 80));
/// assert!(Winsize::new(0, 80).is_err());
/// # Ok::<(), rejoinder_pty::WinsizeError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Winsize {
    rows: u16,
    cols: u16,
}

/// Rows or columns are zero, or more than 65535.
///
/// # Example
/// ```
/// let error = rejoinder_pty::Winsize::new(24, 100_000).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "a terminal of 24 rows and 100000 columns cannot be: give 1 to 65535 for each",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a terminal of {rows} rows and {cols} columns cannot be: give 1 to 65535 for each")]
pub struct WinsizeError {
    rows: u32,
    cols: u32,
}

impl Winsize {
    /// A size of `rows` by `cols` cells.
    ///
    /// # Errors
    /// [`WinsizeError`] when either is outside 1–65535.
    pub fn new(rows: u32, cols: u32) -> Result<Self, WinsizeError> {
        let cells = |n: u32| u16::try_from(n).ok().filter(|n| *n > 0);
        match (cells(rows), cells(cols)) {
            (Some(rows), Some(cols)) => Ok(Self { rows, cols }),
            _ => Err(WinsizeError { rows, cols }),
        }
    }

    /// Rows, 1–65535.
    #[must_use]
    pub fn rows(self) -> u16 {
        self.rows
    }

    /// Columns, 1–65535.
    #[must_use]
    pub fn cols(self) -> u16 {
        self.cols
    }
}

/// 24 rows and 80 columns, the size of the VT100.
impl Default for Winsize {
    fn default() -> Self {
        Self { rows: 24, cols: 80 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: both ends of the permitted range, and what lies outside it.
    #[test]
    fn the_range_is_one_to_65535() {
        for (rows, cols, fits) in [
            (1, 1, true),
            (65_535, 65_535, true),
            (0, 80, false),
            (24, 0, false),
            (65_536, 80, false),
            (24, u32::MAX, false),
        ] {
            assert_eq!(Winsize::new(rows, cols).is_ok(), fits, "{rows}x{cols}");
        }
    }
}
