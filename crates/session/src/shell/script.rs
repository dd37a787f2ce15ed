//! What is typed into shells: the marks, a probe that tells shells apart, and
//! commands, each as lines of plain ASCII that no line editor makes something
//! else of.
//!
//! A command goes through `eval`, as one word: so it is one unit to the shell
//! whatever its lines are, a text that is not finished is an error and not a
//! second prompt, and history expansion, completion and abbreviations leave it
//! alone. The first thing it does is to mark where its output begins, so that
//! traces and traps of the `eval` itself are not part of that.

use super::Family;

/// Marks, as the shells read them.
const BASH: &str = include_str!("integration/marks.bash");
const ZSH: &str = include_str!("integration/marks.zsh");
const FISH: &str = include_str!("integration/marks.fish");
const POSIX: &str = include_str!("integration/marks.sh");

/// What stands before a command, in its first line so that line numbers in
/// messages are right. A shell that shows that line shows this, too.
const MARK_C: &str = "__rejoinder_c;";

/// What a shell may show of ours among a command's output, where it shows what
/// it reads: in messages about the command's first line, and after `set -v`.
pub(crate) const OURS: [&str; 2] = [MARK_C, "{ __rejoinder_d; } &>/dev/null\r\n"];

/// Bytes of one typed line for a shell without a line editor: what a terminal
/// keeps of a line is 4,095 bytes on Linux and 1,023 on others (`MAX_CANON`).
const LINE: usize = 800;

/// The script that has a shell of this family print marks with this key.
pub(crate) fn marks(family: Family, key: &str) -> String {
    let script = match family {
        Family::Bash => BASH,
        Family::Zsh => ZSH,
        Family::Fish => FISH,
        Family::Posix => POSIX,
    };
    script.replace("@KEY@", key)
}

/// The same as lines to be typed at the prompt, which leave nothing in the
/// history.
pub(crate) fn bootstrap(family: Family, key: &str) -> Vec<String> {
    let script: Vec<String> = marks(family, key)
        .lines()
        .map(|line| line.trim_start().to_owned())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut script = script.join("\n");
    match family {
        Family::Bash => {
            // Where lines with a space in front are kept, this one and the probe are.
            script.push_str(
                "\nwhile __rejoinder_h=$(HISTTIMEFORMAT= builtin history 1) && [[ $__rejoinder_h == *__rejoinder_* ]] && \
                 builtin history -d ${__rejoinder_h%%[!0-9 ]*}; do :; done 2>/dev/null",
            );
            vec![format!(" eval {}", dollar_quoted(&script))]
        }
        Family::Zsh => {
            script
                .push_str("\nHISTORY_IGNORE=\"(${HISTORY_IGNORE:-__rejoinder_}|*__rejoinder_*)\"");
            vec![format!(" eval {}", dollar_quoted(&script))]
        }
        Family::Fish => vec![format!(" eval {}", fish_word(&script))],
        Family::Posix => posix_lines(&script, "", ""),
    }
}

/// The lines to type for a command.
pub(crate) fn command(family: Family, command: &str) -> Vec<String> {
    match family {
        Family::Bash => vec![format!(
            " eval {}",
            dollar_quoted(&format!("{MARK_C}{command}"))
        )],
        Family::Zsh => vec![format!(
            " eval {}; {{ __rejoinder_d; }} 2>/dev/null",
            dollar_quoted(&format!("{MARK_C}{command}"))
        )],
        Family::Fish => vec![format!(" {MARK_C}eval {}", fish_word(command))],
        Family::Posix => posix_lines(command, MARK_C, "; { __rejoinder_d; } 2>/dev/null"),
    }
}

