//! What can be wrong with a configuration, told by the key that holds it.

use std::error::Error;

/// A configuration that cannot be compiled: the key at fault and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {message}")]
pub struct ConfigError {
    key: String,
    message: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        ConfigError {
            key: key.into(),
            message: message.into(),
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The key below the policy section, such as `argv.deny[2].program`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong with it and what would be right.
    pub fn message(&self) -> &str {
        &self.message
    }
}
