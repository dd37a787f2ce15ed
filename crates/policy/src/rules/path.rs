//! Rules over the directory in which a program is started.

use std::path::{Component, Path, PathBuf};

use crate::config::PathsConfig;
use crate::error::ConfigError;
use crate::facts::PathFact;
use crate::verdict::{Decision, Verdict};

use super::check_length;

/// The roots, each absolute and free of `.` and `..`.
#[derive(Debug)]
pub(super) struct PathRules {
    allowed: Vec<PathBuf>,
    denied: Vec<PathBuf>,
}

impl PathRules {
    pub(super) fn new(config: &PathsConfig) -> Result<Self, ConfigError> {
        Ok(PathRules {
            allowed: check_roots("paths.allowed_roots", &config.allowed_roots)?,
            denied: check_roots("paths.denied_roots", &config.denied_roots)?,
        })
    }

    /// Judges a directory; `None` where there is no root to hold it against.
    ///
    /// A path is judged in canonical form. One that could not be resolved is judged as it was
    /// given, and is refused where that does not say for certain where it leads. A denied root is
    /// also held against the path as it was given.
    pub(super) fn judge(&self, path: &PathFact) -> Option<Verdict> {
        if self.allowed.is_empty() && self.denied.is_empty() {
            return None;
        }
        let given = path.given();
        let target = path.canonical().unwrap_or(given);
        if !is_plain(target) {
            let reason = format!("it cannot be told where `{}` leads", given.display());
            return Some(
                Verdict::new(Decision::Deny, "paths.unresolved", reason)
                    .remedy_of("give an absolute path that exists, without `..`"),
            );
        }
        let denied = self
            .denied
            .iter()
            .find(|root| target.starts_with(root) || given.starts_with(root));
        if let Some(root) = denied {
            let reason = format!("{} is inside `{}`", shown(path), root.display());
            return Some(
                Verdict::new(Decision::Deny, "paths.denied_roots", reason)
                    .remedy_of("choose a directory outside of it"),
            );
        }
        if self.allowed.is_empty() {
            return None;
        }
        match self.allowed.iter().find(|root| target.starts_with(root)) {
            Some(root) => {
                let reason = format!("{} is inside `{}`", shown(path), root.display());
                Some(Verdict::new(Decision::Allow, "paths.allowed_roots", reason))
            }
            None => {
                let roots: Vec<_> = self
                    .allowed
                    .iter()
                    .map(|r| format!("`{}`", r.display()))
                    .collect();
                let reason = format!("{} is outside of the allowed directories", shown(path));
                let remedy = format!("choose a directory inside {}", roots.join(" or "));
                Some(Verdict::new(Decision::Deny, "paths.allowed_roots", reason).remedy_of(remedy))
            }
        }
    }
}

/// The path as given, and where it leads if that is somewhere else.
fn shown(path: &PathFact) -> String {
    let given = path.given().display();
    match path.canonical() {
        Some(canonical) if canonical != path.given() => {
            format!("`{given}` (`{}`)", canonical.display())
        }
        _ => format!("`{given}`"),
    }
}

/// Absolute and without `..`: a path whose components say where it leads. (`Path` itself passes
/// over `.` and doubled slashes.)
fn is_plain(path: &Path) -> bool {
    path.is_absolute() && !path.components().any(|c| c == Component::ParentDir)
}

fn check_roots(key: &str, roots: &[PathBuf]) -> Result<Vec<PathBuf>, ConfigError> {
    check_length(key, roots)?;
    for (index, root) in roots.iter().enumerate() {
        if !is_plain(root) {
            let message = format!("`{}` is not an absolute path without `..`", root.display());
            return Err(ConfigError::new(format!("{key}[{index}]"), message));
        }
    }
    Ok(roots.to_vec())
}
