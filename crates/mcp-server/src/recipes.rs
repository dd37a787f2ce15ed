//! Recipes: dialogues that come up again and again, as conditions with a name.
//!
//! What is built in and what a person adds to the configuration has the same form.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use rejoinder_session::PatternSpec;
use serde::Deserialize;

use crate::failure::{ErrorType, Failure};
use crate::secrets::{Secrets, check_name};

/// The recipes that are always there.
const BUILT_IN: &str = include_str!("recipes.toml");

/// The most conditions that one recipe has.
pub(crate) const MAX_CONDITIONS: usize = 100;

/// A named set of conditions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// The program that it drives, where it is for one.
    pub program: Option<String>,
    /// What may come up, and what is done then.
    pub conditions: Vec<Condition>,
    /// The pattern that ends the dialogue, unless the call says another.
    pub until: Option<String>,
}

/// A prompt, and what is done when it comes up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A regular expression, upper and lower case alike.
    pub pattern: String,
    /// What is done.
    pub action: Action,
    /// What `respond` types, followed by Enter.
    pub response: Option<String>,
    /// The secret that `respond_with_secret` types; absent: the call's.
    pub secret: Option<String>,
    /// How often it may be answered; once more ends the dialogue.
    #[serde(default = "once")]
    pub max_times: u32,
}

fn once() -> u32 {
    1
}

/// What is done at a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Type the response and Enter.
    Respond,
    /// Type a secret and Enter.
    RespondWithSecret,
    /// Take note of it.
    Continue,
    /// End the dialogue.
    Terminate,
}

impl Action {
    /// The action's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::RespondWithSecret => "respond_with_secret",
            Self::Continue => "continue",
            Self::Terminate => "terminate",
        }
    }
}

impl Condition {
    /// Its pattern as it is searched for.
    pub(crate) fn spec(&self) -> PatternSpec {
        spec(&self.pattern)
    }

    /// What is wrong with it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self.action {
            Action::Respond if self.response.is_none() => Some("`respond` needs a `response`"),
            Action::Respond => None,
            _ if self.response.is_some() => Some("a `response` is typed by `respond` only"),
            Action::RespondWithSecret => None,
            _ if self.secret.is_some() => Some("a `secret` is typed by `respond_with_secret` only"),
            _ => None,
        }
    }
}

/// A regular expression of a condition or of `until`: upper and lower case alike.
pub(crate) fn spec(pattern: &str) -> PatternSpec {
    PatternSpec {
        text: pattern.to_owned(),
        literal: false,
        case_sensitive: false,
    }
}

/// The recipes there are.
#[derive(Debug)]
pub(crate) struct Recipes {
    known: BTreeMap<String, Recipe>,
}

impl Recipes {
    /// The built-in ones and a person's own, which win.
    ///
    /// # Errors
    ///
    /// When a condition makes no sense, its pattern cannot be compiled, or its
    /// secret is not known.
    pub(crate) fn new(own: &BTreeMap<String, Recipe>, secrets: &Secrets) -> Result<Self> {
        let mut known: BTreeMap<String, Recipe> =
            toml::from_str(BUILT_IN).context("in the built-in recipes")?;
        for (name, recipe) in own {
            check_name("recipes", name)?;
            check(recipe, secrets).with_context(|| format!("in recipes.{name}"))?;
            known.insert(name.clone(), recipe.clone());
        }
        Ok(Self { known })
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Recipe)> {
        self.known
            .iter()
            .map(|(name, recipe)| (name.as_str(), recipe))
    }

    /// The recipe of this name; `path` is where the argument stands.
    pub(crate) fn get(&self, path: &str, name: &str) -> Result<&Recipe, Failure> {
        self.known.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.known.keys().map(String::as_str).collect();
            Failure::new(
                ErrorType::NotFound,
                format!(
                    "{path}: there is no recipe `{name}`; there are: {}",
                    names.join(", ")
                ),
                "use one of these, or give `conditions`",
            )
        })
    }
}

