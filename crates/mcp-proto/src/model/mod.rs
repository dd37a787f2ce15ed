//! The domain types: what a server and its tools are, and what a tool gives back.
//!
//! They know every revision's fields; writing them for one revision leaves out what that
//! revision doesn't know.

mod capabilities;
mod content;
mod identity;
mod log;
mod result;
mod tool;

pub use capabilities::{ClientCapabilities, ServerCapabilities};
pub use content::{Annotations, Content, Resource, ResourceBody, Role};
pub use identity::{Icon, Implementation};
pub use log::LogLevel;
pub use result::ToolResult;
pub use tool::{ToolAnnotations, ToolDefinition};

pub(crate) use result::write_result_members;
pub(crate) use tool::write_tool;
