//! Why a command is not typed: who has the terminal, and what to press.

use crate::error::{Error, ErrorKind};

fn refused(message: String, remedy: impl Into<String>) -> Error {
    Error::new(ErrorKind::WrongState, message, remedy)
}

pub(super) fn has_the_terminal(name: &str, leave: &str) -> Error {
    refused(
        format!("`{name}` has the terminal, not a shell at its prompt; nothing was typed"),
        format!("leave it first: {leave} (send_input), or start another session"),
    )
}

pub(super) fn full_screen(name: &str) -> Error {
    refused(
        format!("a program inside `{name}` has the whole screen; nothing was typed"),
        "leave it first (`q`, or `Escape` and `:q!`, or `C-c`, with send_input)",
    )
}

pub(super) fn asks_password(name: &str) -> Error {
    refused(
        format!("`{name}` asks for a password; nothing was typed"),
        "answer it with send_and_read, or interrupt it with `C-c`",
    )
}

pub(super) fn at_work(name: &str, left: Option<&str>) -> Error {
    let what = left.map_or_else(String::new, |command| format!(" (`{command}` runs)"));
    refused(
        format!("`{name}` is at work{what} and shows no prompt; nothing was typed"),
        "wait with read_output, or interrupt it with send_signal",
    )
}

pub(super) fn reads_line(left: Option<&str>) -> Error {
    let what = left.map_or_else(|| "a command".to_owned(), |command| format!("`{command}`"));
    refused(
        format!("{what} reads a line; nothing was typed"),
        "answer it with send_and_read, or interrupt it with send_signal",
    )
}

pub(super) fn half_typed(line: &str) -> Error {
    refused(
        format!("something is typed at the shell's prompt already ({line:?}); nothing was typed"),
        "run it with Enter or drop it with `C-c` (send_input) first",
    )
}

pub(super) fn no_prompt(name: &str, line: &str, left: Option<&str>) -> Error {
    let what = left.map_or_else(String::new, |command| format!(" (`{command}` runs)"));
    refused(
        format!(
            "`{name}` has the terminal{what} and shows no shell prompt, its last line is {line:?}; nothing was typed"
        ),
        "answer it, or wait for the prompt with send_and_read or read_output",
    )
}

pub(super) fn no_shell() -> Error {
    refused(
        "what has the terminal did not answer as a shell does; the command was not typed"
            .to_owned(),
        "use send_and_read; run_command knows bash, zsh, fish and POSIX shells (dash, busybox, ksh), \
         and REPLs that run on this machine",
    )
}
