//! A form as each revision's clients can show it.
//!
//! Servers write forms as 2025-11-25 has them (2025-11-25, "Requested Schema"). That of 2025-06-18
//! has less: one value of several is chosen from `enum` with the titles in `enumNames`, only a
//! yes or no has a `default`, and several values cannot be chosen at all, since nothing in a form
//! may be an array.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::revision::Revision;

/// The schema of a form in the words of a revision; where several values are to be chosen, that
/// is [`several`]'s affair.
pub(super) fn of(schema: &Value, revision: Revision) -> Cow<'_, Value> {
    let Some(form) = schema.as_object() else {
        return Cow::Borrowed(schema);
    };
    if revision.has_form_choices() {
        return Cow::Borrowed(schema);
    }
    let members =
        form.iter()
            .filter(|(name, _)| *name != "$schema")
            .map(|(name, value)| match value {
                Value::Object(fields) if name == "properties" => {
                    let fields = fields.iter();
                    let fields = fields.map(|(name, field)| (name.clone(), older_field(field)));
                    (name.clone(), Value::Object(fields.collect()))
                }
                _ => (name.clone(), value.clone()),
            });
    Cow::Owned(Value::Object(members.collect()))
}

/// The fields of a form of which several values are to be chosen.
pub(super) fn several(schema: &Value) -> impl Iterator<Item = &str> {
    let fields = schema.get("properties").and_then(Value::as_object);
    fields
        .into_iter()
        .flatten()
        .filter(|(_, field)| field["type"] == "array")
        .map(|(name, _)| name.as_str())
}

/// A field of a form as 2025-06-18 has it. What no revision has is left as it stands.
fn older_field(field: &Value) -> Value {
    let Some(members) = field.as_object() else {
        return field.clone();
    };
    let is_boolean = field["type"] == "boolean";
    let mut older = Map::with_capacity(members.len() + 1);
    for (name, value) in members {
        match (name.as_str(), titled(value)) {
            ("oneOf", Some((values, titles))) => {
                older.insert("enum".into(), json!(values));
                older.insert("enumNames".into(), json!(titles));
            }
            ("default", _) if !is_boolean => {}
            _ => {
                older.insert(name.clone(), value.clone());
            }
        }
    }
    older.into()
}

/// The values and titles of a choice; nothing where it is not made of such.
fn titled(choice: &Value) -> Option<(Vec<&str>, Vec<&str>)> {
    let options = choice.as_array()?.iter();
    options
        .map(|option| {
            let value = option.get("const")?.as_str()?;
            let title = option.get("title").and_then(Value::as_str);
            Some((value, title.unwrap_or(value)))
        })
        .collect()
}
