//! Dependencies: licences, sources, bans, and known vulnerabilities where they can be asked for.

use crate::process;
use crate::setup::Tool;
use crate::workspace::Workspace;

/// How long fetching the database may take, in seconds.
const FETCH_TIMEOUT: &str = "120";

/// Checks what `deny.toml` says.
///
/// The database of advisories is a repository on the network. Where it cannot be fetched the step
/// says so, with the reason, and checks the rest; where it can, an advisory fails the step.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let deny = Tool::Deny.find_or_install(workspace)?;
    let command = || workspace.command(&deny);
    let checks = ["bans", "licenses", "sources"];
    process::run(
        command()
            .args(["--locked", "check", "--hide-inclusion-graph"])
            .args(checks),
    )?;

    let mut fetch = workspace.command("timeout");
    let fetched = process::output(fetch.arg(FETCH_TIMEOUT).arg(&deny).args(["fetch", "db"]));
    match fetched {
        Ok(_) => {
            process::run(command().args(["--locked", "check", "--disable-fetch", "advisories"]))
        }
        Err(error) => {
            eprintln!(
                "    NOT CHECKED: advisories, since their database cannot be fetched: {error:#}"
            );
            Ok(())
        }
    }
}
