//! Rules over a program and its arguments.

use crate::argv::base_name;
use crate::config::{ArgvConfig, ArgvRule};
use crate::error::ConfigError;
use crate::pattern::Pattern;
use crate::verdict::{Decision, Verdict};

use super::check_length;

/// The three lists, compiled.
#[derive(Debug)]
pub(super) struct ArgvRules {
    deny: Vec<Rule>,
    ask: Vec<Rule>,
    allow: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    program: Option<ProgramPattern>,
    args: Option<Pattern>,
    any_arg: Option<Pattern>,
    reason: Option<String>,
    remedy: Option<String>,
}

#[derive(Debug)]
struct ProgramPattern {
    pattern: Pattern,
    whole_path: bool,
}

impl ArgvRules {
    pub(super) fn new(config: &ArgvConfig) -> Result<Self, ConfigError> {
        Ok(ArgvRules {
            deny: compile("argv.deny", &config.deny)?,
            ask: compile("argv.ask", &config.ask)?,
            allow: compile("argv.allow", &config.allow)?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.deny.is_empty() && self.ask.is_empty() && self.allow.is_empty()
    }

    /// Judges a command that is going to be run; `None` where no rule speaks of it.
    pub(super) fn judge(&self, words: &[String]) -> Option<Verdict> {
        let forbidden = self.judge_forbidden(words);
        if forbidden.is_some() || self.allow.is_empty() {
            return forbidden;
        }
        let program = &words[0];
        match self.allow.iter().find(|rule| rule.matches(words)) {
            Some(rule) => Some(Verdict::new(
                Decision::Allow,
                &rule.id,
                format!("`{program}` is allowed"),
            )),
            None => Some(not_listed(format!(
                "`{program}` is not on the list of allowed programs"
            ))),
        }
    }

    /// Judges by the deny and the ask list alone.
    pub(super) fn judge_forbidden(&self, words: &[String]) -> Option<Verdict> {
        let denied = self.deny.iter().find(|rule| rule.matches(words));
        let denied = denied.map(|rule| rule.verdict(Decision::Deny, &words[0]));
        denied.or_else(|| {
            let asked = self.ask.iter().find(|rule| rule.matches(words));
            asked.map(|rule| rule.verdict(Decision::Ask, &words[0]))
        })
    }

    /// Judges a program that runs another which cannot be told: a list of the allowed refuses it.
    pub(super) fn judge_unclear(&self, program: &str) -> Option<Verdict> {
        let reason = || format!("it cannot be told which program `{program}` would run");
        (!self.allow.is_empty()).then(|| not_listed(reason()))
    }
}

impl Rule {
    fn new(list: &str, index: usize, rule: &ArgvRule) -> Result<Self, ConfigError> {
        let key = format!("{list}[{index}]");
        if rule.program.is_none() && rule.args.is_none() && rule.any_arg.is_none() {
            let message = "the rule matches nothing: give it `program`, `args` or `any_arg`";
            return Err(ConfigError::new(key, message));
        }
        let compile = |field: &str, pattern: &Option<String>| {
            let pattern = pattern
                .as_deref()
                .map(|p| Pattern::new(&format!("{key}.{field}"), p));
            pattern.transpose()
        };
        let whole_path = rule.program.as_deref().is_some_and(|p| p.contains('/'));
        Ok(Rule {
            id: match &rule.name {
                Some(name) => format!("{list}:{name}"),
                None => key.clone(),
            },
            program: compile("program", &rule.program)?.map(|pattern| ProgramPattern {
                pattern,
                whole_path,
            }),
            args: compile("args", &rule.args)?,
            any_arg: compile("any_arg", &rule.any_arg)?,
            reason: rule.reason.clone(),
            remedy: rule.remedy.clone(),
        })
    }

    fn matches(&self, words: &[String]) -> bool {
        let Some((program, args)) = words.split_first() else {
            return false;
        };
        self.program.as_ref().is_none_or(|p| p.matches(program))
            && self
                .any_arg
                .as_ref()
                .is_none_or(|p| args.iter().any(|arg| p.matches(arg)))
            && self
                .args
                .as_ref()
                .is_none_or(|p| p.matches(&args.join(" ")))
    }

    fn verdict(&self, decision: Decision, program: &str) -> Verdict {
        let mut reason = match decision {
            Decision::Ask => format!("running `{program}` this way needs a person's approval"),
            _ => format!("running `{program}` this way is not allowed"),
        };
        if let Some(why) = &self.reason {
            reason = format!("{reason}: {why}");
        }
        let remedy = match (&self.remedy, decision) {
            (Some(remedy), _) => remedy.clone(),
            (None, Decision::Ask) => "wait for the approval, or do it another way".to_owned(),
            (None, _) => format!(
                "do it another way, or ask the operator about rule {}",
                self.id
            ),
        };
        Verdict::new(decision, &self.id, reason).remedy_of(remedy)
    }
}

impl ProgramPattern {
    fn matches(&self, program: &str) -> bool {
        self.pattern.matches(if self.whole_path {
            program
        } else {
            base_name(program)
        })
    }
}

fn compile(list: &str, rules: &[ArgvRule]) -> Result<Vec<Rule>, ConfigError> {
    check_length(list, rules)?;
    rules
        .iter()
        .enumerate()
        .map(|(index, rule)| Rule::new(list, index, rule))
        .collect()
}

fn not_listed(reason: String) -> Verdict {
    Verdict::new(Decision::Deny, "argv.allow", reason)
        .remedy_of("use a listed program, or ask the operator to add it to `argv.allow`")
}
