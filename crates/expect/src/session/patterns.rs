//! What may be passed to `expect`: one pattern, several, or a compiled set.

use crate::{Pattern, PatternSet};

/// What a session can be asked to wait for.
///
/// Implemented for a [`Pattern`], a `&str` or `String` (a literal), arrays, slices and vectors of
/// these, and a compiled [`PatternSet`]. A session remembers the sets it has compiled last, so that
/// asking for the same patterns again costs nothing.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{IntoPatterns, Pattern, PatternSet, regex};
///
/// fn takes(patterns: impl IntoPatterns) {
///     # let _ = patterns;
/// }
///
/// takes("$ ");
/// takes(regex(r"\d+%"));
/// takes(["yes", "no"]);
/// takes([regex(r"[Pp]assword: "), "$ ".into()]);
/// takes(&PatternSet::new(["$ "])?);
/// // What a function of one's own does with them is to hand them on; `Patterns` is the form in
/// // which all of them can be kept.
/// let kept: rejoinder_expect::Patterns = ["yes", "no"].into_patterns();
/// takes(kept.clone());
/// takes(kept);
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
pub trait IntoPatterns {
    /// The patterns, compiled already or not.
    fn into_patterns(self) -> Patterns;
}

/// Patterns on their way to a session.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{IntoPatterns, Patterns, Session};
///
/// let kept: Patterns = ["password: ", "$ "].into_patterns();
/// let mut session = Session::spawn("printf '$ '")?;
/// assert_eq!(session.expect(kept.clone())?.pattern(), 1);
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Patterns {
    /// To be compiled.
    List(Vec<Pattern>),
    /// Compiled.
    Set(PatternSet),
}

impl IntoPatterns for Patterns {
    fn into_patterns(self) -> Patterns {
        self
    }
}

impl IntoPatterns for PatternSet {
    fn into_patterns(self) -> Patterns {
        Patterns::Set(self)
    }
}

impl IntoPatterns for &PatternSet {
    fn into_patterns(self) -> Patterns {
        Patterns::Set(self.clone())
    }
}

impl<T: Into<Pattern>, const N: usize> IntoPatterns for [T; N] {
    fn into_patterns(self) -> Patterns {
        Patterns::List(self.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Pattern>> IntoPatterns for Vec<T> {
    fn into_patterns(self) -> Patterns {
        Patterns::List(self.into_iter().map(Into::into).collect())
    }
}

impl<T: Clone + Into<Pattern>> IntoPatterns for &[T] {
    fn into_patterns(self) -> Patterns {
        Patterns::List(self.iter().cloned().map(Into::into).collect())
    }
}

impl<T: Clone + Into<Pattern>> IntoPatterns for &Vec<T> {
    fn into_patterns(self) -> Patterns {
        self.as_slice().into_patterns()
    }
}

impl<T: Clone + Into<Pattern>, const N: usize> IntoPatterns for &[T; N] {
    fn into_patterns(self) -> Patterns {
        self.as_slice().into_patterns()
    }
}

macro_rules! one {
    ($($single:ty),*) => {
        $(impl IntoPatterns for $single {
            fn into_patterns(self) -> Patterns {
                Patterns::List(vec![self.into()])
            }
        })*
    };
}

one!(Pattern, &Pattern, &str, String, &String);
