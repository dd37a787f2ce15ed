//! The compiled rules: every fact of a call is held against them and the strictest answer wins.

mod argv;
mod path;
mod shell;

use crate::config::{MAX_RULES, PolicyConfig};
use crate::error::ConfigError;
use crate::facts::{CallFacts, Fact};
use crate::verdict::{Decision, Verdict};
use crate::wrappers::{self, Inner, Unclear};

use argv::ArgvRules;
use path::PathRules;
use shell::ShellRules;

/// How many programs that run programs are looked through one inside another.
pub const MAX_LOOK_THROUGH_DEPTH: usize = 12;

/// How much one call may give the rules to look at: each command found counts one, and one more
/// for every 4 KiB of its arguments. A call beyond it is refused as too intricate to be judged.
pub const MAX_CANDIDATES: usize = 2048;

/// Compiled rules, without the rate limit.
#[derive(Debug)]
pub struct Rules {
    argv: ArgvRules,
    shell: ShellRules,
    paths: PathRules,
}

impl Rules {
    /// Compiles the rules of a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the key that is wrong.
    pub fn new(config: &PolicyConfig) -> Result<Self, ConfigError> {
        Ok(Rules {
            argv: ArgvRules::new(&config.argv)?,
            shell: ShellRules::new(&config.shell)?,
            paths: PathRules::new(&config.paths)?,
        })
    }

    /// Judges the facts of a call, counting nothing.
    pub fn judge(&self, call: &CallFacts<'_>) -> Verdict {
        let mut judge = Judge::new(self);
        for fact in call.facts() {
            match fact {
                Fact::Argv(argv) => judge.command(argv.words(), 0),
                Fact::ShellLine(line) => judge.shell_line(line, 0),
                Fact::Cwd(path) => judge.record(self.paths.judge(path)),
            }
        }
        judge.verdict()
    }

    /// Whether nothing about a program could be objected to, so that looking is needless.
    fn speak_of_programs(&self) -> bool {
        !self.argv.is_empty() || !self.shell.is_empty()
    }
}

/// The judging of one call: what has been found so far and how much may still be looked at.
struct Judge<'r> {
    rules: &'r Rules,
    found: Option<Verdict>,
    budget: usize,
}

impl<'r> Judge<'r> {
    fn new(rules: &'r Rules) -> Self {
        Judge {
            rules,
            found: None,
            budget: MAX_CANDIDATES,
        }
    }

    fn verdict(self) -> Verdict {
        self.found.unwrap_or_else(Verdict::allow_by_default)
    }

    fn record(&mut self, verdict: Option<Verdict>) {
        let Some(verdict) = verdict else { return };
        self.found = Some(match self.found.take() {
            Some(found) => found.or_stricter(verdict),
            None => verdict,
        });
    }

    /// Judges a command that is certain to be run.
    fn command(&mut self, words: &[String], depth: usize) {
        if !self.may_look(words, depth) {
            return;
        }
        self.record(self.rules.argv.judge(words));
        self.inside(words, depth);
    }

    /// Judges what a command that is certain to be run would run in turn.
    fn inside(&mut self, words: &[String], depth: usize) {
        match wrappers::inner(words) {
            Inner::Nothing => {}
            Inner::Commands(inner) => inner.iter().for_each(|c| self.command(c, depth + 1)),
            Inner::ShellLine(line) => self.shell_line(line, depth + 1),
            Inner::Unclear(unclear) => {
                self.record(self.rules.argv.judge_unclear(&words[0]));
                self.unclear(&unclear, depth + 1);
            }
        }
    }

    /// Judges a command that may or may not be meant: only what is forbidden counts, since the
    /// list of the allowed says nothing about a guess.
    fn candidate(&mut self, words: &[String], depth: usize) {
        if !self.may_look(words, depth) {
            return;
        }
        self.record(self.rules.argv.judge_forbidden(words));
        match wrappers::inner(words) {
            Inner::Nothing => {}
            Inner::Commands(inner) => inner.iter().for_each(|c| self.candidate(c, depth + 1)),
            Inner::ShellLine(line) => self.shell_line(line, depth + 1),
            Inner::Unclear(unclear) => self.unclear(&unclear, depth + 1),
        }
    }

    /// Judges everything that arguments can mean. What a suffix would run in turn is another
    /// suffix or one of the lines, so suffixes are not followed.
    fn unclear(&mut self, unclear: &Unclear<'_>, depth: usize) {
        for words in unclear.suffixes() {
            if !self.may_look(words, depth) {
                return;
            }
            self.record(self.rules.argv.judge_forbidden(words));
            self.record(self.rules.shell.judge_words(&words[0]));
            if let Inner::ShellLine(line) = wrappers::inner(words) {
                self.record(self.rules.shell.judge(line));
            }
        }
        for line in unclear.lines() {
            if unclear.runs_lines {
                self.record(self.rules.shell.judge(line));
            }
            match shell::commands(line) {
                Ok(commands) => {
                    commands
                        .iter()
                        .for_each(|c| self.candidate(&c.words, depth + 1));
                }
                Err(_) => shell::guesses(line).for_each(|c| self.candidate(&c, depth + 1)),
            }
        }
    }

    fn shell_line(&mut self, line: &str, depth: usize) {
        if !self.may_look(std::slice::from_ref(&line), depth) {
            return;
        }
        self.record(self.rules.shell.judge(line));
        match shell::commands(line) {
            Ok(commands) => {
                for command in &commands {
                    if command.hidden_program {
                        self.record(self.rules.argv.judge_unclear(&command.words[0]));
                        self.record(self.rules.argv.judge_forbidden(&command.words));
                        self.inside(&command.words, depth);
                    } else {
                        self.command(&command.words, depth + 1);
                    }
                }
            }
            Err(_) => {
                shell::guesses(line).for_each(|c| self.candidate(&c, depth + 1));
                self.record(self.rules.argv.judge_unclear("the shell line"));
            }
        }
    }

    /// Whether another command may be looked at; refuses the call where it may not.
    fn may_look<S: AsRef<str>>(&mut self, words: &[S], depth: usize) -> bool {
        if !self.rules.speak_of_programs() {
            return false;
        }
        let bytes: usize = words.iter().map(|word| word.as_ref().len()).sum();
        let left = self.budget.checked_sub(1 + bytes / 4096);
        self.budget = left.unwrap_or(0);
        let refusal = if depth > MAX_LOOK_THROUGH_DEPTH {
            format!("programs that run programs are nested more than {MAX_LOOK_THROUGH_DEPTH} deep")
        } else if left.is_none() {
            "the command is too intricate to be judged".to_owned()
        } else {
            return true;
        };
        let remedy = "run the innermost command directly, or put the steps in separate calls";
        self.record(Some(
            Verdict::new(Decision::Deny, "argv.complexity", refusal).remedy_of(remedy),
        ));
        false
    }
}

/// Refuses a list that is longer than any list may be.
fn check_length<T>(key: &str, list: &[T]) -> Result<(), ConfigError> {
    if list.len() > MAX_RULES {
        let message = format!(
            "{} entries, and {MAX_RULES} at most are allowed",
            list.len()
        );
        return Err(ConfigError::new(key, message));
    }
    Ok(())
}
