//! Argument types that several tools share.
//!
//! The schema has been checked before these are read, so reading them can only
//! fail where schema and type disagree, which is a fault of this server.

use std::time::Duration;

use rejoinder_session::{Format, PatternSpec};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::{ErrorType, Failure};

/// Reads a tool's arguments.
pub(crate) fn read<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, Failure> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| {
        Failure::new(
            ErrorType::ValidationError,
            format!("the arguments cannot be read: {error}"),
            "compare them with the tool's input schema",
        )
    })
}

/// A text or a list of texts.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// The texts as they stand in messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::One(text) => format!("{text:?}"),
            Self::Many(texts) => format!("one of {texts:?}"),
        }
    }

    /// The texts.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }

    /// These texts as regular expressions, or as they are when `literal`.
    pub(crate) fn patterns(&self, literal: bool, case_sensitive: bool) -> Vec<PatternSpec> {
        self.texts()
            .iter()
            .map(|text| PatternSpec {
                text: text.clone(),
                literal,
                case_sensitive,
            })
            .collect()
    }
}

/// Patterns to wait for, as `wait_for` gives them: regular expressions that
/// tell upper from lower case.
pub(crate) fn wait_for(patterns: Option<&OneOrMany>) -> Vec<PatternSpec> {
    patterns.map_or_else(Vec::new, |patterns| patterns.patterns(false, true))
}

/// A number of seconds, fractions allowed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seconds(f64);

impl Seconds {
    pub(crate) const fn new(seconds: f64) -> Self {
        Self(seconds)
    }

    /// The time, or `most` where that is less.
    pub(crate) fn at_most(self, most: Duration) -> Duration {
        Duration::try_from_secs_f64(self.0).map_or(most, |time| time.min(most))
    }

    /// The time, where 0 stands for none.
    pub(crate) fn or_never(self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.0)
            .ok()
            .filter(|time| !time.is_zero())
    }
}

/// How output is to be shown, from `format` and `strip_ansi`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FormatArg {
    #[default]
    Text,
    Raw,
    Screen,
}

impl FormatArg {
    pub(crate) fn format(self, strip_ansi: Option<bool>) -> Format {
        match (self, strip_ansi) {
            (Self::Raw, _) | (_, Some(false)) => Format::Raw,
            (Self::Text | Self::Screen, _) => Format::Text,
        }
    }
}

/// For `#[serde(default = …)]`.
pub(crate) fn yes() -> bool {
    true
}
