//! The async runtime in the resolved trees: what a crate's dependencies bring along counts too.

use crate::process;
use crate::workspace::Workspace;

use super::arrows::{Runtime, layer_of};
use super::check::Package;

/// Asks cargo for the tree of every crate that has to be free of tokio, with all its features or,
/// where tokio is behind one, with none of them.
pub(crate) fn resolved_trees(
    workspace: &Workspace,
    packages: &[Package],
) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    for package in packages {
        let features = match layer_of(&package.name).map(|layer| layer.runtime) {
            Some(Runtime::Never) => "--all-features",
            Some(Runtime::Feature) => "--no-default-features",
            Some(Runtime::Free) | None => continue,
        };
        let tree = process::output(workspace.cargo().args([
            "tree",
            "--locked",
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
            features,
            "--package",
            &package.name,
        ]))?;
        if contains_tokio(&tree) {
            violations.push(format!(
                "{} with {features} has tokio in its tree",
                package.name
            ));
        }
    }
    Ok(violations)
}

/// Whether a tree printed one package per line, `name vX.Y.Z`, has the runtime in it.
fn contains_tokio(tree: &str) -> bool {
    tree.lines()
        .any(|line| line.split_whitespace().next() == Some("tokio"))
}

#[cfg(test)]
mod tests {
    use super::contains_tokio;

    /// The package itself is meant, and not one whose name begins like it.
    #[test]
    fn tokio_is_found_in_a_tree() {
        assert!(contains_tokio(
            "mcp-proto v0.1.0 (/w)\nbytes v1.12.0\ntokio v1.54.0\n"
        ));
        assert!(contains_tokio("tokio v1.54.0 (*)"));
        assert!(!contains_tokio("a v1.0.0\ntokio-macros v2.0.0\n"));
    }
}
