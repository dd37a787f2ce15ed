//! What a handler gives back, whatever it was asked.

use crate::jsonrpc::RpcError;
use crate::model::{
    Completion, InputRequired, PromptResult, Resource, ResourceContents, ToolResult,
};

/// The answer to a [`ToolCall`](crate::ToolCall) or a [`Query`](crate::Query).
///
/// # Example
///
/// ```
/// use mcp_proto::{Answer, RpcError, ToolResult};
///
/// let done: Answer = ToolResult::text("noon").into();
/// let refused: Answer = RpcError::resource_not_found("clock://13").into();
/// assert!(matches!(done, Answer::Tool(_)));
/// assert!(matches!(refused, Answer::Error(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// A tool's result, also of one that failed.
    Tool(ToolResult),
    /// The resources there are, in a lasting order.
    Resources(Vec<Resource>),
    /// A resource's contents.
    Contents(ResourceContents),
    /// A prompt.
    Prompt(PromptResult),
    /// Values to choose from.
    Completion(Completion),
    /// There is no answer yet: the client is to answer this first. For tools, prompts and
    /// reading alone.
    Input(InputRequired),
    /// The request itself was at fault, or the server.
    Error(RpcError),
}

impl Answer {
    /// What it is, for the error when it answers something else.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Tool(_) => "a tool's result",
            Self::Resources(_) => "a list of resources",
            Self::Contents(_) => "a resource's contents",
            Self::Prompt(_) => "a prompt",
            Self::Completion(_) => "a completion",
            Self::Input(_) => "a question",
            Self::Error(_) => "an error",
        }
    }
}

macro_rules! answers {
    ($($variant:ident($type:ty)),* $(,)?) => {$(
        impl From<$type> for Answer {
            fn from(answer: $type) -> Self {
                Self::$variant(answer)
            }
        }
    )*};
}

/// A tool's result of one text.
impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::Tool(ToolResult::text(text))
    }
}

/// A tool's result of one text.
impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::Tool(ToolResult::text(text))
    }
}

/// Whichever it is.
impl<T: Into<Self>> From<Result<T, ToolResult>> for Answer {
    fn from(result: Result<T, ToolResult>) -> Self {
        result.map_or_else(Self::Tool, Into::into)
    }
}

/// What was done, or in words why not, as the result of a failed tool.
impl<T: Into<Self>> From<Result<T, String>> for Answer {
    fn from(result: Result<T, String>) -> Self {
        result.map_or_else(|why| Self::Tool(ToolResult::error(why)), Into::into)
    }
}

/// What was done, or the fault of the request or the server.
impl<T: Into<Self>> From<Result<T, RpcError>> for Answer {
    fn from(result: Result<T, RpcError>) -> Self {
        result.map_or_else(Self::Error, Into::into)
    }
}

answers! {
    Tool(ToolResult),
    Contents(ResourceContents),
    Prompt(PromptResult),
    Completion(Completion),
    Input(InputRequired),
    Error(RpcError),
}
