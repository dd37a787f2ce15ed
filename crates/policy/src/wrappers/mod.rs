//! Programs that run another program, and where in their arguments that other program stands.
//!
//! The knowledge is a table of each wrapper's options. An option that the table does not know
//! makes the answer [`Inner::Unclear`], and the rules then hold every possible inner program
//! against the deny and ask lists, so that an unknown option cannot be used to hide one.

mod table;

use std::borrow::Cow;

use crate::argv::base_name;
use crate::lex;
use table::{RUN_A_LINE, RUN_A_PROGRAM, SHELLS, WRAPPERS, Wrapper};

/// What a command would run besides its own program.
#[derive(Debug)]
pub(crate) enum Inner<'a> {
    /// Nothing that is known of.
    Nothing,
    /// Other programs, each the words of its command.
    Commands(Vec<&'a [String]>),
    /// A line for a shell.
    ShellLine(&'a str),
    /// Some program, and it cannot be told which.
    Unclear(Unclear<'a>),
}

/// The arguments out of which some program is run: any of them may begin its command, or be a
/// whole line for a shell.
#[derive(Debug)]
pub(crate) struct Unclear<'a> {
    args: Cow<'a, [String]>,
    /// Whether the program is known to give lines to a shell.
    pub(crate) runs_lines: bool,
}

impl Unclear<'_> {
    /// Every command that begins with an argument, up to a limit.
    pub(crate) fn suffixes(&self) -> impl Iterator<Item = &[String]> {
        (0..self.args.len().min(MAX_SUFFIXES)).map(|at| &self.args[at..])
    }

    /// The arguments that say more than one word when a shell reads them, up to a limit.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        let args = self.args.iter().take(MAX_SUFFIXES);
        args.map(String::as_str)
            .filter(|arg| arg.contains(|c: char| c.is_whitespace() || ";|&<>()$`".contains(c)))
    }
}

/// The arguments of a wrapper that are tried as the beginning of a command.
const MAX_SUFFIXES: usize = 256;

/// What the command `words` would run.
pub(crate) fn inner(words: &[String]) -> Inner<'_> {
    let Some((program, args)) = words.split_first() else {
        return Inner::Nothing;
    };
    let name = base_name(program);
    if SHELLS.contains(&name) || SHELLS.contains(&name.trim_start_matches('-')) {
        return shell_line(args);
    }
    match name {
        "env" if args.iter().any(|arg| is_env_split(arg)) => return env_split(args),
        _ if RUN_A_LINE.contains(&name) => return unclear(args, true),
        _ if RUN_A_PROGRAM.contains(&name) || is_loader(name) => return unclear(args, false),
        "find" | "fd" | "fdfind" => return find(args),
        _ => {}
    }
    match WRAPPERS
        .iter()
        .find(|wrapper| wrapper.names.contains(&name))
    {
        Some(wrapper) => wrapper.inner(args),
        None => Inner::Nothing,
    }
}

impl Wrapper {
    fn inner<'a>(&self, args: &'a [String]) -> Inner<'a> {
        let mut rest = args;
        while let Some((arg, after)) = rest.split_first() {
            if arg == "--" {
                rest = after;
                break;
            }
            if !arg.starts_with('-') || (arg == "-" && !self.flags.contains('-')) {
                break;
            }
            match self.option_takes_next(arg) {
                Some(takes_next) => rest = after.get(usize::from(takes_next)..).unwrap_or(&[]),
                None => return unclear(args, false),
            }
        }
        if self.assignments {
            let first = rest.iter().position(|arg| !arg.contains('='));
            rest = &rest[first.unwrap_or(rest.len())..];
        }
        let command = rest.get(self.operands..).unwrap_or(&[]);
        commands_or_nothing(vec![command])
    }

    /// Whether a known option takes the argument after it as its value; `None` for an unknown one.
    fn option_takes_next(&self, arg: &str) -> Option<bool> {
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, _)) => (name, true),
                None => (long, false),
            };
            if self.long_valued.contains(&name) {
                return Some(!value);
            }
            return self.long_flags.contains(&name).then_some(false);
        }
        let letters = &arg[1..];
        if letters.is_empty() {
            return Some(false);
        }
        for (at, letter) in letters.char_indices() {
            if self.valued.contains(letter) {
                return Some(at + letter.len_utf8() == letters.len());
            }
            if !self.flags.contains(letter) {
                return None;
            }
        }
        Some(false)
    }
}

/// A program whose options are not in the table, so that every argument may begin the command.
fn unclear(args: &[String], runs_lines: bool) -> Inner<'_> {
    if args.is_empty() {
        Inner::Nothing
    } else {
        Inner::Unclear(Unclear {
            args: Cow::Borrowed(args),
            runs_lines,
        })
    }
}

/// The line after `-c`, which may stand in a cluster of letters and before other options.
fn shell_line(args: &[String]) -> Inner<'_> {
    let mut wants_line = false;
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "--" | "-" => break,
            "--rcfile" | "--init-file" | "--init-command" | "-o" | "+o" | "-O" | "+O" => {
                rest.next();
            }
            "--command" => wants_line = true,
            long if long.starts_with("--command=") => {
                return Inner::ShellLine(&long["--command=".len()..]);
            }
            long if long.starts_with("--") => {}
            short if short.starts_with(['-', '+']) => {
                wants_line |= short.starts_with('-') && short.contains('c');
                if short.ends_with(['o', 'O']) {
                    rest.next();
                }
            }
            line if wants_line => return Inner::ShellLine(line),
            _script => return Inner::Nothing,
        }
    }
    match rest.next() {
        Some(line) if wants_line => Inner::ShellLine(line),
        _ => Inner::Nothing,
    }
}

