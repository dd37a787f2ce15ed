//! A program and its arguments, checked once.
//!
//! An [`Argv`] can be handed to `execve` as it stands: it has a program, holds no NUL and keeps
//! within the kernel's limits. What runs a program takes this type and checks nothing again.

use crate::lex::{self, LexError};

/// A checked program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argv {
    /// The program, then its arguments.
    words: Vec<String>,
}

impl Argv {
    /// The most arguments after the program.
    pub const MAX_ARGS: usize = 16_384;
    /// The most bytes of one argument: Linux's `MAX_ARG_STRLEN` (32 pages of 4 KiB, see
    /// execve(2)) less the closing NUL.
    pub const MAX_ARG_BYTES: usize = 131_071;
    /// The most bytes of all arguments together, half of the 2 MiB that Linux grants by default
    /// to arguments and environment (execve(2)).
    pub const MAX_TOTAL_BYTES: usize = 1 << 20;

    /// Checks a program and its arguments.
    ///
    /// # Errors
    ///
    /// [`ArgvError`] where the program is empty, anything holds a NUL, or a limit is passed.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
    ) -> Result<Self, ArgvError> {
        let program = program.into();
        if program.is_empty() {
            return Err(Kind::NoProgram.into());
        }
        let mut total = check_text(&program, 0)?;
        let mut words = vec![program];
        for arg in args {
            let arg = arg.into();
            if words.len() > Self::MAX_ARGS {
                return Err(Kind::TooMany.into());
            }
            total += check_text(&arg, words.len())?;
            if total > Self::MAX_TOTAL_BYTES {
                return Err(Kind::TotalTooLong.into());
            }
            words.push(arg);
        }
        Ok(Argv { words })
    }

    /// Splits a command line by the quoting rules of the POSIX shell (XCU 2.2), and by nothing
    /// else of it: no expansion, no globbing, no operators.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_policy::Argv;
    ///
    /// let argv = Argv::parse_line(r#"printf '%s\n' "two words""#)?;
    /// assert_eq!(argv.program(), "printf");
    /// assert_eq!(argv.args(), [r"%s\n", "two words"]);
    /// let error = Argv::parse_line("ls | wc -l").unwrap_err();
    /// assert!(error.to_string().contains("shell: true"));
    /// # Ok::<(), rejoinder_policy::ArgvError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ArgvError`] for an unclosed quote, for a word that is an unquoted shell operator and so
    /// shows that a shell was meant, and for everything that [`Argv::new`] refuses.
    pub fn parse_line(line: &str) -> Result<Self, ArgvError> {
        let mut words = lex::split_words(line).map_err(Kind::Line)?;
        if let Some(operator) = words.iter().find(|word| word.is_bare_operator()) {
            return Err(Kind::Operator(operator.text.clone()).into());
        }
        if words.is_empty() {
            return Err(Kind::NoProgram.into());
        }
        let program = words.remove(0).text;
        Argv::new(program, words.into_iter().map(|word| word.text))
    }

    /// The program as it was given: a name to be looked up or a path.
    pub fn program(&self) -> &str {
        &self.words[0]
    }

    /// The program's file name: what follows the last `/`.
    pub fn program_name(&self) -> &str {
        base_name(self.program())
    }

    /// The arguments after the program.
    pub fn args(&self) -> &[String] {
        &self.words[1..]
    }

    /// The program and the arguments, owned.
    pub fn into_parts(mut self) -> (String, Vec<String>) {
        let args = self.words.split_off(1);
        (self.words.remove(0), args)
    }

    /// The program, then its arguments.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }
}

/// What follows the last `/` of a path, or all of it where nothing does.
pub(crate) fn base_name(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => path,
    }
}

fn check_text(text: &str, position: usize) -> Result<usize, ArgvError> {
    if text.contains('\0') {
        return Err(Kind::Nul(position).into());
    }
    if text.len() > Argv::MAX_ARG_BYTES {
        return Err(Kind::TooLong {
            position,
            bytes: text.len(),
        }
        .into());
    }
    Ok(text.len())
}

/// Why something is not an argv that could be executed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct ArgvError(#[from] Kind);

impl ArgvError {
    /// Whether the line holds shell operators, so that it was most likely meant for a shell.
    pub fn wants_shell(&self) -> bool {
        matches!(self.0, Kind::Operator(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("no program is named: give a program name or a path to one")]
    NoProgram,
    #[error("{} holds a NUL byte, which no program can be given: leave it out", place(*.0))]
    Nul(usize),
    #[error(
        "{} is {bytes} bytes long and the system takes {} at most: pass it in a file or on \
         standard input", place(*.position), Argv::MAX_ARG_BYTES
    )]
    TooLong { position: usize, bytes: usize },
    #[error(
        "more than {} arguments: pass them in a file or on standard input",
        Argv::MAX_ARGS
    )]
    TooMany,
    #[error(
        "the arguments are longer than {} bytes together: pass them in a file or on standard \
         input",
        Argv::MAX_TOTAL_BYTES
    )]
    TotalTooLong,
    #[error("the command line cannot be split: {0}")]
    Line(LexError),
    #[error(
        "`{0}` is a shell operator and no shell reads this line: set `shell: true`, or quote it \
         if it is meant as an argument"
    )]
    Operator(String),
}

fn place(position: usize) -> String {
    match position {
        0 => "the program's name".to_owned(),
        n => format!("argument {n}"),
    }
}
