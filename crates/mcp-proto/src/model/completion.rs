//! Completion: values for the arguments of prompts and the names in resource templates.

use std::collections::BTreeMap;

/// Values in one answer at most (2025-03-26 and newer, "Completion Results").
pub const MAX_COMPLETIONS: usize = 100;

/// What a value is wanted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompletionTarget {
    /// An argument of the prompt of this name.
    Prompt(String),
    /// A name in this URI template.
    Resource(String),
}

/// A request for values.
///
/// # Example
///
/// ```
/// use mcp_proto::{Completion, CompletionRequest};
///
/// /// The hosts that begin with what is typed.
/// fn complete(request: &CompletionRequest) -> Completion {
///     let hosts = ["web-1", "web-2", "db-1"];
///     Completion::of(hosts.into_iter().filter(|host| host.starts_with(&request.value)))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletionRequest {
    /// What the value is wanted for.
    pub target: CompletionTarget,
    /// The argument's name, or the name in the template.
    pub argument: String,
    /// What has been typed of the value.
    pub value: String,
    /// Arguments that are settled already (2025-06-18 and newer).
    pub settled: BTreeMap<String, String>,
}

/// Values to choose from, best first.
///
/// # Example
///
/// ```
/// use mcp_proto::Completion;
///
/// let fits = Completion::of(["web", "worker"]);
/// assert_eq!(fits.values(), ["web", "worker"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    values: Vec<String>,
    total: usize,
}

impl Completion {
    /// All the values that fit; those beyond [`MAX_COMPLETIONS`] are counted and not sent.
    pub fn of(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        let total = values.len();
        values.truncate(MAX_COMPLETIONS);
        Self { values, total }
    }

    /// Says how many there are in all, where not all were given; never fewer than were.
    pub fn with_total(mut self, total: usize) -> Self {
        self.total = self.total.max(total);
        self
    }

    /// The values that are sent.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// How many there are in all.
    pub fn total(&self) -> usize {
        self.total
    }
}
