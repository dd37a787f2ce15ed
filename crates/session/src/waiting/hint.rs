//! What the foreground program's name and the last line of its output suggest.
//! Never more than a hint: a name proves nothing, and a text less.

use std::fmt;
use std::str::FromStr;

use super::text::LastLine;
use crate::state::WaitingFor;

/// What a program that waits seems to be, or to ask.
///
/// # Example
/// ```
/// use rejoinder_session::Hint;
///
/// assert_eq!(Hint::Repl("python".to_owned()).to_string(), "repl:python");
/// assert_eq!("shell:bash".parse(), Ok(Hint::Shell("bash".to_owned())));
/// assert_eq!("pager".parse(), Ok(Hint::Pager));
/// assert!("soothsayer".parse::<Hint>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// It shows text by pages.
    Pager,
    /// It edits a file.
    Editor,
    /// It asks to choose between yes and no.
    Confirm,
    /// It offers a choice.
    Menu,
    /// It wants the rest of something that was begun.
    Continuation,
    /// It asks who somebody is.
    Login,
    /// It reads and runs a language's or a database's statements.
    Repl(String),
    /// It is a shell at its prompt.
    Shell(String),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pager => f.write_str("pager"),
            Self::Editor => f.write_str("editor"),
            Self::Confirm => f.write_str("confirm"),
            Self::Menu => f.write_str("menu"),
            Self::Continuation => f.write_str("continuation"),
            Self::Login => f.write_str("login"),
            Self::Repl(name) => write!(f, "repl:{name}"),
            Self::Shell(name) => write!(f, "shell:{name}"),
        }
    }
}

/// A text that is no hint's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no hint has this name")]
#[non_exhaustive]
pub struct UnknownHint;

impl FromStr for Hint {
    type Err = UnknownHint;

