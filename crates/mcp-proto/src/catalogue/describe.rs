//! Schema violations in plain words.
//!
//! Values that were sent are repeated only where they are numbers or short strings: an argument
//! may be long, and it may be a password in the wrong place.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use serde_json::{Value, json};

use super::arguments::ArgumentProblem;
use super::near::near_matches;

/// Strings of up to this many characters are repeated where that helps (an `enum`, a `const`).
const MAX_ECHO_CHARS: usize = 40;

/// Property names are cut to this many characters.
const MAX_NAME_CHARS: usize = 80;

/// At most this many names are listed as allowed.
const MAX_LISTED: usize = 40;

/// The problems that one violation amounts to: several for several unknown properties, and for
/// a form among several that nearly fits, what it lacks.
pub(super) fn describe(
    error: &ValidationError<'_>,
    schema: &Value,
    root: &Value,
) -> Vec<ArgumentProblem> {
    let unknown = |names: &[String]| -> Vec<ArgumentProblem> {
        let problem = |name: &String| unknown_property(error, schema, name);
        names.iter().map(problem).collect()
    };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            unknown(unexpected)
        }
        // A schema that allows no properties at all is reported as a false one.
        Kind::FalseSchema
            if error
                .schema_path()
                .as_str()
                .ends_with("/additionalProperties") =>
        {
            unknown(&property_names(error, root))
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            match closest(error.instance(), context) {
                Some(branch) => branch
                    .iter()
                    .flat_map(|error| describe(error, schema, root))
                    .collect(),
                None => vec![single(error)],
            }
        }
        _ => vec![single(error)],
    }
}

fn property_names(error: &ValidationError<'_>, root: &Value) -> Vec<String> {
    let object = root.pointer(error.instance_path().as_str());
    let members = object.and_then(Value::as_object);
    members
        .map(|members| members.keys().cloned().collect())
        .unwrap_or_default()
}

/// Of several forms the one that lacks least, among those that take this type of value.
fn closest<'a>(
    value: &Value,
    context: &'a [Vec<ValidationError<'static>>],
) -> Option<&'a [ValidationError<'static>]> {
    let is_other_type = |error: &ValidationError<'_>| {
        matches!(error.kind(), Kind::Type { .. }) && error.instance().as_ref() == value
    };
    context
        .iter()
        .filter(|errors| !errors.is_empty() && !errors.iter().any(is_other_type))
        .min_by_key(|errors| errors.len())
        .map(Vec::as_slice)
}

fn unknown_property(error: &ValidationError<'_>, schema: &Value, name: &str) -> ArgumentProblem {
    let known = sibling_properties(error, schema);
    let suggestions = near_matches(name, known.iter().map(String::as_str));
    let hint = match (&suggestions[..], &known[..]) {
        ([], []) if error.instance_path().as_str().is_empty() => "; this tool takes none".into(),
        ([], []) => String::new(),
        ([], known) => format!("; known are {}", list(known)),
        (meant, _) => format!("; did you mean {}?", alternatives(meant)),
    };
    let pointer = name.replace('~', "~0").replace('/', "~1");
    ArgumentProblem {
        path: format!("{}/{}", error.instance_path(), cut(&pointer)),
        rule: "additionalProperties".to_owned(),
        message: format!("no such property{hint}"),
        allowed: (!known.is_empty()).then(|| json!(known)),
        suggestions,
    }
}

/// The names under `properties` beside the keyword that refused the others.
fn sibling_properties(error: &ValidationError<'_>, schema: &Value) -> Vec<String> {
    let path = error.schema_path().as_str();
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    schema
        .pointer(parent)
        .and_then(|parent| parent.get("properties"))
        .and_then(Value::as_object)
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default()
}

fn single(error: &ValidationError<'_>) -> ArgumentProblem {
    let (message, allowed) = words(error);
    ArgumentProblem {
        path: error.instance_path().as_str().to_owned(),
        rule: error.kind().keyword().to_owned(),
        message,
        allowed,
        suggestions: Vec::new(),
    }
}

