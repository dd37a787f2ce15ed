//! Tools as they are written, and as the service keeps them.

use serde_json::{Map, Value};

use super::call::CallContext;
use super::fields::Arguments;
use crate::connection::Answer;
use crate::model::{ToolDefinition, ToolResult};

/// A tool: what clients see of it, and what it does.
///
/// # Example
///
/// ```
/// use mcp_proto::{Answer, CallContext, Tool, ToolDefinition, ToolResult, arguments};
///
/// arguments! {
///     /// What to halve.
///     pub struct Half {
///         /// An even number.
///         pub of: i64,
///     }
/// }
///
/// struct Halve;
///
/// impl Tool for Halve {
///     type Arguments = Half;
///
///     fn definition(&self) -> ToolDefinition {
///         ToolDefinition::new("halve", "Halves an even number.")
///             .with_annotations(|hints| hints.read_only(true).open_world(false))
///     }
///
///     fn call(&self, half: Half, _: &CallContext<'_>) -> Answer {
///         if half.of % 2 != 0 {
///             return ToolResult::error(format!("{} is odd: give an even number", half.of)).into();
///         }
///         (half.of / 2).to_string().into()
///     }
/// }
/// ```
pub trait Tool: Send + Sync + 'static {
    /// What it takes.
    type Arguments: Arguments;

    /// Its name, its description, hints about what it does. The schema of its arguments is filled
    /// in from [`Arguments`](Self::Arguments).
    fn definition(&self) -> ToolDefinition;

    /// Does it. The arguments fit their schema.
    ///
    /// An [`Answer::Input`] asks the client something first; the tool is then called again, with
    /// what came back in [`CallContext::input`].
    fn call(&self, arguments: Self::Arguments, call: &CallContext<'_>) -> Answer;
}

/// A tool that takes its arguments as JSON.
pub(super) type Erased = Box<dyn Fn(Map<String, Value>, &CallContext<'_>) -> Answer + Send + Sync>;

pub(super) fn erase<A, R>(call: impl Fn(A, &CallContext<'_>) -> R + Send + Sync + 'static) -> Erased
where
    A: Arguments,
    R: Into<Answer>,
{
    Box::new(move |arguments, context| {
        match serde_json::from_value(Value::Object(arguments)) {
            Ok(arguments) => call(arguments, context).into(),
            // The schema let through what the type can't hold, such as a number of 80 bits.
            Err(error) => ToolResult::error(format!("Invalid arguments: {error}")).into(),
        }
    })
}