    fn from_str(name: &str) -> Result<Self, UnknownHint> {
        Ok(match name.split_once(':') {
            Some(("repl", of)) if is_name(of) => Self::Repl(of.to_owned()),
            Some(("shell", of)) if is_name(of) => Self::Shell(of.to_owned()),
            Some(_) => return Err(UnknownHint),
            None => match name {
                "pager" => Self::Pager,
                "editor" => Self::Editor,
                "confirm" => Self::Confirm,
                "menu" => Self::Menu,
                "continuation" => Self::Continuation,
                "login" => Self::Login,
                _ => return Err(UnknownHint),
            },
        })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// What a hint is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clues<'a> {
    /// The name of the process that waits, or of the foreground one.
    pub(crate) program: &'a str,
    /// What it waits for.
    pub(crate) waiting: WaitingFor,
    /// The line that the output ends in.
    pub(crate) line: &'a LastLine,
}

const PAGERS: &[&str] = &[
    "less", "more", "most", "pager", "pg", "bat", "batcat", "w3m", "lv",
];

const EDITORS: &[&str] = &[
    "vi", "vim", "nvim", "view", "vimdiff", "ex", "nano", "pico", "emacs", "micro", "joe", "jed",
    "mg", "ne", "helix", "hx", "kak", "mcedit", "ed",
];

const MENUS: &[&str] = &["whiptail", "dialog", "fzf", "gum", "sk", "nmtui", "debconf"];

const SHELLS: &[&str] = &[
    "bash", "zsh", "fish", "dash", "sh", "ash", "ksh", "ksh93", "mksh", "tcsh", "csh", "nu",
    "elvish", "xonsh", "pwsh", "busybox",
];

/// Programs that read statements: their names, the name of what they read, the
/// ends of their prompts, and those of their continuation prompts.
const REPLS: &[(&[&str], &str, &[&str], &[&str])] = &[
    (
        &["python", "ipython", "pypy", "bpython", "ptpython"],
        "python",
        &[">>>", "]:"],
        &["...", "...:"],
    ),
    (&["node", "nodejs"], "node", &[">"], &["...", "|"]),
    (
        &["psql"],
        "psql",
        &["=>", "=#"],
        &[
            "->", "-#", "(>", "(#", "'>", "'#", "\">", "\"#", "$>", "$#", "*>", "*#",
        ],
    ),
    (
        &["mysql"],
        "mysql",
        &["mysql>", "]>"],
        &["->", "'>", "\">", "`>", "/*>"],
    ),
    (
        &["mariadb"],
        "mariadb",
        &["]>"],
        &["->", "'>", "\">", "`>", "/*>"],
    ),
    (&["sqlite3"], "sqlite3", &["sqlite>"], &["...>"]),
    (&["redis-cli"], "redis", &[">"], &[]),
    (&["mongosh"], "mongosh", &[">"], &["..."]),
    (&["gdb"], "gdb", &["(gdb)"], &[">"]),
    (&["lldb"], "lldb", &["(lldb)"], &[]),
    (&["irb", "ruby"], "ruby", &[">"], &["*"]),
    (&["ghc"], "ghci", &[">"], &["|"]),
    (
        &["lua", "lua5.4", "lua5.3", "luajit"],
        "lua",
        &[">"],
        &[">>"],
    ),
    (&["R"], "r", &[">"], &["+"]),
    (&["julia"], "julia", &["julia>"], &[]),
    (&["deno"], "deno", &[">"], &["..."]),
    (&["bc"], "bc", &[""], &[]),
];

/// What the clues suggest, if anything.
pub(crate) fn suggest(clues: Clues<'_>) -> Option<Hint> {
    let program = clues.program.trim_start_matches('-');
    let line = clues.line.trimmed();
    if PAGERS.contains(&program) {
        return Some(Hint::Pager);
    }
    if EDITORS.contains(&program) || program.starts_with("vim.") || program.starts_with("emacs-") {
        return Some(Hint::Editor);
    }
    if MENUS.contains(&program) {
        return Some(Hint::Menu);
    }
    if clues.line.has_choice() {
        return Some(Hint::Confirm);
    }
    if clues.waiting == WaitingFor::Password {
        let asks_who = ["ssh", "su", "sudo", "login", "telnet", "ftp", "doas"];
        return asks_who.contains(&program).then_some(Hint::Login);
    }
    if let Some((_, name, prompts, more)) = REPLS.iter().find(|repl| is_one_of(program, repl.0)) {
        if prompts.iter().any(|end| line.ends_with(end)) && !is_more(line, more) {
            return Some(Hint::Repl((*name).to_owned()));
        }
        if is_more(line, more) {
            return Some(Hint::Continuation);
        }
    }
    if SHELLS.contains(&program) {
        return of_shell(program, line, clues.waiting);
    }
    if line.starts_with("--More--") || line.ends_with("--More--") {
        return Some(Hint::Pager);
    }
    let lower = line.to_lowercase();
    let ends = ["login:", "username:", "user name:", "user:"];
    if ends.iter().any(|end| lower.ends_with(end)) || lower.starts_with("username for ") {
        return Some(Hint::Login);
    }
    (line == "#?").then_some(Hint::Menu)
}

/// Whether a program has one of these names, be it with a version behind it:
/// `python3.11`.
fn is_one_of(program: &str, names: &[&str]) -> bool {
    names.iter().any(|name| {
        program
            .strip_prefix(name)
            .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
    })
}

/// Whether a line is nothing but a continuation prompt, the name of a database
/// before it at most.
fn is_more(line: &str, ends: &[&str]) -> bool {
    let text = line.trim_start();
    ends.iter().any(|end| {
        text.strip_suffix(end).is_some_and(|before| {
            before
                .chars()
                .all(|c| c.is_alphanumeric() || "_-".contains(c))
        }) && (text.len() == end.len() || end.len() >= 2)
    })
}

/// A shell that edits its line is at its prompt, or inside a command; one that
/// does not is told by the prompt.
fn of_shell(program: &str, line: &str, waiting: WaitingFor) -> Option<Hint> {
    if line == "#?" {
        return Some(Hint::Menu);
    }
    let ends_open = line
        .strip_suffix('>')
        .is_some_and(|before| before.trim().is_empty() || is_open_construct(before));
    if ends_open {
        return Some(Hint::Continuation);
    }
    let prompts = waiting == WaitingFor::Raw || line.ends_with(['$', '#', '%']);
    prompts.then(|| Hint::Shell(program.to_owned()))
}

/// zsh names what is open: `dquote>`, `for then>`.
fn is_open_construct(before: &str) -> bool {
    const OPEN: &[&str] = &[
        "quote",
        "dquote",
        "bquote",
        "heredoc",
        "cmdsubst",
        "for",
        "while",
        "until",
        "if",
        "then",
        "else",
        "elif",
        "case",
        "select",
        "function",
        "subsh",
        "cursh",
        "pipe",
        "cmdand",
        "cmdor",
        "array",
        "math",
        "braceparam",
        "repeat",
    ];
    let mut words = before.split_whitespace().peekable();
    words.peek().is_some() && words.all(|word| OPEN.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(program: &str, waiting: WaitingFor, output: &str) -> Option<String> {
        let line = LastLine::of(output.as_bytes());
        let clues = Clues {
            program,
            waiting,
            line: &line,
        };
        suggest(clues).map(|hint| hint.to_string())
    }

    /// A name and a line, and what they suggest.
    #[test]
    fn names_and_lines_suggest() {
        use WaitingFor::{Line, Password, Raw};
        let table = [
            ("less", Raw, "text\r\n:", Some("pager")),
            ("vim.basic", Raw, "", Some("editor")),
            ("nano", Raw, "", Some("editor")),
            ("dialog", Raw, "", Some("menu")),
            (
                "apt",
                Line,
                "Do you want to continue? [Y/n] ",
                Some("confirm"),
            ),
            ("bash", Line, "Continue? (y/n) ", Some("confirm")),
            ("bash", Line, "Name: ", None),
            ("bash", Line, "1) a\r\n2) b\r\n#? ", Some("menu")),
            ("bash", Raw, "ada@host:~$ ", Some("shell:bash")),
            ("-zsh", Raw, "host% ", Some("shell:zsh")),
            ("bash", Raw, "$ for x in a\r\n> ", Some("continuation")),
            ("zsh", Raw, "for dquote> ", Some("continuation")),
            ("fish", Raw, "ada@host ~> ", Some("shell:fish")),
            ("dash", Line, "# ", Some("shell:dash")),
            ("python3", Raw, ">>> ", Some("repl:python")),
            ("python3.11", Raw, ">>> if x:\r\n... ", Some("continuation")),
            ("python3", Line, "Name? ", None),
            ("node", Raw, "> ", Some("repl:node")),
            ("node", Raw, "> f(\r\n... ", Some("continuation")),
            ("psql", Raw, "shop=# ", Some("repl:psql")),
            (
                "psql",
                Raw,
                "shop=# select\r\nshop-# ",
                Some("continuation"),
            ),
            ("mariadb", Raw, "MariaDB [(none)]> ", Some("repl:mariadb")),
            (
                "mariadb",
                Raw,
                "MariaDB [x]> select\r\n    -> ",
                Some("continuation"),
            ),
            ("sqlite3", Raw, "sqlite> ", Some("repl:sqlite3")),
            (
                "sqlite3",
                Raw,
                "sqlite> select\r\n   ...> ",
                Some("continuation"),
            ),
            ("gdb", Raw, "(gdb) ", Some("repl:gdb")),
            ("lldb", Raw, "(lldb) ", Some("repl:lldb")),
            ("sudo", Password, "[sudo] password for ada: ", Some("login")),
            ("python3", Password, "Password: ", None),
            ("login", Line, "host login: ", Some("login")),
            ("more", Raw, "--More--(10%)", Some("pager")),
            ("cat", Line, "", None),
            ("top", Raw, "", None),
        ];
        for (program, waiting, output, wanted) in table {
            assert_eq!(
                hint(program, waiting, output).as_deref(),
                wanted,
                "{program} {output:?}"
            );
        }
    }

    /// Every hint is known by its name again.
    #[test]
    fn hints_are_known_by_their_names() {
        let named = |name: &str| name.to_owned();
        for hint in [
            Hint::Pager,
            Hint::Editor,
            Hint::Confirm,
            Hint::Menu,
            Hint::Continuation,
            Hint::Login,
            Hint::Repl(named("python")),
            Hint::Shell(named("bash")),
        ] {
            assert_eq!(hint.to_string().parse(), Ok(hint));
        }
        for other in ["", "repl:", "shell:a b", "x:y", "Pager"] {
            assert_eq!(other.parse::<Hint>(), Err(UnknownHint), "{other}");
        }
    }
}
