//! Parameters that clients repeat in HTTP headers: the `x-mcp-header` annotations of a schema.
//!
//! Proxies can then route by them without reading bodies (2026-07-28, "Custom Headers from Tool
//! Parameters"). A client drops a tool with a faulty annotation from its list, so one is an error
//! when the catalogue is built.

use http::HeaderName;
use serde_json::{Map, Value};

/// The keyword.
const ANNOTATION: &str = "x-mcp-header";

/// What stands before the annotation in the header's name.
const PREFIX: &str = "Mcp-Param-";

/// A parameter that clients of 2026-07-28 repeat in a header of their HTTP requests.
///
/// # Example
///
/// ```
/// use mcp_proto::{Catalogue, ToolDefinition};
/// use serde_json::json;
///
/// let tool = ToolDefinition::new("execute_sql", "Runs a statement.").with_input_schema(json!({
///     "type": "object",
///     "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}
/// }));
/// let catalogue = Catalogue::builder().tool(tool).build().unwrap();
/// let [region] = catalogue.mirrored("execute_sql") else { panic!() };
/// assert_eq!(region.header_name(), "Mcp-Param-Region");
/// assert_eq!(region.path(), ["region"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirroredParameter {
    path: Vec<String>,
    name: String,
    header: HeaderName,
    kind: MirroredType,
}

/// The type of a mirrored parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MirroredType {
    /// Any text.
    String,
    /// An integer between −2^53 + 1 and 2^53 − 1.
    Integer,
    /// `true` or `false`.
    Boolean,
}

impl MirroredParameter {
    /// Where it stands in the arguments: names of properties, from the outermost to its own.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// The header's name as the schema spells it, such as `Mcp-Param-Region`.
    pub fn header_name(&self) -> &str {
        &self.name
    }

    /// The header's name, to look it up by.
    pub fn header(&self) -> &HeaderName {
        &self.header
    }

    /// What its value is.
    pub fn kind(&self) -> MirroredType {
        self.kind
    }

    /// Its value in a call's arguments. `None` when it is absent or null, and when something on
    /// the way to it is no object.
    pub fn value<'a>(&self, arguments: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.path.split_first()?;
        let mut value = arguments.get(first)?;
        for name in rest {
            value = value.as_object()?.get(name)?;
        }
        (!value.is_null()).then_some(value)
    }
}

/// Finds the annotations of an input schema, or says why one of them is faulty.
pub(super) fn mirrored_parameters(schema: &Value) -> Result<Vec<MirroredParameter>, String> {
    let mut search = Search::default();
    search.schema(schema, Some(&[]))?;
    Ok(search.found)
}

#[derive(Default)]
struct Search {
    found: Vec<MirroredParameter>,
}

impl Search {
    /// Looks through a schema. `path` leads to it by `properties` alone; a schema that is reached
    /// in any other way has none.
    fn schema(&mut self, schema: &Value, path: Option<&[String]>) -> Result<(), String> {
        let members = match schema {
            Value::Object(members) => members,
            Value::Array(schemas) => {
                return schemas.iter().try_for_each(|one| self.schema(one, None));
            }
            _ => return Ok(()),
        };
        if let Some(annotation) = members.get(ANNOTATION) {
            self.annotation(annotation, members, path)?;
        }
        for (keyword, value) in members {
            match (keyword.as_str(), value) {
                // Data, whatever it looks like.
                (
                    "const" | "default" | "dependentRequired" | "enum" | "examples" | ANNOTATION,
                    _,
                ) => {}
                ("properties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        let path = path.map(|path| [path, std::slice::from_ref(name)].concat());
                        self.schema(property, path.as_deref())?;
                    }
                }
                (
                    "$defs" | "definitions" | "dependencies" | "dependentSchemas"
                    | "patternProperties",
                    Value::Object(named),
                ) => {
                    named.values().try_for_each(|one| self.schema(one, None))?;
                }
                _ => self.schema(value, None)?,
            }
        }
        Ok(())
    }

    fn annotation(
        &mut self,
        annotation: &Value,
        schema: &Map<String, Value>,
        path: Option<&[String]>,
    ) -> Result<(), String> {
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return Err(format!(
                "{ANNOTATION} {annotation} may stand only on a property that is reached from the \
                 root of the schema by `properties` alone"
            ));
        };
        let refuse = |reason: &str| {
            let place = path.join("/");
            Err(format!("{ANNOTATION} {annotation} of /{place}: {reason}"))
        };
        let Some(name) = annotation.as_str() else {
            return refuse("the name of a header is a string");
        };
        let header = match name.is_empty() {
            true => None,
            false => HeaderName::try_from(format!("{PREFIX}{name}")).ok(),
        };
        let Some(header) = header else {
            return refuse("the name of a header has letters, digits and !#$%&'*+-.^_`|~ alone");
        };
        let kind = match schema.get("type").and_then(Value::as_str) {
            Some("string") => MirroredType::String,
            Some("integer") => MirroredType::Integer,
            Some("boolean") => MirroredType::Boolean,
            _ => return refuse("its `type` must be \"string\", \"integer\" or \"boolean\""),
        };
        if self.found.iter().any(|other| other.header == header) {
            return refuse("another parameter has this header; case makes no difference");
        }
        self.found.push(MirroredParameter {
            path: path.to_vec(),
            name: format!("{PREFIX}{name}"),
            header,
            kind,
        });
        Ok(())
    }
}
