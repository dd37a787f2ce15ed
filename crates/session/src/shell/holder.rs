//! Who has the terminal: a shell, something that a shell may be behind, a REPL,
//! or a program that has to be left first.

use super::Family;

/// The process in the foreground, as the system tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Foreground {
    /// Its process id.
    pub(crate) pid: i32,
    /// Its short name (`comm`).
    pub(crate) name: String,
    /// Its arguments, the name it was started by first; empty where they cannot
    /// be read.
    pub(crate) argv: Vec<String>,
    /// The name of its executable, where it can be read.
    pub(crate) executable: Option<String>,
}

/// What the process in the foreground is to a command that wants to be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An interactive shell; its family where that is certain.
    Shell(Option<Family>),
    /// A program that passes the terminal on to something out of sight: ssh, a
    /// container.
    Passage(String),
    /// A REPL or a database shell.
    Repl(String),
    /// Any other program, and what to press to leave it.
    Program(String, &'static str),
    /// The system does not say.
    Unknown,
}

/// Programs that pass the terminal on.
const PASSAGES: &[&str] = &[
    "ssh",
    "slogin",
    "autossh",
    "sshpass",
    "mosh-client",
    "telnet",
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "oc",
    "crictl",
    "lxc",
    "lxc-attach",
    "incus",
    "machinectl",
    "systemd-run",
    "sudo",
    "su",
    "doas",
    "runuser",
    "pkexec",
    "script",
    "socat",
    "nc",
    "adb",
    "flatpak",
    "toolbox",
    "distrobox",
    "vagrant",
    "multipass",
    "wsl",
    "unbuffer",
    "rlwrap",
    "picocom",
    "cu",
    "virsh",
];

/// REPLs and database shells; those of the second list only without a script.
const REPLS: &[&str] = &[
    "sqlite3",
    "psql",
    "mysql",
    "mariadb",
    "gdb",
    "lldb",
    "irb",
    "ghci",
    "ghc",
    "iex",
    "erl",
    "beam.smp",
    "scala",
    "jshell",
    "redis-cli",
    "mongosh",
    "ipython",
    "ipython3",
    "bpython",
    "sbcl",
    "clisp",
    "guile",
    "racket",
    "octave",
    "octave-cli",
    "R",
    "julia",
    "gnuplot",
    "maxima",
    "gp",
    "utop",
    "ocaml",
    "swipl",
    "duckdb",
    "clickhouse",
    "sqlplus",
    "sqlcmd",
    "pry",
    "evcxr",
];

/// Interpreters that are REPLs when they run no script.
const INTERPRETERS: &[&str] = &[
    "python", "pypy", "node", "lua", "luajit", "php", "perl", "ruby", "deno", "bun", "tclsh",
];

/// How to leave programs that take the terminal.
const LEAVE: &[(&[&str], &str)] = &[
    (
        &[
            "less", "more", "most", "man", "pager", "bat", "htop", "top", "atop", "btop", "iotop",
            "tig", "ncdu", "ranger", "lf", "nnn", "info", "w3m", "watch_",
        ],
        "press `q`",
    ),
    (
        &[
            "vi",
            "vim",
            "vim.basic",
            "vim.tiny",
            "vim.nox",
            "nvim",
            "view",
            "vimdiff",
            "ex",
        ],
        "press `Escape`, then type `:q!` and Enter (`:wq` saves)",
    ),
    (&["nano", "pico", "rnano"], "press `C-x`"),
    (
        &["emacs", "emacs-nox", "emacs-gtk", "mg", "jmacs"],
        "press `C-x`, `C-c`",
    ),
    (&["mc", "mcedit", "mcview"], "press `F10`"),
    (
        &["tmux", "tmux: client"],
        "detach with `C-b`, `d`, or drive the panes inside with send_and_read",
    ),
    (&["screen"], "detach with `C-a`, `d`"),
    (
        &["dialog", "whiptail"],
        "press `Escape`, or answer it with send_and_read",
    ),
    (
        &["cat", "tee", "sort", "wc", "bc", "dc", "tr"],
        "end its input with `C-d`",
    ),
    (&["ed"], "type `q` and Enter"),
    (&["ftp", "sftp", "lftp", "telnet"], "type `quit` and Enter"),
];

impl Foreground {
    /// What this process is.
    pub(crate) fn holder(&self) -> Holder {
        let argv0 = self.argv.first().map_or("", |name| base(name));
        let started_as = argv0.strip_prefix('-').unwrap_or(argv0);
        let executable = self.executable.as_deref().map_or("", base);
        let names = [executable, started_as, &self.name];
        if names.iter().all(|name| name.is_empty()) {
            return Holder::Unknown;
        }
        if let Some(shell) = self.shell(executable, started_as) {
            return shell;
        }
        let any = |list: &[&str]| names.iter().find(|name| list.contains(name)).copied();
        if let Some(name) = any(PASSAGES) {
            return Holder::Passage(name.to_owned());
        }
        if let Some(name) = any(REPLS) {
            return Holder::Repl(name.to_owned());
        }
        let interpreter = names.iter().find_map(|name| {
            let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            INTERPRETERS.contains(&plain).then_some(plain)
        });
        if let Some(plain) = interpreter
            && !self.argv.is_empty()
            && self.is_without_script()
        {
            return Holder::Repl(plain.to_owned());
        }
        let name = [self.name.as_str(), started_as, executable]
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default();
        let leave = LEAVE
            .iter()
            .find(|(list, _)| names.iter().any(|name| list.contains(name)))
            .map_or(
                "answer it, wait for its end, or interrupt it with `C-c`",
                |(_, how)| how,
            );
        Holder::Program(name.to_owned(), leave)
    }

