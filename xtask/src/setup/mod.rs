//! Installing what the checks and the tests need, as far as it is missing.
//!
//! Debian packages come from the system's package manager; everything else is pinned and goes
//! below `target/`, so that nothing outside of the workspace is changed and `cargo clean` undoes
//! it. Each part looks first and is quick when there is nothing to do.

mod node;
mod programs;
mod python;
mod tools;

pub(crate) use tools::Tool;

use crate::workspace::Workspace;

/// Installs everything.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    programs::install(workspace)?;
    python::install(workspace)?;
    node::install(workspace)?;
    for tool in Tool::OF_STEPS {
        tool.find_or_install(workspace)?;
    }
    Ok(())
}
