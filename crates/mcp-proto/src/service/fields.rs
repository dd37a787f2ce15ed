//! Types with a JSON Schema beside them: what arguments may be made of.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The arguments of a tool, with the schema that they are checked against before they are read.
///
/// [`arguments!`](crate::arguments) declares a struct that implements it.
///
/// # Example
///
/// ```
/// use mcp_proto::{Arguments, arguments};
///
/// arguments! {
///     /// Where to look.
///     pub struct Place {
///         /// A town.
///         pub town: String,
///     }
/// }
/// assert_eq!(Place::schema()["required"][0], "town");
/// ```
pub trait Arguments: DeserializeOwned {
    /// The JSON Schema (2020-12); its root has `"type": "object"`.
    fn schema() -> Value;
}

/// A type of one argument.
///
/// Implemented for texts, booleans, numbers, lists, maps, `Option`s and any JSON, and by
/// [`arguments!`](crate::arguments) for what it declares. Integers of up to 32 bits say their
/// whole range; those of 64 only that they are not negative, where that is so, since a bound
/// beyond 2⁵³ is no exact number to many readers of a schema.
///
/// # Example
///
/// ```
/// use mcp_proto::Field;
/// use serde_json::json;
///
/// assert_eq!(u8::schema(), json!({"type": "integer", "minimum": 0, "maximum": 255}));
/// assert_eq!(Vec::<bool>::schema(), json!({"type": "array", "items": {"type": "boolean"}}));
/// assert!(!Option::<String>::REQUIRED);
/// ```
pub trait Field: DeserializeOwned {
    /// Whether the argument must be there.
    const REQUIRED: bool = true;

    /// The JSON Schema of the value.
    fn schema() -> Value;

    /// The value of an argument that isn't there; `None` where it must be.
    fn absent() -> Option<Self> {
        None
    }
}

impl Field for String {
    fn schema() -> Value {
        json!({"type": "string"})
    }
}

impl Field for bool {
    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

macro_rules! numbers {
    ($($type:ty => $schema:tt),* $(,)?) => {$(
        impl Field for $type {
            fn schema() -> Value {
                json!($schema)
            }
        }
    )*};
}

numbers! {
    i8 => {"type": "integer", "minimum": (i8::MIN), "maximum": (i8::MAX)},
    i16 => {"type": "integer", "minimum": (i16::MIN), "maximum": (i16::MAX)},
    i32 => {"type": "integer", "minimum": (i32::MIN), "maximum": (i32::MAX)},
    i64 => {"type": "integer"},
    isize => {"type": "integer"},
    u8 => {"type": "integer", "minimum": 0, "maximum": (u8::MAX)},
    u16 => {"type": "integer", "minimum": 0, "maximum": (u16::MAX)},
    u32 => {"type": "integer", "minimum": 0, "maximum": (u32::MAX)},
    u64 => {"type": "integer", "minimum": 0},
    usize => {"type": "integer", "minimum": 0},
    f32 => {"type": "number"},
    f64 => {"type": "number"},
}

impl<T: Field> Field for Vec<T> {
    fn schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }
}

/// An argument that may be left out; `null` is not accepted in its place.
impl<T: Field> Field for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> Value {
        T::schema()
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": T::schema()})
    }
}

/// Any JSON value.
impl Field for Value {
    fn schema() -> Value {
        json!({})
    }
}