/// A line that every shell takes, whose output tells which one it is. Its echo
/// is not its output: the token is in two pieces. bash forgets it at once.
pub(crate) fn probe(token: &str) -> String {
    let (first, second) = token.split_at(token.len() / 2);
    format!(
        " echo \"{first}\"\"{second}:$BASH_VERSION:$ZSH_VERSION:$FISH_VERSION:\"; test -n \"$BASH_VERSION\" && \
         eval '__rejoinder_h=$(HISTTIMEFORMAT= history 1); case $__rejoinder_h in *{first}*) \
         history -d ${{__rejoinder_h%%[!0-9 ]*}};; esac 2>/dev/null'"
    )
}

/// Reads the answer to a probe, if it is there.
pub(crate) fn probed(output: &str, token: &str) -> Option<Family> {
    let at = output.find(&format!("{token}:"))?;
    let answer = output[at + token.len() + 1..].lines().next()?;
    let mut versions = answer.split(':');
    let (bash, zsh, fish) = (versions.next()?, versions.next()?, versions.next()?);
    // What follows the last colon tells that the line is complete.
    versions.next()?;
    Some(if has_hooks(bash) {
        Family::Bash
    } else if !zsh.is_empty() {
        Family::Zsh
    } else if !fish.is_empty() {
        Family::Fish
    } else {
        Family::Posix
    })
}

/// Whether a bash of this version has all that the marks need (4.4: `PS0` and
/// `local -`).
fn has_hooks(version: &str) -> bool {
    let mut numbers = version
        .split('.')
        .map(|number| number.parse().unwrap_or(0_u32));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version >= (4, 4)
}

/// A word of bash and zsh: `$'…'`, everything but plain characters as octal
/// numbers of its bytes. `!` is among them, for the history's sake.
fn dollar_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 16);
    quoted.push_str("$'");
    for &byte in text.as_bytes() {
        match byte {
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            b'\'' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(byte));
            }
            b'!' => quoted.push_str("\\041"),
            b' '..=b'~' => quoted.push(char::from(byte)),
            _ => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('\'');
    quoted
}

/// A word of fish, without quotes: what is not plain is escaped.
fn fish_word(text: &str) -> String {
    let mut word = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        match character {
            '\n' => word.push_str("\\n"),
            '\t' => word.push_str("\\t"),
            ' ' | ';' | '\'' | '"' | '$' | '(' | ')' | '|' | '&' | '<' | '>' | '*' | '#' | '\\'
            | '{' | '}' | '[' | ']' => {
                word.push('\\');
                word.push(character);
            }
            plain if plain.is_ascii_alphanumeric() || "_./+:@,-=".contains(plain) => {
                word.push(plain);
            }
            ascii if ascii.is_ascii() => word.push_str(&format!("\\x{:02x}", u32::from(ascii))),
            wide => word.push_str(&format!("\\U{:08x}", u32::from(wide))),
        }
    }
    word
}

/// Lines for a POSIX shell: the text as one word in single quotes if that is
/// short enough, or put together in a variable line by line.
fn posix_lines(text: &str, before: &str, after: &str) -> Vec<String> {
    let pieces = posix_pieces(text, before.is_empty());
    let length: usize = pieces.iter().map(String::len).sum();
    if length <= LINE {
        return vec![format!(
            " {before}command eval '{before}{}'{after}",
            pieces.concat()
        )];
    }
    let mut lines = Vec::new();
    let mut line = String::from(" __rejoinder_x='");
    for piece in pieces {
        line.push_str(&piece);
        if line.len() > LINE {
            line.push('\'');
            lines.push(std::mem::replace(
                &mut line,
                String::from(" __rejoinder_x=$__rejoinder_x'"),
            ));
        }
    }
    line.push('\'');
    lines.push(line);
    lines.push(format!(
        " {before}command eval \"{before}$__rejoinder_x\"{after}"
    ));
    lines
}

