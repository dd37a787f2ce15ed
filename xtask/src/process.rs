//! Running other programs: each is shown before it runs, and its failure is an error that names it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};

/// Runs a program with its output shown and no input.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = shown(command);
    eprintln!("    $ {line}");
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Runs a program quietly and returns what it printed; its failure is an error with its last words.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let line = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !output.status.success() {
        bail!(
            "`{line}` failed ({}): {}",
            output.status,
            last_words(&output)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be run and succeeds.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok()
}

/// The last lines that a program wrote, errors before output.
fn last_words(output: &Output) -> String {
    let stream = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let text = String::from_utf8_lossy(stream);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines[lines.len().saturating_sub(8)..].join(" | ")
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = [name].into_iter().chain(command.get_args());
    words
        .map(|word| quoted(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,@+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Where a program is found: on the `PATH`, or where Debian keeps those of the administrator.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin"].map(PathBuf::from));
    directories
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown can be pasted into a shell.
    #[test]
    fn commands_are_shown_quoted() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["nextest", "-E", "not binary(e2e)", "", "it's"]);
        assert_eq!(
            shown(&command),
            r"cargo nextest -E 'not binary(e2e)' '' 'it'\''s'"
        );
    }

    /// A failure says which command failed and repeats what it said last.
    #[test]
    fn failures_name_the_command() {
        let error = output(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("sh -c") && text.contains("why") && text.contains('3'),
            "{text}"
        );
        assert!(output(&mut Command::new("/no/such/program")).is_err());
    }
}
