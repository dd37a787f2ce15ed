//! The architecture's rules about who may depend on whom, enforced.
//!
//! Three things are checked: the arrows between the project's crates, where an async runtime may
//! be found, and that `unsafe` stays in one crate. What is allowed stands in [`arrows`].

mod arrows;
mod check;
mod runtime;
mod unsafe_code;

use anyhow::bail;

use crate::workspace::Workspace;

/// Checks everything and lists every violation before it fails.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let packages = check::packages(workspace.metadata())?;
    let mut violations = check::arrows(&packages);
    violations.extend(check::runtime_dependencies(&packages));
    violations.extend(runtime::resolved_trees(workspace, &packages)?);
    violations.extend(unsafe_code::check(&packages)?);
    for violation in &violations {
        eprintln!("    {violation}");
    }
    if !violations.is_empty() {
        bail!(
            "{} violation(s) of the layers; what is allowed stands in xtask/src/layers/arrows.rs",
            violations.len()
        );
    }
    eprintln!("    {} crates keep to their layers", packages.len());
    Ok(())
}
