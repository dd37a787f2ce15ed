//! One pattern of a rule: a glob over the whole text or a regular expression anywhere in it.

use globset::{GlobBuilder, GlobMatcher};
use regex::{Regex, RegexBuilder};

use crate::error::ConfigError;

/// The longest pattern accepted, in bytes.
pub const MAX_PATTERN_BYTES: usize = 4096;

/// The memory that a compiled regular expression may take, in bytes.
pub(crate) const MAX_COMPILED_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub(crate) enum Pattern {
    Glob(GlobMatcher),
    Regex(Regex),
}

impl Pattern {
    /// Compiles the pattern found at `key`.
    pub(crate) fn new(key: &str, pattern: &str) -> Result<Self, ConfigError> {
        if pattern.len() > MAX_PATTERN_BYTES {
            let message = format!("the pattern is longer than {MAX_PATTERN_BYTES} bytes: split it");
            return Err(ConfigError::new(key, message));
        }
        match pattern.strip_prefix("re:") {
            Some(regex) => RegexBuilder::new(regex)
                .size_limit(MAX_COMPILED_BYTES)
                .build()
                .map(Pattern::Regex)
                .map_err(|e| invalid(key, "regular expression", e)),
            None => GlobBuilder::new(pattern)
                .backslash_escape(true)
                .empty_alternates(true)
                .build()
                .map(|glob| Pattern::Glob(glob.compile_matcher()))
                .map_err(|e| invalid(key, "glob", e)),
        }
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Glob(glob) => glob.is_match(text),
            Pattern::Regex(regex) => regex.is_match(text),
        }
    }
}

fn invalid(
    key: &str,
    what: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> ConfigError {
    ConfigError::new(key, format!("not a valid {what}: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], others: &[&str]) {
        let compiled = Pattern::new("key", pattern).unwrap();
        for text in matching {
            assert!(compiled.matches(text), "{pattern:?} matches {text:?}");
        }
        for text in others {
            assert!(
                !compiled.matches(text),
                "{pattern:?} does not match {text:?}"
            );
        }
    }

    /// A glob is held against the whole text, and a regular expression against any part of it.
    #[test]
    fn globs_are_anchored_and_regexes_are_not() {
        check("rm", &["rm"], &["rmdir", "/bin/rm"]);
        check("*-rf*", &["-rf /", "-v -rf", "x/-rf/y"], &["-fr"]);
        check("mkfs{,.*}", &["mkfs", "mkfs.ext4"], &["mkfsx"]);
        check("python3.[0-9]", &["python3.9"], &["python3.11"]);
        check("re:^-+r", &["-r", "--recursive"], &["x -r"]);
        check("re:rf", &["-rf"], &["-fr"]);
    }

    /// A pattern is refused with its key and before it can cost much.
    #[test]
    fn bad_patterns_name_their_key() {
        let too_long = "a".repeat(MAX_PATTERN_BYTES + 1);
        for pattern in ["re:(", "[", "re:(\\w{100}){1000}", &too_long] {
            let error = Pattern::new("argv.deny[2].program", pattern).unwrap_err();
            assert_eq!(error.key(), "argv.deny[2].program", "{pattern:.20}");
        }
    }
}
