//! `arguments!`: a struct, its reading from JSON and its schema in one declaration.

use serde::Deserializer;
use serde::de::{Deserialize, Error};
use serde_json::{Map, Value};

use super::fields::Field;

/// Declares the arguments of tools: structs that are read from JSON and know their schemas.
///
/// A doc comment becomes the description of its field. A field is written as in any struct;
/// behind its type may stand more keywords of its schema, in braces. An `Option` may be left out
/// of a call, and arguments that the struct doesn't have are refused. A struct implements
/// [`Arguments`](crate::Arguments), and [`Field`](crate::Field), so that it may stand inside
/// another, `Clone`, `Debug` and `PartialEq`; whoever uses it needs no dependency on serde.
///
/// # Example
///
/// ```
/// use mcp_proto::{Arguments, arguments};
///
/// arguments! {
///     /// A stretch of a text.
///     pub struct Stretch {
///         /// Where it begins, in characters.
///         pub start: u32,
///         /// How long it is; to the end when it isn't said.
///         pub length: Option<u32> {"minimum": 1},
///     }
/// }
///
/// let schema = Stretch::schema();
/// assert_eq!(schema["properties"]["length"]["minimum"], 1);
/// assert_eq!(schema["properties"]["start"]["description"], "Where it begins, in characters.");
/// assert_eq!(schema["required"].as_array().unwrap().len(), 1);
/// assert_eq!(schema["additionalProperties"], false);
/// ```
#[macro_export]
macro_rules! arguments {
    ($(
        $(#[$outer:meta])*
        $visibility:vis struct $name:ident {
            $(
                $(#[doc = $doc:literal])*
                $field_visibility:vis $field:ident : $type:ty $({ $($keyword:tt)* })?
            ),* $(,)?
        }
    )*) => {$(
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq)]
        $visibility struct $name {
            $($(#[doc = $doc])* $field_visibility $field: $type,)*
        }

        impl $crate::Arguments for $name {
            fn schema() -> $crate::__private::Value {
                #[allow(unused_mut, reason = "a struct may have no fields")]
                let mut object = $crate::__private::ObjectSchema::default();
                $(object.field::<$type>(
                    stringify!($field),
                    &[$($doc),*],
                    $crate::__private::json!({ $($($keyword)*)? }),
                );)*
                object.finish()
            }
        }

        impl $crate::Field for $name {
            fn schema() -> $crate::__private::Value {
                <Self as $crate::Arguments>::schema()
            }
        }

        impl<'de> $crate::__private::Deserialize<'de> for $name {
            fn deserialize<D>(deserializer: D) -> ::core::result::Result<Self, D::Error>
            where
                D: $crate::__private::Deserializer<'de>,
            {
                #[allow(unused_mut, reason = "a struct may have no fields")]
                let mut members = $crate::__private::Members::read(deserializer)?;
                let arguments = Self {
                    $($field: members.take(stringify!($field))?,)*
                };
                members.finish()?;
                ::core::result::Result::Ok(arguments)
            }
        }
    )*};
}

arguments! {
    /// What a tool takes that takes nothing.
    ///
    /// # Example
    ///
    /// ```
    /// use mcp_proto::{Implementation, NoArguments, Server, Service, ToolDefinition};
    ///
    /// let now = ToolDefinition::new("now", "Tells the time.");
    /// let service = Service::builder(Server::new(Implementation::new("clock", "1.0.0")))
    ///     .function(now, |_: NoArguments, _| "noon")
    ///     .build()?;
    /// assert_eq!(service.catalogue().listed().count(), 1);
    /// # Ok::<(), mcp_proto::InvalidEntry>(())
    /// ```
    pub struct NoArguments {}
}

/// The schema of an object, as `arguments!` builds it.
#[derive(Debug, Default)]
pub struct ObjectSchema {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

impl ObjectSchema {
    /// Adds a field; `more` are keywords that stand before those of its type.
    pub fn field<T: Field>(&mut self, name: &str, doc: &[&str], more: Value) {
        let mut schema = match T::schema() {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        let description = description(doc);
        if !description.is_empty() {
            schema.insert("description".into(), description.into());
        }
        if let Value::Object(more) = more {
            schema.extend(more);
        }
        let name = plain(name);
        if T::REQUIRED {
            self.required.push(name.into());
        }
        self.properties.insert(name.to_owned(), schema.into());
    }

    /// The schema.
    pub fn finish(self) -> Value {
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        if !self.properties.is_empty() {
            schema.insert("properties".into(), self.properties.into());
        }
        if !self.required.is_empty() {
            schema.insert("required".into(), self.required.into());
        }
        schema.insert("additionalProperties".into(), false.into());
        schema.into()
    }
}

/// The members of an object that is being read.
#[derive(Debug)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Reads an object.
    ///
    /// # Errors
    ///
    /// When it is something else.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }

    /// Takes a field.
    ///
    /// # Errors
    ///
    /// When it is missing though it must be there, or of another type.
    pub fn take<T: Field, E: Error>(&mut self, name: &'static str) -> Result<T, E> {
        let name = plain(name);
        match self.0.remove(name) {
            Some(value) => {
                serde_json::from_value(value).map_err(|error| E::custom(format!("{name}: {error}")))
            }
            None => T::absent().ok_or_else(|| E::missing_field(name)),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    ///
    /// When there are members that nobody took.
    pub fn finish<E: Error>(self) -> Result<(), E> {
        match self.0.keys().next() {
            Some(name) => Err(E::custom(format!("{name}: no such argument"))),
            None => Ok(()),
        }
    }
}

/// A field's name without the mark of a raw identifier.
fn plain(name: &str) -> &str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// A doc comment as one paragraph; a blank line in it begins another.
fn description(doc: &[&str]) -> String {
    let mut text = String::new();
    let mut gap = "";
    for line in doc.iter().flat_map(|line| line.split('\n')).map(str::trim) {
        if line.is_empty() {
            gap = "\n\n";
            continue;
        }
        if !text.is_empty() {
            text.push_str(gap);
        }
        text.push_str(line);
        gap = " ";
    }
    text
}
