//! Splitting text by the quoting rules of the POSIX shell.
//!
//! Two readers use it. A command line that no shell is to read is split into words
//! ([`split_words`]). A line that a shell will read is split into simple commands
//! ([`split_commands`]), which is an approximation on purpose: the words are found as the shell
//! would find them, nothing is expanded, and a word that an expansion could turn into something
//! else is marked as such, for the rules to be careful with.

use std::iter::Peekable;
use std::str::CharIndices;

/// Substitutions nested deeper than this are not followed.
const MAX_NESTING: usize = 32;

/// A line that cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LexError {
    #[error("{0} at byte {1} is never closed: close it, or escape it with a backslash")]
    Unclosed(&'static str, usize),
    #[error("it ends in a lone backslash: double the backslash, or take it out")]
    TrailingBackslash,
    #[error("command substitutions are nested more than {MAX_NESTING} deep")]
    TooDeep,
}

/// One word with its quoting removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Some of it was quoted or escaped.
    pub(crate) quoted: bool,
    /// A shell would expand some of it, so that a program would see another text.
    pub(crate) expands: bool,
    /// It is a redirection: an operator with or without the file it names.
    pub(crate) redirects: bool,
    started: bool,
}

impl Word {
    /// Whether the word is nothing but an unquoted operator of the shell's.
    pub(crate) fn is_bare_operator(&self) -> bool {
        const OPERATORS: &[&str] = &[
            "|", "||", "|&", "&", "&&", ";", ";;", "<", ">", ">>", "<<", "<<<", ">|", "&>", "&>>",
            "2>", "2>>", "2>&1", ">&2", "1>&2",
        ];
        !self.quoted && OPERATORS.contains(&self.text.as_str())
    }
}

/// A simple command: its words in order.
pub(crate) type Command = Vec<Word>;

/// Splits at unquoted blanks. Operators and expansions are ordinary characters.
pub(crate) fn split_words(line: &str) -> Result<Vec<Word>, LexError> {
    let commands = Lexer::new(line, false).run()?;
    Ok(commands.into_iter().flatten().collect())
}

/// Splits into simple commands at the shell's operators. The inside of a command substitution is a
/// command of its own, wherever it stands.
pub(crate) fn split_commands(line: &str) -> Result<Vec<Command>, LexError> {
    Lexer::new(line, true).run()
}

struct Lexer<'a> {
    chars: Peekable<CharIndices<'a>>,
    shell: bool,
    nesting: usize,
    word: Word,
    command: Command,
    commands: Vec<Command>,
}

