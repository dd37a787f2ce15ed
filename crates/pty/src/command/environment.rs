//! The exact environment of a program to be started.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// The environment a program gets: these variables and no others.
///
/// # Example
/// ```
/// use rejoinder_pty::Environment;
///
/// let mut env = Environment::allow_list(["PATH", "HOME", "LANG"]);
/// env.set("TERM", "xterm-256color").remove("HOME");
/// assert_eq!(env.get("TERM").and_then(|v| v.to_str()), Some("xterm-256color"));
/// assert!(env.get("HOME").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// No variable at all.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Environment};
    ///
    /// let mut command = Command::new("/usr/bin/env");
    /// command.environment(Environment::empty()).env("ONLY", "this");
    /// assert_eq!(std::io::read_to_string(&command.spawn()?.output)?, "ONLY=this\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every variable of the calling process, as it is now.
    ///
    /// # Example
    /// ```
    /// let env = rejoinder_pty::Environment::inherit_all();
    /// assert_eq!(env.get("PATH"), std::env::var_os("PATH").as_deref());
    /// ```
    #[must_use]
    pub fn inherit_all() -> Self {
        Self {
            variables: std::env::vars_os().collect(),
        }
    }

    /// Those of the named variables that the calling process has. A name that
    /// ends in `*` takes every variable that starts so (`LC_*`).
    ///
    /// # Example
    /// ```
    /// let env = rejoinder_pty::Environment::allow_list(["PATH", "LC_*"]);
    /// assert!(env.iter().all(|(name, _)| name == "PATH" || name.to_str().unwrap().starts_with("LC_")));
    /// ```
    #[must_use]
    pub fn allow_list<I, S>(names: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let names: Vec<OsString> = names.into_iter().map(|n| n.as_ref().to_owned()).collect();
        let allowed = |name: &OsStr| names.iter().any(|pattern| matches_name(pattern, name));
        Self {
            variables: std::env::vars_os()
                .filter(|(name, _)| allowed(name))
                .collect(),
        }
    }

    /// Sets a variable. A name that is empty or contains `=` or NUL, and a
    /// value that contains NUL, are refused when the program is started.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Removes a variable, if it is there.
    pub fn remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.variables.remove(name.as_ref());
        self
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.variables.get(name.as_ref()).map(OsString::as_os_str)
    }

    /// All variables, in the order of their names.
    ///
    /// # Example
    /// ```
    /// let mut env = rejoinder_pty::Environment::empty();
    /// env.set("B", "2").set("A", "1");
    /// let names: Vec<_> = env.iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["A", "B"]);
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

fn matches_name(pattern: &OsStr, name: &OsStr) -> bool {
    match pattern.as_encoded_bytes().strip_suffix(b"*") {
        Some(prefix) => name.as_encoded_bytes().starts_with(prefix),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: a star takes a prefix, anything else the exact name only.
    #[test]
    fn allow_list_patterns() {
        for (pattern, name, matches) in [
            ("LC_*", "LC_ALL", true),
            ("LC_*", "LC_", true),
            ("LC_*", "LANG", false),
            ("PATH", "PATH", true),
            ("PATH", "PATHEXT", false),
            ("*", "ANYTHING", true),
        ] {
            assert_eq!(matches_name(pattern.as_ref(), name.as_ref()), matches);
        }
    }
}