fn check(recipe: &Recipe, secrets: &Secrets) -> Result<()> {
    let count = recipe.conditions.len();
    if !(1..=MAX_CONDITIONS).contains(&count) {
        bail!("it has {count} conditions, and takes 1 to {MAX_CONDITIONS}");
    }
    for (index, condition) in recipe.conditions.iter().enumerate() {
        if let Some(problem) = condition.problem() {
            bail!("conditions[{index}]: {problem}");
        }
        let compiled = rejoinder_session::check_patterns(&[condition.spec()]);
        compiled.with_context(|| format!("conditions[{index}].pattern"))?;
        if let Some(secret) = &condition.secret
            && !secrets.names().any(|name| name == secret)
        {
            bail!("conditions[{index}].secret: there is no [secrets.{secret}]");
        }
    }
    if let Some(until) = &recipe.until {
        rejoinder_session::check_patterns(&[spec(until)]).context("until")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(own: &str) -> Result<Recipes> {
        Recipes::new(&toml::from_str(own)?, &Secrets::default())
    }

    /// Promise: every built-in recipe holds to the rules for a person's own.
    #[test]
    fn the_built_in_recipes_are_right() {
        let recipes = with("").unwrap();
        for (name, recipe) in recipes.all() {
            check_name("recipes", name).unwrap();
            check(recipe, &Secrets::default()).unwrap();
            assert!(!recipe.description.is_empty(), "{name}");
        }
        for name in [
            "ssh_password_auth",
            "ssh_host_key",
            "mysql_connect",
            "psql_connect",
            "sudo",
            "su",
            "apt_install",
        ] {
            recipes.get("/recipe", name).unwrap();
        }
    }

    /// The first condition of a recipe that matches a prompt, and what it does.
    #[track_caller]
    fn check_prompt(recipe: &str, prompt: &str, expected: Option<(Action, Option<&str>)>) {
        let recipes = with("").unwrap();
        let recipe = recipes.get("/recipe", recipe).unwrap();
        let mut found: Option<(usize, &Condition)> = None;
        for condition in &recipe.conditions {
            let regex = regex::Regex::new(&format!("(?i){}", condition.pattern)).unwrap();
            if let Some(at) = regex.find(prompt)
                && found.is_none_or(|(start, _)| at.start() < start)
            {
                found = Some((at.start(), condition));
            }
        }
        let found = found.map(|(_, condition)| (condition.action, condition.response.as_deref()));
        assert_eq!(found, expected, "{prompt:?}");
    }

    /// Promise: what programs really ask is answered, and what only looks like it is not.
    #[test]
    fn real_prompts_are_known() {
        let secret = Some((Action::RespondWithSecret, None));
        let end = Some((Action::Terminate, None));
        let types = |text| Some((Action::Respond, Some(text)));
        for (recipe, prompt, expected) in [
            ("ssh_password_auth", "ann@host.example's password: ", secret),
            ("ssh_password_auth", "(ann@host.example) Password: ", secret),
            (
                "ssh_password_auth",
                "ann@host: Permission denied (publickey,password).\n",
                end,
            ),
            (
                "ssh_password_auth",
                "Permission denied, please try again.\nann@host's password: ",
                secret,
            ),
            (
                "ssh_password_auth",
                "ssh: Could not resolve hostname nowhere: Name or service not known",
                end,
            ),
            (
                "ssh_password_auth",
                "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
                None,
            ),
            (
                "ssh_password_auth",
                "Your password: it expires soon\n$ ",
                None,
            ),
            (
                "ssh_host_key",
                "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
                types("yes"),
            ),
            (
                "ssh_host_key",
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
                end,
            ),
            (
                "ssh_key_passphrase",
                "Enter passphrase for key '/home/ann/.ssh/id_ed25519': ",
                secret,
            ),
            ("sudo", "[sudo] password for ann: ", secret),
            ("sudo", "Password: ", secret),
            ("sudo", "ann is not in the sudoers file.\n", end),
            ("su", "Password: ", secret),
            ("su", "su: Authentication failure\n", end),
            ("mysql_connect", "Enter password: ", secret),
            (
                "mysql_connect",
                "ERROR 1045 (28000): Access denied for user 'ann'@'localhost'",
                end,
            ),
            ("psql_connect", "Password for user ann: ", secret),
            ("psql_connect", "Password: ", secret),
            (
                "psql_connect",
                "psql: error: connection to server failed",
                end,
            ),
            (
                "git_https",
                "Password for 'https://ann@example.com': ",
                secret,
            ),
            ("git_https", "Username for 'https://example.com': ", None),
            ("apt_install", "Do you want to continue? [Y/n] ", types("y")),
            (
                "apt_install",
                "*** motd (Y/I/N/O/D/Z) [default=N] ? ",
                types("N"),
            ),
            (
                "apt_install",
                "E: Could not get lock /var/lib/dpkg/lock",
                end,
            ),
            ("dnf_install", "Is this ok [y/N]: ", types("y")),
            (
                "pacman_install",
                ":: Proceed with installation? [Y/n] ",
                types("y"),
            ),
        ] {
            check_prompt(recipe, prompt, expected);
        }
    }

    #[test]
    fn a_recipe_of_ones_own_is_checked() {
        let own = "[mine]\nuntil = \"done\"\n[[mine.conditions]]\npattern = \"name\\\\?\"\n\
                   action = \"respond\"\nresponse = \"ann\"\n";
        let recipes = with(own).unwrap();
        let mine = recipes.get("/recipe", "mine").unwrap();
        assert_eq!(mine.conditions[0].max_times, 1);
        let condition = |rest: &str| format!("[[x.conditions]]\npattern = \"a\"\n{rest}\n");
        let wrong = [
            (condition("action = \"respond\""), "needs a `response`"),
            (
                condition("action = \"terminate\"\nresponse = \"a\""),
                "`respond` only",
            ),
            (
                condition("action = \"continue\"\nsecret = \"a\""),
                "`respond_with_secret` only",
            ),
            (
                condition("action = \"respond_with_secret\"\nsecret = \"a\""),
                "no [secrets.a]",
            ),
            (condition("action = \"shout\""), "unknown variant `shout`"),
            (
                "[[x.conditions]]\npattern = \"(\"\naction = \"continue\"\n".to_owned(),
                "conditions[0].pattern",
            ),
            ("[x]\nconditions = []\n".to_owned(), "takes 1 to 100"),
        ];
        for (text, says) in wrong {
            let error = format!("{:#}", with(&text).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