    /// An interactive shell: one without a script. `sh` tells nothing, and
    /// busybox is a shell only under a shell's name.
    fn shell(&self, executable: &str, started_as: &str) -> Option<Holder> {
        let applet = match (executable, started_as) {
            ("busybox", "busybox") | ("", "busybox") => {
                self.argv.get(1).map_or("", |name| base(name))
            }
            ("busybox", name) => name,
            _ => "",
        };
        let is_busybox = executable == "busybox" || started_as == "busybox";
        let family = if is_busybox {
            if !matches!(applet, "sh" | "ash") {
                return None;
            }
            Some(Family::Posix)
        } else {
            let known = Family::of_name(executable)
                .or_else(|| Family::of_name(started_as))
                .or_else(|| Family::of_name(&self.name));
            let is_sh = started_as == "sh" || self.name == "sh";
            let is_csh =
                ["csh", "tcsh"].contains(&executable) || ["csh", "tcsh"].contains(&started_as);
            if known.is_none() && !is_sh && !is_csh {
                return None;
            }
            known
        };
        let arguments = self.argv.get(1..).unwrap_or_default();
        let arguments = if is_busybox && started_as == "busybox" {
            arguments.get(1..).unwrap_or_default()
        } else {
            arguments
        };
        is_interactive(arguments).then_some(Holder::Shell(family))
    }

    /// Whether an interpreter was started with options only, or with `-i`.
    fn is_without_script(&self) -> bool {
        let mut arguments = self.argv.iter().skip(1).peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "-i" | "--interactive" => return true,
                "-X" | "-W" | "-r" | "--require" => {
                    arguments.next();
                }
                "-c" | "-m" | "-e" | "--eval" | "-p" | "--print" => return false,
                option if option.starts_with('-') && option != "-" => {}
                _ => return false,
            }
        }
        true
    }
}

/// Whether a shell with these arguments reads commands from its terminal.
fn is_interactive(arguments: &[String]) -> bool {
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--init-file" | "--rcfile" | "-o" | "+o" | "-O" | "+O" | "-C" | "--init-command" => {
                arguments.next();
            }
            "-c" | "--command" => return false,
            "-i" | "-s" => return true,
            "-" | "--" => return arguments.next().is_none(),
            long if long.starts_with("--") => {}
            short if short.starts_with('-') && short.contains('c') => return false,
            option if option.starts_with(['-', '+']) => {}
            _ => return false,
        }
    }
    true
}

fn base(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(" (deleted)").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(executable: &str, argv: &str) -> Holder {
        let argv: Vec<String> = argv.split_whitespace().map(str::to_owned).collect();
        Foreground {
            pid: 1,
            name: argv.first().map_or(String::new(), |name| {
                base(name).trim_start_matches('-').to_owned()
            }),
            argv,
            executable: (!executable.is_empty()).then(|| executable.to_owned()),
        }
        .holder()
    }

    /// Promise: a command is typed to shells and REPLs only, and never into a
    /// script that reads its input.
    #[test]
    fn shells_repls_and_programs_are_told_apart() {
        let shell = |family| Holder::Shell(Some(family));
        for (executable, argv, expected) in [
            ("/usr/bin/bash", "-bash", shell(Family::Bash)),
            ("/usr/bin/bash", "sh", shell(Family::Bash)),
            ("/usr/bin/dash", "sh -i", shell(Family::Posix)),
            ("", "sh", Holder::Shell(None)),
            ("", "-su", Holder::Passage("su".to_owned())),
            (
                "/usr/bin/bash",
                "bash --init-file /x -i",
                shell(Family::Bash),
            ),
            ("/usr/bin/zsh", "zsh -f", shell(Family::Zsh)),
            ("/usr/bin/fish", "fish --no-config", shell(Family::Fish)),
            ("/usr/bin/busybox", "busybox sh", shell(Family::Posix)),
            ("/usr/bin/busybox", "/bin/sh", shell(Family::Posix)),
            (
                "/usr/bin/ssh",
                "ssh host",
                Holder::Passage("ssh".to_owned()),
            ),
            (
                "/usr/bin/python3.11",
                "python3",
                Holder::Repl("python".to_owned()),
            ),
            (
                "/usr/bin/python3.11",
                "python3 -i x.py",
                Holder::Repl("python".to_owned()),
            ),
            (
                "/usr/bin/sqlite3",
                "sqlite3 x.db",
                Holder::Repl("sqlite3".to_owned()),
            ),
        ] {
            assert_eq!(of(executable, argv), expected, "{argv}");
        }
        for (executable, argv) in [
            ("/usr/bin/bash", "bash -c read"),
            ("/usr/bin/bash", "bash script.sh"),
            ("/usr/bin/busybox", "busybox less x"),
            ("/usr/bin/python3.11", "python3 ask.py"),
            ("/usr/bin/less", "less x"),
        ] {
            assert!(
                matches!(of(executable, argv), Holder::Program(..)),
                "{argv}"
            );
        }
    }
}