impl<'a> Lexer<'a> {
    fn new(line: &'a str, shell: bool) -> Self {
        Lexer {
            chars: line.char_indices().peekable(),
            shell,
            nesting: 0,
            word: Word::default(),
            command: Command::new(),
            commands: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Command>, LexError> {
        self.commands_until(None)?;
        Ok(self.commands)
    }

    /// Reads commands up to the end of the line or to the character that ends a substitution;
    /// says whether that character was found.
    fn commands_until(&mut self, end: Option<char>) -> Result<bool, LexError> {
        let mut parentheses = 0_usize;
        while let Some((at, c)) = self.chars.next() {
            match c {
                c if Some(c) == end && parentheses == 0 => {
                    self.end_command();
                    return Ok(true);
                }
                '\n' if self.shell => self.end_command(),
                c if c.is_ascii_whitespace() => self.end_word(),
                '\\' => self.escape()?,
                '\'' => self.single_quotes(at)?,
                '"' => self.double_quotes(at)?,
                '(' if self.shell => {
                    parentheses += 1;
                    self.end_command();
                }
                ')' if self.shell => {
                    parentheses = parentheses.saturating_sub(1);
                    self.end_command();
                }
                _ if self.shell => self.shell_char(at, c)?,
                _ => self.push(c),
            }
        }
        self.end_command();
        Ok(false)
    }

    fn shell_char(&mut self, at: usize, c: char) -> Result<(), LexError> {
        match c {
            ';' | '|' | '&' => self.end_command(),
            '<' | '>' => self.redirection(c),
            '#' if !self.word.started => while self.chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '$' if self.next_is('\'') => self.ansi_c_quotes(at)?,
            '$' | '`' => self.expansion(at, c)?,
            '*' | '?' | '[' | '{' | '~' => {
                self.word.expands = true;
                self.push(c);
            }
            c => self.push(c),
        }
        Ok(())
    }

    /// A `$` or a backtick, in double quotes or outside of them.
    fn expansion(&mut self, at: usize, c: char) -> Result<(), LexError> {
        self.word.expands = true;
        self.push(c);
        if c == '`' {
            return self.substitution(at, '`', "the backtick");
        }
        if !self.next_is('(') {
            return Ok(());
        }
        self.chars.next();
        if self.next_is('(') && self.skip_arithmetic() {
            return Ok(());
        }
        self.substitution(at, ')', "the substitution")
    }

    /// Reads the inside of a substitution as commands of their own, then goes on with the word
    /// that it stands in.
    fn substitution(&mut self, at: usize, end: char, name: &'static str) -> Result<(), LexError> {
        if self.nesting == MAX_NESTING {
            return Err(LexError::TooDeep);
        }
        self.nesting += 1;
        let word = std::mem::take(&mut self.word);
        let command = std::mem::take(&mut self.command);
        let closed = self.commands_until(Some(end))?;
        self.word = word;
        self.command = command;
        self.nesting -= 1;
        if closed {
            Ok(())
        } else {
            Err(LexError::Unclosed(name, at))
        }
    }

    /// Skips `$((…))` where it is plain arithmetic; where it holds an expansion, or turns out to
    /// be a substitution that begins with a subshell, nothing is skipped.
    fn skip_arithmetic(&mut self) -> bool {
        let mut ahead = self.chars.clone();
        ahead.next();
        let mut depth = 1_usize;
        while let Some((_, c)) = ahead.next() {
            match c {
                '(' => depth += 1,
                ')' if depth > 1 => depth -= 1,
                ')' => {
                    let is_arithmetic = ahead.next_if(|(_, c)| *c == ')').is_some();
                    if is_arithmetic {
                        self.chars = ahead;
                    }
                    return is_arithmetic;
                }
                '`' | '$' | '\'' | '"' | '\\' | '\n' => return false,
                _ => {}
            }
        }
        false
    }

    /// `>` and `2>` begin a word that keeps its operator, so that it is never taken for an
    /// argument; the file is in that word or in the one after it.
    fn redirection(&mut self, c: char) {
        let is_descriptor = self.word.text.bytes().all(|b| b.is_ascii_digit());
        if !is_descriptor || self.word.quoted {
            self.end_word();
        }
        self.word.redirects = true;
        self.push(c);
        while let Some((_, next)) = self
            .chars
            .next_if(|(_, c)| matches!(c, '<' | '>' | '&' | '|'))
        {
            self.push(next);
        }
    }

    fn escape(&mut self) -> Result<(), LexError> {
        match self.chars.next() {
            None => Err(LexError::TrailingBackslash),
            Some((_, '\n')) => Ok(()),
            Some((_, c)) => {
                self.word.quoted = true;
                self.push(c);
                Ok(())
            }
        }
    }

    fn single_quotes(&mut self, at: usize) -> Result<(), LexError> {
        self.begin_quoted();
        loop {
            match self.chars.next() {
                None => return Err(LexError::Unclosed("the single quote", at)),
                Some((_, '\'')) => return Ok(()),
                Some((_, c)) => self.push(c),
            }
        }
    }

    /// `$'…'`, whose escapes are left as they stand: the word counts as one that is expanded.
    fn ansi_c_quotes(&mut self, at: usize) -> Result<(), LexError> {
        self.chars.next();
        self.begin_quoted();
        self.word.expands = true;
        loop {
            match self.chars.next() {
                None => return Err(LexError::Unclosed("the single quote", at)),
                Some((_, '\'')) => return Ok(()),
                Some((_, '\\')) => {
                    self.push('\\');
                    if let Some((_, c)) = self.chars.next() {
                        self.push(c);
                    }
                }
                Some((_, c)) => self.push(c),
            }
        }
    }

    fn double_quotes(&mut self, at: usize) -> Result<(), LexError> {
        self.begin_quoted();
        let unclosed = LexError::Unclosed("the double quote", at);
        loop {
            match self.chars.next() {
                None => return Err(unclosed),
                Some((_, '"')) => return Ok(()),
                Some((_, '\\')) => match self.chars.next() {
                    None => return Err(unclosed),
                    Some((_, '\n')) => {}
                    Some((_, c @ ('$' | '`' | '"' | '\\'))) => self.push(c),
                    Some((_, c)) => {
                        self.push('\\');
                        self.push(c);
                    }
                },
                Some((at, c @ ('$' | '`'))) if self.shell => self.expansion(at, c)?,
                Some((_, c)) => self.push(c),
            }
        }
    }

    fn begin_quoted(&mut self) {
        self.word.quoted = true;
        self.word.started = true;
    }

    fn next_is(&mut self, c: char) -> bool {
        self.chars.peek().is_some_and(|(_, next)| *next == c)
    }

    fn push(&mut self, c: char) {
        self.word.text.push(c);
        self.word.started = true;
    }

    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if word.started {
            self.command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let command = std::mem::take(&mut self.command);
        if !command.is_empty() {
            self.commands.push(command);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_words(line: &str, expected: &[&str]) {
        let words = split_words(line).unwrap();
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, expected, "words of {line:?}");
    }

    #[track_caller]
    fn check_commands(line: &str, expected: &[&str]) {
        let commands = split_commands(line).unwrap();
        let mut texts: Vec<String> = commands
            .iter()
            .map(|words| {
                words
                    .iter()
                    .map(|word| word.text.as_str())
                    .collect::<Vec<_>>()
                    .join("|")
            })
            .collect();
        texts.sort();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(texts, expected, "commands of {line:?}");
    }

    /// A command line without a shell is split by POSIX quoting and nothing else is special.
    #[test]
    fn words_follow_posix_quoting() {
        check_words("a  b\tc\nd", &["a", "b", "c", "d"]);
        check_words(r#"'a b' "c d" e\ f"#, &["a b", "c d", "e f"]);
        check_words(r#"'' "" x''y"#, &["", "", "xy"]);
        check_words(r#""a\"b\\c\$d\e" '\n'"#, &[r#"a"b\c$d\e"#, r"\n"]);
        check_words("a\\\nb \"c\\\nd\"", &["ab", "cd"]);
        check_words(
            "print(1) a|b $HOME # x *",
            &["print(1)", "a|b", "$HOME", "#", "x", "*"],
        );
        check_words("  ", &[]);
    }

    /// An unclosed quote is told with the place where it opened.
    #[test]
    fn unclosed_quotes_are_errors() {
        assert_eq!(
            split_words("a 'b"),
            Err(LexError::Unclosed("the single quote", 2))
        );
        assert_eq!(
            split_words("a \"b\\"),
            Err(LexError::Unclosed("the double quote", 2))
        );
        assert_eq!(split_words("a\\"), Err(LexError::TrailingBackslash));
        assert_eq!(
            split_commands("a $(b"),
            Err(LexError::Unclosed("the substitution", 2))
        );
    }

    /// No command of a shell line hides behind an operator, a substitution or a quote.
    #[test]
    fn every_simple_command_is_found() {
        check_commands(
            "a x; b&&c||d|e&f\ng",
            &["a|x", "b", "c", "d", "e", "f", "g"],
        );
        check_commands("(a; b) && { c; }", &["a", "b", "{|c", "}"]);
        check_commands("a $(b c) d", &["b|c", "a|$|d"]);
        check_commands("a \"x $(b \"c d\") y\"", &["b|c d", "a|x $ y"]);
        check_commands("a `b c` d", &["b|c", "a|`|d"]);
        check_commands("a $((1 + (2*3))) b", &["a|$|b"]);
        check_commands("a $((b) | c)", &["a|$", "b", "c"]);
        check_commands("a $((1 + $(b)))", &["a|$", "1|+|$", "b"]);
        check_commands("a <(b) >(c)", &["a|<", "b", ">", "c"]);
        check_commands("a # b; c\nd", &["a", "d"]);
        check_commands("a 'b; c' d\\;e", &["a|b; c|d;e"]);
    }

    /// Redirections are told apart from arguments, quoted ones being arguments.
    #[test]
    fn redirections_are_marked() {
        let commands = split_commands("a 2>&1 >out \">\" x>y").unwrap();
        let redirects: Vec<_> = commands[0]
            .iter()
            .filter(|w| w.redirects)
            .map(|w| w.text.as_str())
            .collect();
        assert_eq!(redirects, ["2>&1", ">out", ">y"]);
    }

    /// Nesting is bounded, so that no input can exhaust the stack.
    #[test]
    fn nesting_is_bounded() {
        assert_eq!(
            split_commands(&"$(".repeat(100_000)),
            Err(LexError::TooDeep)
        );
        assert!(split_commands(&("$(".repeat(MAX_NESTING) + &")".repeat(MAX_NESTING))).is_ok());
    }
}
