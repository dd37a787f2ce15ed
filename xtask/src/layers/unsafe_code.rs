//! `unsafe` stays in one crate: every other forbids it in the root of each of its targets.

use std::fs;

use anyhow::Context;

use super::arrows::UNSAFE_CRATE;
use super::check::Package;

/// Every root file without the attribute.
pub(crate) fn check(packages: &[Package]) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    for package in packages
        .iter()
        .filter(|package| package.name != UNSAFE_CRATE)
    {
        for root in &package.roots {
            let text = fs::read_to_string(root).with_context(|| format!("cannot read {root}"))?;
            if !forbids_unsafe(&text) {
                violations.push(format!("{root} does not say #![forbid(unsafe_code)]"));
            }
        }
    }
    Ok(violations)
}

/// Whether the attribute stands on a line of its own, and not in a comment.
fn forbids_unsafe(text: &str) -> bool {
    text.lines()
        .any(|line| line.trim_end() == "#![forbid(unsafe_code)]")
}

#[cfg(test)]
mod tests {
    use super::forbids_unsafe;

    /// Only the attribute itself counts.
    #[test]
    fn the_attribute_is_recognised() {
        assert!(forbids_unsafe(
            "//! A page.\n#![forbid(unsafe_code)]\n\nmod x;\n"
        ));
        assert!(!forbids_unsafe("//! #![forbid(unsafe_code)]\n"));
        assert!(!forbids_unsafe(
            "// #![forbid(unsafe_code)]\n#![deny(unsafe_code)]\n"
        ));
    }
}