/// The pieces of a text inside single quotes, each of which leaves and enters
/// them by itself where it has to. Where the marks are not there yet, line ends
/// come from `printf`.
fn posix_pieces(text: &str, bare: bool) -> Vec<String> {
    text.chars()
        .map(|character| match character {
            '\'' => "'\\''".to_owned(),
            '\n' if bare => "'\"$(printf '\\n ')\"'".to_owned(),
            '\n' => "'\"$__rejoinder_n\"'".to_owned(),
            '\t' if !bare => "'\"$__rejoinder_t\"'".to_owned(),
            control if control.is_ascii_control() => {
                format!("'\"$(printf '\\{:03o}')\"'", u32::from(control))
            }
            plain => plain.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0123456789abcdef";

    fn printed_by(shell: &[&str], script: &str) -> Vec<u8> {
        let output = Command::new(shell[0])
            .args(&shell[1..])
            .arg("-c")
            .arg(script)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    }

    /// Promise: what is typed is plain ASCII in one line, so that no line editor
    /// makes anything of tabs, line ends or letters beyond ASCII.
    #[test]
    fn typed_lines_are_plain() {
        let odd = "echo 'a\tb' \"c!\"\n# é\n\u{1b}[0m\\";
        for family in [Family::Bash, Family::Zsh, Family::Fish] {
            for line in command(family, odd).iter().chain(&bootstrap(family, KEY)) {
                assert!(
                    line.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
                    "{line:?}"
                );
                assert!(line.starts_with(' '), "history");
            }
        }
        for line in command(Family::Posix, &odd.repeat(200))
            .iter()
            .chain(&bootstrap(Family::Posix, KEY))
        {
            assert!(!line.contains(['\n', '\t', '\u{1b}']), "{line:?}");
            assert!(line.starts_with(' ') && line.len() < 1000, "{line:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// Promise: the shell runs exactly the bytes that were given.
        #[test]
        fn every_shell_reads_back_what_was_meant(
            text in "[ -~\\n\\t\\x01\\x1b\\x7féλ語!'\"\\\\$`;{}()&|<>*?#%=-]{0,60}",
        ) {
            let word = dollar_quoted(&text);
            for shell in [&["bash", "--norc"][..], &["zsh", "-f"]] {
                let script = format!("printf %s {word}");
                prop_assert_eq!(&printed_by(shell, &script), text.as_bytes());
            }
            let script = format!("printf %s {}", fish_word(&text));
            prop_assert_eq!(printed_by(&["fish", "--no-config"], &script), text.as_bytes());
            let set = "__rejoinder_n=$(printf '\\n.'); __rejoinder_n=${__rejoinder_n%.}; \
                       __rejoinder_t=$(printf '\\t'); ";
            let script = format!("{set}printf %s '{}'", posix_pieces(&text, false).concat());
            for shell in [&["dash"][..], &["busybox", "sh"]] {
                prop_assert_eq!(&printed_by(shell, &script), text.as_bytes());
            }
        }
    }

    /// Promise: a probe's echo is no answer to it, and its answer tells the shell.
    #[test]
    fn the_probe_tells_shells_apart() {
        let line = probe("q1w2e3r4");
        assert_eq!(probed(&line, "q1w2e3r4"), None);
        for (shell, family) in [
            (&["bash", "--norc"][..], Family::Bash),
            (&["zsh", "-f"], Family::Zsh),
            (&["fish", "--no-config"], Family::Fish),
            (&["dash"], Family::Posix),
            (&["busybox", "sh"], Family::Posix),
        ] {
            let output = Command::new(shell[0])
                .args(&shell[1..])
                .arg("-c")
                .arg(&line)
                .env("LC_ALL", "C.UTF-8")
                .output()
                .unwrap();
            let output = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(probed(&output, "q1w2e3r4"), Some(family), "{output}");
        }
        assert_eq!(
            probed("q1w2e3r4:3.2.57(1)-release:::\n", "q1w2e3r4"),
            Some(Family::Posix)
        );
        assert_eq!(
            probed("q1w2e3r4:5.2", "q1w2e3r4"),
            None,
            "not all of it is there"
        );
    }
}
