//! The programs that the end-to-end tests talk to, from Debian's packages.

use std::io::IsTerminal;
use std::process::Command;

use anyhow::bail;

use crate::process::{self, find_program};
use crate::workspace::Workspace;

/// How to see whether something is there.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// A program of this name can be found.
    Program(&'static str),
    /// This Python runs: `venv` needs parts that Debian keeps in a package of their own.
    Python(&'static str),
    /// This C program compiles: the compiler alone has no headers.
    C(&'static str),
}

/// Something needed, the package that has it, and what for.
struct Need {
    sign: Sign,
    package: &'static str,
    why: &'static str,
}

const fn program(name: &'static str, package: &'static str, why: &'static str) -> Need {
    Need {
        sign: Sign::Program(name),
        package,
        why,
    }
}

const NEEDS: &[Need] = &[
    program("bash", "bash", "the shell of most sessions"),
    program("dash", "dash", "a shell without line editing"),
    program(
        "python3",
        "python3",
        "a REPL, getpass, and the protocol's Python client",
    ),
    Need {
        sign: Sign::Python("import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"),
        package: "python3-venv",
        why: "an environment for the protocol's Python client, which needs Python 3.10",
    },
    program("bc", "bc", "a program that reads lines without a prompt"),
    program(
        "ssh-keygen",
        "openssh-client",
        "a program that asks for a passphrase twice",
    ),
    program(
        "sshd",
        "openssh-server",
        "a server on the loopback to log in to (Debian starts it as a service, too)",
    ),
    program(
        "sudo",
        "sudo",
        "a program that asks for a password with rights of its own",
    ),
    program("zsh", "zsh", "a shell with an editor of its own"),
    program("fish", "fish", "a shell with another one"),
    program(
        "busybox",
        "busybox",
        "a shell and tools that do things their own way",
    ),
    program("ssh", "openssh-client", "logins by password"),
    program(
        "su",
        "util-linux",
        "a program that asks for a password once",
    ),
    program("unshare", "util-linux", "a machine with users of its own"),
    program("setpriv", "util-linux", "programs of another user"),
    program(
        "mysql",
        "mariadb-client",
        "a client that asks for a password",
    ),
    program("less", "less", "a pager"),
    program("man", "man-db", "a program that waits for its pager"),
    program("curl", "curl", "a download with a progress bar"),
    program("make", "make", "several commands at work at once"),
    program("nano", "nano", "another editor"),
    program("mc", "mc", "a screen with a menu and a command line"),
    program(
        "htop",
        "htop",
        "a screen that looks at the keyboard now and then",
    ),
    program("whiptail", "whiptail", "forms to fill in"),
    program("dialog", "dialog", "forms by another library"),
    program("sqlite3", "sqlite3", "a database shell with no server"),
    program("psql", "postgresql-client", "a database shell"),
    program(
        "pg_createcluster",
        "postgresql",
        "its server (Debian starts one as a service, too; the tests run their own)",
    ),
    program("mysql", "mariadb-client", "another database shell"),
    program("mariadbd", "mariadb-server-core", "its server"),
    program("vi", "vim", "an editor on the whole screen"),
    program("top", "procps", "a screen that repaints itself"),
    program("gdb", "gdb", "a debugger"),
    program("lldb", "lldb", "another debugger"),
    program("node", "nodejs", "a REPL that waits by epoll"),
    program("gcc", "gcc", "the C programs that the debugger looks at"),
    Need {
        sign: Sign::C("#include <stdio.h>\nint main(void) { return puts(\"x\") < 0; }\n"),
        package: "libc6-dev",
        why: "the headers for those programs",
    },
    program("tmux", "tmux", "a terminal inside of the terminal"),
    program("npm", "npm", "the protocol's inspector"),
    program(
        "git",
        "git",
        "the database of advisories, and a program with a pager",
    ),
    program("setsid", "util-linux", "programs that leave their session"),
    program("su", "util-linux", "a shell of another user"),
    program("unshare", "util-linux", "a chroot without rights"),
];

impl Sign {
    fn is_there(self) -> bool {
        match self {
            Sign::Program(name) => find_program(name).is_some(),
            Sign::Python(code) => super::python::interpreter()
                .is_some_and(|python| process::succeeds(Command::new(python).args(["-c", code]))),
            Sign::C(code) => {
                let script = "printf '%s' \"$1\" | gcc -x c -fsyntax-only -";
                process::succeeds(Command::new("sh").args(["-c", script, "sh", code]))
            }
        }
    }
}

/// Installs the packages of what is missing, and checks that it is there then.
pub(crate) fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.sign.is_there()).collect();
    if missing.is_empty() {
        eprintln!("    programs: all {} are there", NEEDS.len());
        return Ok(());
    }
    for need in &missing {
        eprintln!("    installing Debian's {}: {}", need.package, need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if find_program("apt-get").is_none() {
        bail!(
            "there is no apt-get here: install what Debian calls {} by hand",
            packages.join(", ")
        );
    }
    if let Err(error) = apt_install(workspace, &packages) {
        eprintln!("    {error:#}; trying once more");
        apt_install(workspace, &packages)?;
    }
    match missing.iter().find(|need| !need.sign.is_there()) {
        Some(need) => bail!(
            "Debian's {} was installed and {:?} is still missing: is something else of that name \
             before it on the PATH?",
            need.package,
            need.sign
        ),
        None => Ok(()),
    }
}

fn apt_install(workspace: &Workspace, packages: &[&str]) -> anyhow::Result<()> {
    process::run(apt_get(workspace)?.args(["-qq", "update"]))?;
    process::run(
        apt_get(workspace)?
            .args([
                "-qq",
                "-o",
                "Dpkg::Use-Pty=0",
                "install",
                "--yes",
                "--no-install-recommends",
            ])
            .args(packages),
    )
}

/// `apt-get` with the rights it needs: through `sudo` unless this is root already.
fn apt_get(workspace: &Workspace) -> anyhow::Result<Command> {
    const QUIET: [&str; 2] = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let user = process::output(Command::new("id").arg("-u"))?;
    if user.trim() == "0" {
        let mut command = workspace.command("env");
        command.args(QUIET);
        return Ok(command);
    }
    if find_program("sudo").is_none() {
        bail!("installing packages needs root or sudo");
    }
    let mut command = workspace.command("sudo");
    if !std::io::stdin().is_terminal() {
        command.arg("--non-interactive");
    }
    command.arg("env").args(QUIET);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each sign can say yes and no.
    #[test]
    fn signs_tell_there_from_missing() {
        assert!(Sign::Program("sh").is_there());
        assert!(!Sign::Program("no-such-program").is_there());
        assert!(Sign::Python("import sys").is_there());
        assert!(!Sign::Python("import no_such_module").is_there());
        assert!(Sign::C("int main(void) { return 0; }").is_there());
        assert!(!Sign::C("#include <no_such_header.h>").is_there());
    }
}
