//! Small builders for the tools' JSON Schemas, so that each stands as a table.
//!
//! Every schema is an object that takes no other properties than the ones it
//! names; the wording is short because a client puts all of it before its model.
//! For the same reason rules that go without saying are checked and not listed
//! ([`listed`]).

use serde_json::{Map, Value, json};

/// An object schema with these properties; names ending in `!` are required.
pub(crate) fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties
        .iter()
        .filter_map(|(name, _)| name.strip_suffix('!'))
        .collect();
    let properties: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| (name.trim_end_matches('!').to_owned(), schema.clone()))
        .collect();
    let mut schema =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// The schema as it is listed: without the rules that nobody breaks who reads it.
/// Unknown properties are refused with the known ones, a count out of its range or an
/// empty list with its rule, and a switch that is not mentioned is off. The longest
/// time that may be asked for stays.
pub(crate) fn listed(schema: &Value) -> Value {
    let is_count = schema["type"] == json!("integer");
    let goes_without_saying = |key: &str, value: &Value| match key {
        "additionalProperties" | "default" => *value == json!(false),
        "minimum" => is_count || *value == json!(0) || *value == json!(1),
        "maximum" => is_count,
        "minItems" | "maxItems" => true,
        _ => false,
    };
    match schema {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| match (key.as_str(), value) {
                // What stands here are names, not keywords.
                ("properties", Value::Object(properties)) => {
                    let listed = properties
                        .iter()
                        .map(|(name, it)| (name.clone(), listed(it)));
                    (key, Value::Object(listed.collect()))
                }
                _ => (key, listed(value)),
            })
            .filter(|(key, value)| !goes_without_saying(key, value))
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => items.iter().map(listed).collect(),
        value => value.clone(),
    }
}

/// A structured result, or a part of one, that always has these members and may get more
/// in later versions.
pub(crate) fn facts(members: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "properties": properties, "required": required})
}

/// A list of what this schema describes.
pub(crate) fn list_of(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

/// A value of this type.
pub(crate) fn a(kind: &str) -> Value {
    json!({"type": kind})
}

/// The same, or `null` where there is nothing to tell.
pub(crate) fn maybe(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

/// Any structured result, as results are listed.
pub(crate) fn data() -> Value {
    json!({"type": "object"})
}

/// Text.
pub(crate) fn string(description: &str) -> Value {
    described(json!({"type": "string"}), description)
}

/// One of a few words.
pub(crate) fn one_of(words: &[&str], default: &str, description: &str) -> Value {
    described(
        json!({"type": "string", "enum": words, "default": default}),
        description,
    )
}

/// A list of texts.
pub(crate) fn strings(description: &str) -> Value {
    described(
        json!({"type": "array", "items": {"type": "string"}}),
        description,
    )
}

/// A text or a list of them.
pub(crate) fn one_or_many(description: &str) -> Value {
    described(
        json!({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}),
        description,
    )
}

/// A whole number with its range and default.
pub(crate) fn integer(min: u64, max: Option<u64>, default: u64, description: &str) -> Value {
    number_of("integer", min, max, Some(json!(default)), description)
}

/// A number of seconds, fractions allowed.
pub(crate) fn seconds(min: u64, max: Option<u64>, default: u64, description: &str) -> Value {
    number_of("number", min, max, Some(json!(default)), description)
}

/// An offset in the output.
pub(crate) fn offset(description: &str) -> Value {
    number_of("integer", 0, None, None, description)
}

/// A switch; one that is off by default goes without saying.
pub(crate) fn boolean(default: bool, description: &str) -> Value {
    let mut schema = json!({"type": "boolean"});
    if default {
        schema["default"] = json!(true);
    }
    described(schema, description)
}

/// The schema with a description, if there is one.
pub(crate) fn described(mut schema: Value, description: &str) -> Value {
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    schema
}

fn number_of(
    kind: &str,
    min: u64,
    max: Option<u64>,
    default: Option<Value>,
    description: &str,
) -> Value {
    let mut schema = json!({"type": kind, "minimum": min});
    if let Some(max) = max {
        schema["maximum"] = json!(max);
    }
    if let Some(default) = default {
        schema["default"] = default;
    }
    described(schema, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: the list leaves rules out and nothing else; a property may have any name.
    #[test]
    fn a_listed_schema_has_every_property() {
        let whole = object(&[
            ("minimum!", integer(1, Some(9), 1, "how many")),
            ("on", boolean(false, "")),
            ("off", boolean(true, "")),
            ("names", one_or_many("")),
            (
                "additionalProperties",
                object(&[("default", seconds(0, Some(60), 5, ""))]),
            ),
        ]);
        let expected = json!({
            "type": "object",
            "properties": {
                "minimum": {"type": "integer", "default": 1, "description": "how many"},
                "on": {"type": "boolean"},
                "off": {"type": "boolean", "default": true},
                "names": {"type": ["string", "array"], "items": {"type": "string"}},
                "additionalProperties": {
                    "type": "object",
                    "properties": {"default": {"type": "number", "maximum": 60, "default": 5}}
                }
            },
            "required": ["minimum"]
        });
        assert_eq!(listed(&whole), expected);
    }
}
