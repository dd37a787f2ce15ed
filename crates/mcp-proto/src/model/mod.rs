//! The domain types: what a server offers, what it gives back, what it asks.
//!
//! They know every revision's fields; writing them for one revision leaves out what that
//! revision doesn't know.

/// Writes methods that set optional texts of a type.
macro_rules! text_setters {
    ($type:ty { $($(#[$doc:meta])* $setter:ident => $field:ident,)+ }) => {
        impl $type {$(
            $(#[$doc])*
            pub fn $setter(mut self, text: impl Into<String>) -> Self {
                self.$field = Some(text.into());
                self
            }
        )+}
    };
}

mod capabilities;
mod completion;
mod content;
mod form;
mod identity;
mod input;
mod log;
mod prompt;
mod resource;
mod result;
mod template;
mod tool;

pub use capabilities::{
    ClientCapabilities, PromptsCapability, ResourcesCapability, ServerCapabilities,
};
pub use completion::{Completion, CompletionRequest, CompletionTarget, MAX_COMPLETIONS};
pub use content::{Annotations, Content, Role};
pub use identity::{Icon, Implementation};
pub use input::{Elicited, InputRequest, InputRequired, InputResponses, MAX_INPUT_REQUESTS};
pub use log::LogLevel;
pub use prompt::{Prompt, PromptArgument, PromptMessage, PromptResult};
pub use resource::{Resource, ResourceBody, ResourceContents};
pub use result::ToolResult;
pub use template::ResourceTemplate;
pub use tool::{ToolAnnotations, ToolDefinition};

pub(crate) use result::write_result_members;
pub(crate) use tool::write_tool;
