//! What can be wrong with patterns.

use std::fmt;

/// Why patterns could not be compiled: which one, what is wrong, and what to do.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{PatternSet, regex};
///
/// let error = PatternSet::new([regex("fine"), regex("(oops")]).unwrap_err();
/// assert_eq!(error.pattern(), Some(1));
/// assert!(!error.is_limit());
/// assert_eq!(
///     error.to_string(),
///     "pattern 1 /(oops/ is not a valid regular expression: unclosed group at byte 0; \
///      to look for this text as it stands, use a literal",
/// );
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    kind: Kind,
    pattern: Option<usize>,
    message: String,
    source: Option<Box<regex_syntax::Error>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Syntax,
    Limit,
}

impl PatternError {
    pub(crate) fn syntax(
        pattern: usize,
        message: impl fmt::Display,
        source: Box<regex_syntax::Error>,
    ) -> PatternError {
        PatternError {
            kind: Kind::Syntax,
            pattern: Some(pattern),
            message: message.to_string(),
            source: Some(source),
        }
    }

    pub(crate) fn limit(pattern: Option<usize>, message: impl fmt::Display) -> PatternError {
        PatternError {
            kind: Kind::Limit,
            pattern,
            message: message.to_string(),
            source: None,
        }
    }

    /// The index of the pattern that is at fault; `None` when it is their number or all of them
    /// together.
    pub fn pattern(&self) -> Option<usize> {
        self.pattern
    }

    /// Whether a [`Limits`](crate::Limits) was passed, rather than a pattern being no valid
    /// regular expression.
    pub fn is_limit(&self) -> bool {
        self.kind == Kind::Limit
    }
}
