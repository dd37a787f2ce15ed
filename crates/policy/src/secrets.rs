//! Where a named secret may go: into which prompts, into the environment of which programs.
//!
//! The rules know a secret by its name. Its value never comes near this crate; neither does the
//! terminal, of which the caller states what it saw ([`TypingFacts`]).

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::config::MAX_RULES;
use crate::error::ConfigError;
use crate::pattern::{MAX_COMPILED_BYTES, MAX_PATTERN_BYTES, Pattern};
use crate::verdict::{Decision, Verdict};

/// What a person writes about the use of one secret. The default lets it be typed wherever a
/// program has turned echo off, and be put into the environment of any program.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecretUse {
    /// Regular expressions for the last line of output: prompts that may be answered though the
    /// terminal shows what is typed, or does not tell whether it does.
    pub prompts: Vec<String>,
    /// When not empty, the only programs that get the secret: globs on the file name, or regular
    /// expressions after `re:`.
    pub programs: Vec<String>,
}

/// Who shows what is typed, as far as the terminal's modes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The terminal hands lines over and shows nothing: a program asked for a password
    /// (`ICANON` without `ECHO`, termios(3)).
    Off,
    /// The terminal shows nothing, and the program reads keys: it may show them itself, as shells
    /// do, or be a link to another terminal, as `ssh` is.
    Raw,
    /// The terminal shows what is typed.
    On,
    /// There is no terminal, or it does not tell.
    Unknown,
}

/// What is known at the moment before a secret is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypingFacts<'a> {
    /// What becomes of the characters that are typed.
    pub echo: Echo,
    /// The last line of output that is not blank, escape sequences taken out.
    pub last_line: &'a str,
    /// The file name of the program that reads, where it is known.
    pub program: Option<&'a str>,
}

/// The compiled rule for one secret.
///
/// # Example
///
/// ```
/// use rejoinder_policy::{Echo, SecretRule, SecretUse, TypingFacts};
///
/// let rule = SecretRule::new("db", &SecretUse {
///     prompts: vec!["^Token: $".into()],
///     ..SecretUse::default()
/// })?;
/// let at = |echo, last_line| TypingFacts { echo, last_line, program: None };
/// assert!(rule.judge_typing(&at(Echo::Off, "Password: ")).is_allowed());
/// assert!(rule.judge_typing(&at(Echo::On, "Token: ")).is_allowed());
/// let verdict = rule.judge_typing(&at(Echo::On, "Name: "));
/// assert_eq!(verdict.rule().as_str(), "secrets.echo:db");
/// # Ok::<(), rejoinder_policy::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct SecretRule {
    name: String,
    prompts: Vec<Regex>,
    programs: Vec<Pattern>,
}

/// The questions for a password that programs ask which read keys themselves, and programs at the
/// other end of a connection: one of these words, and the mark that ends a question.
static PASSWORD_PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:password|passphrase|passcode|passwd|pin|verification code)\b[^$#%>]*[:?]\s*$",
    )
    .expect("the pattern is a constant of this file, compiled by its tests")
});

impl SecretRule {
    /// Compiles what was written about the secret of this name.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the key of a pattern that does not parse or is too large, or of a list
    /// that is too long.
    pub fn new(name: &str, with: &SecretUse) -> Result<Self, ConfigError> {
        let key = |list: &str| format!("secrets.{name}.{list}");
        for (list, length) in [
            ("prompts", with.prompts.len()),
            ("programs", with.programs.len()),
        ] {
            if length > MAX_RULES {
                let message = format!("the list has {length} entries, and may have {MAX_RULES}");
                return Err(ConfigError::new(key(list), message));
            }
        }
        let prompts = with.prompts.iter().enumerate().map(|(index, prompt)| {
            let key = format!("{}[{index}]", key("prompts"));
            compile(&key, prompt)
        });
        let programs = with.programs.iter().enumerate().map(|(index, program)| {
            Pattern::new(&format!("{}[{index}]", key("programs")), program)
        });
        Ok(Self {
            name: name.to_owned(),
            prompts: prompts.collect::<Result<_, _>>()?,
            programs: programs.collect::<Result<_, _>>()?,
        })
    }

