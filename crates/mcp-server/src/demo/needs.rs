//! The programs that the demo drives: there, installed after a question, or asked for.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Programs, and the packages that Debian and its relatives have them in.
const NEEDS: [(&str, &str); 6] = [
    ("bash", "bash"),
    ("python3", "python3"),
    ("whiptail", "whiptail"),
    ("htop", "htop"),
    ("ssh-keygen", "openssh-client"),
    ("sshd", "openssh-server"),
];

/// Where programs for administrators are, which are mostly not looked for.
const SYSTEM: [&str; 2] = ["/usr/sbin", "/sbin"];

/// Where a program is.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(SYSTEM.map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

/// Sees that all programs are there. What is missing is installed, on a machine that has
/// `apt-get`; a person is asked before.
///
/// # Errors
///
/// When something is missing and cannot be installed, or is not to be.
pub(super) fn see_to() -> Result<()> {
    let mut packages: Vec<&str> = NEEDS
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, package)| *package)
        .collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("the demo drives programs that are not here; install {list}, then run it again");
    }
    println!("The demo drives programs that are not here: {list}");
    if std::io::stdin().is_terminal() {
        print!("Install them with apt-get? [Y/n] ");
        std::io::stdout().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !matches!(answer.trim(), "" | "y" | "Y" | "yes") {
            bail!("install {list}, then run the demo again");
        }
    }
    apt_get(&["update", "-q"])?;
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.extend(packages);
    apt_get(&install)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = if nix::unistd::geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("apt-get");
        sudo
    };
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    let status = command
        .status()
        .with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