fn words(error: &ValidationError<'_>) -> (String, Option<Value>) {
    let value = error.instance().as_ref();
    match error.kind() {
        Kind::Type { kind } => wrong_type(value, &types(kind)),
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            (
                format!("missing required property `{name}`"),
                Some(property.clone()),
            )
        }
        Kind::Minimum { limit } => bound(value, "less than the minimum of", limit),
        Kind::Maximum { limit } => bound(value, "greater than the maximum of", limit),
        Kind::ExclusiveMinimum { limit } => bound(value, "not greater than", limit),
        Kind::ExclusiveMaximum { limit } => bound(value, "not less than", limit),
        Kind::MinLength { limit } => count("string", "character", "at least", *limit),
        Kind::MaxLength { limit } => count("string", "character", "at most", *limit),
        Kind::MinItems { limit } => count("array", "item", "at least", *limit),
        Kind::MaxItems { limit } => count("array", "item", "at most", *limit),
        Kind::MinProperties { limit } => count("object", "member", "at least", *limit),
        Kind::MaxProperties { limit } => count("object", "member", "at most", *limit),
        Kind::MultipleOf { multiple_of } => (
            format!("{value} is not a multiple of {multiple_of}"),
            Some(json!(multiple_of)),
        ),
        Kind::Enum { options } => (one_of(value, options), Some(options.as_ref().clone())),
        Kind::Constant { expected_value } => (
            format!("{}must be {expected_value}", echo(value)),
            Some(expected_value.as_ref().clone()),
        ),
        Kind::Pattern { pattern } => (
            format!("does not match the pattern `{pattern}`"),
            Some(json!(pattern)),
        ),
        Kind::Format { format } => (format!("is not a valid {format}"), Some(json!(format))),
        Kind::UniqueItems => ("items must differ from each other".into(), None),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => forms(value, context),
        Kind::OneOfMultipleValid { .. } => (
            "fits several of the allowed forms; it must fit exactly one".into(),
            None,
        ),
        Kind::PropertyNames { error } => (
            format!(
                "has a property whose name is not allowed: {}",
                words(error).0
            ),
            None,
        ),
        Kind::FalseSchema => ("is not allowed here".into(), None),
        Kind::Not { .. } => ("has a form that is not allowed".into(), None),
        kind => (format!("breaks the rule `{}`", kind.keyword()), None),
    }
}

fn bound(value: &Value, relation: &str, limit: &Value) -> (String, Option<Value>) {
    (
        format!("{value} is {relation} {limit}"),
        Some(limit.clone()),
    )
}

fn count(what: &str, unit: &str, relation: &str, limit: u64) -> (String, Option<Value>) {
    let plural = if limit == 1 { "" } else { "s" };
    let message = format!("the {what} must have {relation} {limit} {unit}{plural}");
    (message, Some(limit.into()))
}

fn one_of(value: &Value, options: &Value) -> String {
    let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
    let names: Vec<String> = options.iter().map(ToString::to_string).collect();
    let meant = value.as_str().map_or(Vec::new(), |value| {
        near_matches(value, options.iter().filter_map(|option| option.as_str()))
    });
    let hint = match meant.first() {
        Some(meant) => format!("; did you mean `{meant}`?"),
        None => String::new(),
    };
    format!("{}must be one of {}{hint}", echo(value), names.join(", "))
}

/// Says which types of value would do, when the value is of none of them.
fn forms(value: &Value, context: &[Vec<ValidationError<'static>>]) -> (String, Option<Value>) {
    let mut kinds: Vec<String> = Vec::new();
    for error in context.iter().flatten() {
        if let Kind::Type { kind } = error.kind() {
            kinds.extend(types(kind));
        }
    }
    kinds.dedup();
    wrong_type(value, &kinds)
}

fn wrong_type(value: &Value, types: &[String]) -> (String, Option<Value>) {
    let wanted: Vec<&str> = types.iter().map(|name| article(name)).collect();
    let message = format!("is {}, must be {}", kind_of(value), wanted.join(" or "));
    (message, Some(json!(types)))
}

fn types(kind: &TypeKind) -> Vec<String> {
    let mut types: Vec<String> = match kind {
        TypeKind::Single(name) => vec![name.to_string()],
        TypeKind::Multiple(names) => names.iter().map(|name| name.to_string()).collect(),
    };
    types.sort_by_key(|name| name == "null");
    types
}

fn article(kind: &str) -> &str {
    match kind {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "a boolean".into(),
        Value::Number(number) => number.to_string(),
        Value::String(_) => "a string".into(),
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// The value and a space, where it may be repeated.
fn echo(value: &Value) -> String {
    match value {
        Value::String(text) if text.chars().count() > MAX_ECHO_CHARS => String::new(),
        Value::Array(_) | Value::Object(_) => String::new(),
        value => format!("{value} "),
    }
}

fn list(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = names.len().saturating_sub(MAX_LISTED);
    match rest {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

fn alternatives(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

fn cut(name: &str) -> String {
    name.chars().take(MAX_NAME_CHARS).collect()
}
