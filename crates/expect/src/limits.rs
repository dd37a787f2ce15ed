//! How large patterns may be.

/// How large patterns and what they compile to may be.
///
/// Patterns often come from a user, a configuration file or an agent; these limits keep a
/// pattern such as `(\w{1000}){1000}` from taking the memory or the time of everybody else.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Limits, PatternSet, regex};
///
/// let limits = Limits { nfa_bytes: 10_000, ..Limits::default() };
/// let error = PatternSet::builder().limits(limits).build([regex(r"\pL{100}")]).unwrap_err();
/// assert!(error.is_limit());
/// assert_eq!(error.pattern(), Some(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest text of one pattern, in bytes. 16 KiB by default.
    pub pattern_bytes: usize,
    /// The greatest number of patterns in a set. 256 by default.
    pub patterns: usize,
    /// The largest compiled form of the whole set, in bytes of automaton before any determinising.
    /// 2 MiB by default; eight ordinary patterns take 10 to 100 KiB.
    pub nfa_bytes: usize,
    /// The memory one search may take for states worked out on the way, in bytes. 2 MiB by
    /// default, and never more than 256 MiB. It fills only as far as the output calls for; a full
    /// cache is begun anew, never a reason to give up.
    pub cache_bytes: usize,
    /// The largest dense automaton of a set built with [`PatternSetBuilder::dense`](crate::PatternSetBuilder::dense), in bytes.
    /// 8 MiB by default.
    pub dense_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            pattern_bytes: 16 << 10,
            patterns: 256,
            nfa_bytes: 2 << 20,
            cache_bytes: 2 << 20,
            dense_bytes: 8 << 20,
        }
    }
}
