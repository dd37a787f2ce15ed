//! Rules over a line that a shell is going to read.

use crate::argv::base_name;
use crate::config::ShellConfig;
use crate::error::ConfigError;
use crate::lex::{self, Command, LexError};
use crate::pattern::MAX_PATTERN_BYTES;
use crate::verdict::{Decision, Verdict};

use super::check_length;

/// The shell section, checked.
#[derive(Debug)]
pub(super) struct ShellRules {
    lines: Decision,
    denied_words: Vec<String>,
}

/// A command found in a line, without the assignments and redirections around it.
#[derive(Debug)]
pub(super) struct FoundCommand {
    /// The program and its arguments; never empty.
    pub(super) words: Vec<String>,
    /// The program's name is the result of an expansion, and so not known.
    pub(super) hidden_program: bool,
}

impl ShellRules {
    pub(super) fn new(config: &ShellConfig) -> Result<Self, ConfigError> {
        check_length("shell.denied_words", &config.denied_words)?;
        for (index, word) in config.denied_words.iter().enumerate() {
            let key = || format!("shell.denied_words[{index}]");
            if word.is_empty() || word.len() > MAX_PATTERN_BYTES {
                let message = format!("a word has 1 to {MAX_PATTERN_BYTES} bytes");
                return Err(ConfigError::new(key(), message));
            }
            if word.contains(char::is_whitespace) {
                let message = format!("`{word}` is more than one word: write an argv rule for it");
                return Err(ConfigError::new(key(), message));
            }
        }
        Ok(ShellRules {
            lines: config.lines,
            denied_words: config.denied_words.clone(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines == Decision::Allow && self.denied_words.is_empty()
    }

    /// Judges a line as such and by its words.
    pub(super) fn judge(&self, line: &str) -> Option<Verdict> {
        self.judge_words(line).or_else(|| match self.lines {
            Decision::Allow => None,
            Decision::Ask => Some(
                Verdict::new(
                    Decision::Ask,
                    "shell.lines",
                    "shell lines need a person's approval",
                )
                .remedy_of("wait for the approval, or run the program itself, without a shell"),
            ),
            Decision::Deny => Some(
                Verdict::new(Decision::Deny, "shell.lines", "shell lines are not allowed")
                    .remedy_of("run the program itself, with its arguments as a list"),
            ),
        })
    }

    /// Judges a line by the denied words alone, wherever in it they stand: as words once quoting
    /// is removed, and as runs of ordinary characters in the text as it is.
    pub(super) fn judge_words(&self, line: &str) -> Option<Verdict> {
        if self.denied_words.is_empty() {
            return None;
        }
        let commands = lex::split_commands(line).unwrap_or_default();
        let unquoted = commands.iter().flatten().map(|word| word.text.as_str());
        let pieces: Vec<&str> = unquoted.chain([line]).flat_map(fragments).collect();
        let denied = |word: &&String| {
            pieces
                .iter()
                .any(|piece| *piece == word.as_str() || base_name(piece) == word.as_str())
                || (!is_ordinary(word) && line.contains(word.as_str()))
        };
        let word = self.denied_words.iter().find(denied)?;
        let reason = format!("the word `{word}` is not allowed in a shell line");
        let verdict = Verdict::new(Decision::Deny, format!("shell.denied_words:{word}"), reason);
        Some(verdict.remedy_of("do it without that word, or ask the operator"))
    }
}

/// The simple commands of a line.
pub(super) fn commands(line: &str) -> Result<Vec<FoundCommand>, LexError> {
    Ok(lex::split_commands(line)?
        .into_iter()
        .filter_map(found_command)
        .collect())
}

/// What may be a command in a line that cannot be split: every run of ordinary characters with
/// what follows it, up to a limit, the start of the line first.
pub(super) fn guesses(line: &str) -> impl Iterator<Item = Vec<String>> {
    const MAX_GUESSES: usize = 256;
    let words: Vec<String> = fragments(line).map(str::to_owned).collect();
    (0..words.len().min(MAX_GUESSES)).map(move |at| words[at..].to_vec())
}

fn found_command(command: Command) -> Option<FoundCommand> {
    const BEFORE_A_COMMAND: &[&str] = &[
        "if", "then", "else", "elif", "fi", "do", "done", "while", "until", "!", "{", "}", "esac",
        "coproc",
    ];
    const WITHOUT_A_COMMAND: &[&str] = &["for", "case", "select", "function", "in", "[[", "#"];

    let mut after_redirection = false;
    let mut words = command
        .into_iter()
        .filter(|word| {
            let is_its_file = after_redirection;
            after_redirection = word.redirects && word.text.ends_with(['<', '>', '|', '&']);
            !word.redirects && !is_its_file
        })
        .skip_while(|word| {
            is_assignment(&word.text)
                || (!word.quoted && BEFORE_A_COMMAND.contains(&word.text.as_str()))
        });
    let program = words.next()?;
    if !program.quoted && WITHOUT_A_COMMAND.contains(&program.text.as_str()) {
        return None;
    }
    let hidden_program = program.expands;
    let words = [program]
        .into_iter()
        .chain(words)
        .map(|word| word.text)
        .collect();
    Some(FoundCommand {
        words,
        hidden_program,
    })
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else {
        return false;
    };
    let name = name.strip_suffix('+').unwrap_or(name);
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn fragments(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_ordinary_char(c))
        .filter(|piece| !piece.is_empty())
}

fn is_ordinary(word: &str) -> bool {
    word.chars().all(is_ordinary_char)
}

/// The characters that words of a command line are made of; everything else separates.
fn is_ordinary_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | ':' | '@' | '%' | ',')
}