    /// Whether the secret may be typed as things stand.
    pub fn judge_typing(&self, at: &TypingFacts<'_>) -> Verdict {
        if let Some(verdict) = self.refuses_program(at.program) {
            return verdict;
        }
        let allowed = |rule: &str, reason: &str| {
            Verdict::new(Decision::Allow, self.rule(rule), reason.to_owned())
        };
        if self
            .prompts
            .iter()
            .any(|prompt| prompt.is_match(at.last_line))
        {
            return allowed("prompts", "the last line is one of the secret's prompts");
        }
        match at.echo {
            Echo::Off => allowed("echo", "the program has turned echo off"),
            Echo::Raw if PASSWORD_PROMPT.is_match(at.last_line) => allowed(
                "echo",
                "the terminal does not echo, and a password is asked for",
            ),
            _ => self.shown(at),
        }
    }

    /// Whether the secret may be put into the environment of a program with this file name.
    pub fn judge_environment(&self, program: &str) -> Verdict {
        self.refuses_program(Some(program)).unwrap_or_else(|| {
            Verdict::new(
                Decision::Allow,
                self.rule("programs"),
                "the program may have the secret",
            )
        })
    }

    /// The refusal where what is typed may be seen.
    fn shown(&self, at: &TypingFacts<'_>) -> Verdict {
        let what = match at.echo {
            Echo::On => "the terminal shows what is typed",
            Echo::Unknown => "there is no terminal that would tell that nothing is shown",
            Echo::Off | Echo::Raw => "the program reads keys and may show them",
        };
        let name = &self.name;
        Verdict::new(
            Decision::Deny,
            self.rule("echo"),
            format!(
                "the secret `{name}` is typed only where a program has turned echo off; {what}, and \
                 the last line of output is {:?}",
                shortened(at.last_line)
            ),
        )
        .remedy_of(format!(
            "wait until the password is asked for (state waiting:password) and try again; where this \
             prompt is the right one, the person who runs the server can add it to \
             `secrets.{name}.prompts`"
        ))
    }

    fn refuses_program(&self, program: Option<&str>) -> Option<Verdict> {
        let may = |program: &str| self.programs.iter().any(|pattern| pattern.matches(program));
        if self.programs.is_empty() || program.is_some_and(may) {
            return None;
        }
        let name = &self.name;
        let reason = match program {
            Some(program) => format!("the secret `{name}` is not for `{program}`"),
            None => format!(
                "the secret `{name}` is for certain programs, and which one this is cannot be told"
            ),
        };
        let remedy = format!(
            "use it with the programs of `secrets.{name}.programs` only; the person who runs the server \
             can add one"
        );
        Some(Verdict::new(Decision::Deny, self.rule("programs"), reason).remedy_of(remedy))
    }

    fn rule(&self, rule: &str) -> String {
        format!("secrets.{rule}:{}", self.name)
    }
}

/// The most of a prompt that a message shows, in bytes.
const SHOWN: usize = 80;

fn shortened(line: &str) -> &str {
    &line[line.ceil_char_boundary(line.len().saturating_sub(SHOWN))..]
}

fn compile(key: &str, pattern: &str) -> Result<Regex, ConfigError> {
    if pattern.len() > MAX_PATTERN_BYTES {
        let message = format!("the pattern is longer than {MAX_PATTERN_BYTES} bytes: split it");
        return Err(ConfigError::new(key, message));
    }
    RegexBuilder::new(pattern)
        .size_limit(MAX_COMPILED_BYTES)
        .build()
        .map_err(|error| {
            ConfigError::new(key, format!("not a valid regular expression: {error}"))
                .caused_by(error)
        })
}
