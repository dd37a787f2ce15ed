//! Arguments that don't fit a tool's schema, as data: where, which rule, what is allowed.

use std::fmt;

use jsonschema::Validator;
use serde_json::Value;

use super::describe::describe;

/// At most this many problems are named; the rest are counted.
pub const MAX_PROBLEMS: usize = 8;

/// Why the arguments of a call were not accepted.
///
/// The text (`Display`) has one problem to a line. A server shows it to the model as a failed
/// result, so that the model can correct itself; [`problems`](Self::problems) is the same for
/// programs.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidArguments {
    problems: Vec<ArgumentProblem>,
    more: usize,
    broken: Option<String>,
}

/// One place in the arguments that breaks one rule of the schema.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ArgumentProblem {
    /// JSON pointer (RFC 6901) to the value; the empty string is the arguments themselves. An
    /// unknown property is pointed at; a missing one is named in the message.
    pub path: String,
    /// The schema's keyword that is broken, such as `minimum` or `required`.
    pub rule: String,
    /// What is wrong and what is allowed, in words, without the path.
    pub message: String,
    /// What is allowed, as it stands in the schema: the minimum, the list of an `enum`.
    pub allowed: Option<Value>,
    /// Names that were probably meant.
    pub suggestions: Vec<String>,
}

impl InvalidArguments {
    /// The problems, in the schema's order, at most [`MAX_PROBLEMS`].
    pub fn problems(&self) -> &[ArgumentProblem] {
        &self.problems
    }

    /// How many problems there are beyond those.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether the fault is not the caller's: the tool's own schema can't be used.
    pub fn is_server_fault(&self) -> bool {
        self.broken.is_some()
    }

    pub(super) fn broken(reason: String) -> Self {
        Self {
            problems: Vec::new(),
            more: 0,
            broken: Some(reason),
        }
    }
}

impl fmt::Display for InvalidArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(reason) = &self.broken {
            return write!(f, "the schema cannot be used: {reason}");
        }
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl fmt::Display for ArgumentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidArguments {}

/// Compiles a schema; references outside it are refused, never fetched.
pub(super) fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options()
        .offline()
        .build(schema)
        .map_err(|error| error.to_string())
}

pub(super) fn validate(
    validator: &Validator,
    schema: &Value,
    instance: &Value,
) -> Result<(), InvalidArguments> {
    if validator.is_valid(instance) {
        return Ok(());
    }
    let mut problems = Vec::new();
    let mut more = 0;
    for error in validator.iter_errors(instance) {
        for problem in describe(&error, schema, instance) {
            match problems.len() < MAX_PROBLEMS {
                true => problems.push(problem),
                false => more += 1,
            }
        }
    }
    Err(InvalidArguments {
        problems,
        more,
        broken: None,
    })
}

/// Turns numbers such as `5.0` into the integers that they are.
///
/// JSON Schema counts them as integers, so a valid argument may look like that; a tool that
/// reads its arguments into an integer type would refuse it after all.
pub(crate) fn normalise_integers(value: &mut Value) {
    /// Every integer up to here is exact in a 64-bit float.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let float = number.as_f64().unwrap_or(0.5);
            if float.fract() == 0.0 && float.abs() <= MAX_EXACT {
                *number = (float as i64).into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(normalise_integers),
        Value::Object(members) => members.values_mut().for_each(normalise_integers),
        _ => {}
    }
}
