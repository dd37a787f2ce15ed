//! Commands with an end: shell integration, and `run_command`'s state machine.
//!
//! A shell that takes part prints marks (OSC 133) around its prompt and each
//! command, with a key that programs do not know. [`Tracker`] follows them in the
//! output; [`Run`] decides what to type for one command and when it is done; both
//! are pure. [`Plan`] starts an interactive shell with our marks ([`script`] has
//! them), and a shell that is found without is taught them by a typed line.
//!
//! What all of it cannot see, and why, stands in `docs/shells.md`.

pub(crate) mod answer;
pub(crate) mod holder;
mod refusal;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod setup;
pub(crate) mod statement;
pub(crate) mod tracker;

pub use answer::{CommandEnd, Ran, RunEnd, RunRequest};
pub(crate) use run::{Run, Step};
pub(crate) use setup::Plan;
pub(crate) use tracker::Tracker;

/// The shells that differ in what has to be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// bash 4.4 and later.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// dash, busybox sh, ksh, an old bash: what POSIX says, and no hooks.
    Posix,
}

impl Family {
    /// Its name in hints.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Posix => "sh",
        }
    }

    /// The family of a shell with this name, as far as the name tells: `sh` may
    /// be any of several.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "bash" | "rbash" => Self::Bash,
            "zsh" | "rzsh" => Self::Zsh,
            "fish" => Self::Fish,
            "dash" | "ash" | "ksh" | "ksh93" | "mksh" | "lksh" | "pdksh" | "oksh" | "yash"
            | "posh" | "busybox" => Self::Posix,
            _ => return None,
        })
    }
}