fn is_env_split(arg: &str) -> bool {
    arg.starts_with("--split-string")
        || (arg.starts_with('-') && !arg.starts_with("--") && arg.contains('S'))
}

/// `env -S 'program args'`: the string is a command line of its own.
fn env_split(args: &[String]) -> Inner<'static> {
    let mut words = Vec::new();
    for arg in args {
        let text = match arg.strip_prefix("--split-string=") {
            Some(line) => line,
            None if is_env_split(arg) => arg.split_once('S').map_or("", |(_, line)| line),
            None => arg,
        };
        match lex::split_words(text) {
            Ok(split) => words.extend(split.into_iter().map(|word| word.text)),
            Err(_) => words.push(text.to_owned()),
        }
    }
    Inner::Unclear(Unclear {
        args: Cow::Owned(words),
        runs_lines: false,
    })
}

/// The commands between `-exec` and `;` or `+`.
fn find(args: &[String]) -> Inner<'_> {
    const EXECUTING: &[&str] = &[
        "-exec",
        "-execdir",
        "-ok",
        "-okdir",
        "-x",
        "-X",
        "--exec",
        "--exec-batch",
    ];
    let starts = args
        .iter()
        .enumerate()
        .filter(|(_, arg)| EXECUTING.contains(&arg.as_str()));
    let commands = starts.map(|(at, _)| {
        let command = &args[at + 1..];
        let end = command.iter().position(|arg| arg == ";" || arg == "+");
        &command[..end.unwrap_or(command.len())]
    });
    commands_or_nothing(commands.take(MAX_SUFFIXES).collect())
}

fn commands_or_nothing(mut commands: Vec<&[String]>) -> Inner<'_> {
    commands.retain(|command| !command.is_empty());
    match commands.is_empty() {
        true => Inner::Nothing,
        false => Inner::Commands(commands),
    }
}

/// The dynamic loader runs the program that it is given.
fn is_loader(name: &str) -> bool {
    name.starts_with("ld-linux") || name.starts_with("ld-musl") || name == "ld.so"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        lex::split_words(line)
            .unwrap()
            .into_iter()
            .map(|word| word.text)
            .collect()
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words = words(line);
        let found = match inner(&words) {
            Inner::Nothing => "nothing".to_owned(),
            Inner::Commands(all) => all
                .iter()
                .map(|c| c.join("|"))
                .collect::<Vec<_>>()
                .join(" & "),
            Inner::ShellLine(line) => format!("line: {line}"),
            Inner::Unclear(_) => "unclear".to_owned(),
        };
        assert_eq!(found, expected, "inside {line:?}");
    }

    /// The inner program of every wrapper in the table is found behind its options.
    #[test]
    fn the_wrapped_command_is_found() {
        check("env", "nothing");
        check("env -i -u X A=b C=d rm -r x", "rm|-r|x");
        check("env - rm", "rm");
        check("nice -n 5 rm x", "rm|x");
        check("nice -5 rm x", "rm|x");
        check("nice --adjustment=5 rm", "rm");
        check("timeout -s KILL 5 rm x", "rm|x");
        check("timeout -sKILL --kill-after 3 5s rm", "rm");
        check("timeout 5", "nothing");
        check("sudo -u root -E A=b rm x", "rm|x");
        check("sudo -nu root rm x", "rm|x");
        check("xargs -0 -n1 -I {} rm {}", "rm|{}");
        check("nohup setsid -f rm", "setsid|-f|rm");
        check("stdbuf -oL -e0 rm", "rm");
        check("time -p rm", "rm");
        check("busybox rm -r x", "rm|-r|x");
        check("/usr/bin/env rm", "rm");
        check("chroot /x rm y", "rm|y");
        check(
            "find . -name x -exec rm {} + -ok mv a b ';'",
            "rm|{} & mv|a|b",
        );
        check("ls -la", "nothing");
    }

    /// The line of a shell is found wherever `-c` stands.
    #[test]
    fn the_line_of_a_shell_is_found() {
        check("sh -c 'rm x' name", "line: rm x");
        check("bash -lc 'rm x'", "line: rm x");
        check("bash -o pipefail -ec 'rm x'", "line: rm x");
        check("bash -c -e 'rm x'", "line: rm x");
        check("bash -c -- 'rm x'", "line: rm x");
        check("bash --norc --rcfile f -c 'rm x'", "line: rm x");
        check("fish --command='rm x'", "line: rm x");
        check("bash", "nothing");
        check("bash script.sh -c x", "nothing");
    }

    /// An option that the table does not know does not hide the program.
    #[test]
    fn unknown_options_make_it_unclear() {
        check("sudo --brand-new x rm", "unclear");
        check("timeout -Q 5 rm", "unclear");
        check("env -S 'rm x'", "unclear");
        check("su -c 'rm x'", "unclear");
        check("/lib64/ld-linux-x86-64.so.2 /bin/rm", "unclear");
        let su = words("su x -c 'rm x'");
        let Inner::Unclear(unclear) = inner(&su) else {
            panic!("what su runs is unclear");
        };
        assert!(unclear.runs_lines);
        assert_eq!(
            unclear.suffixes().map(<[String]>::len).collect::<Vec<_>>(),
            [3, 2, 1]
        );
        assert_eq!(unclear.lines().collect::<Vec<_>>(), ["rm x"]);
    }
}
