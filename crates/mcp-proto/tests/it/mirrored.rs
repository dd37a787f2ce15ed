//! `x-mcp-header` annotations: found where they may stand, refused elsewhere.

use mcp_proto::{Catalogue, MirroredType, ToolDefinition};
use serde_json::{Value, json};

fn build(schema: Value) -> Result<Catalogue, String> {
    let tool = ToolDefinition::new("t", "A tool.").with_input_schema(schema);
    let catalogue = Catalogue::builder().tool(tool).build();
    catalogue.map_err(|error| error.to_string())
}

/// A schema whose one property is `property`.
fn with_property(property: Value) -> Value {
    json!({"type": "object", "properties": {"p": property}})
}

/// Guards: a catalogue with such a schema isn't built, and says why.
fn refused(schema: Value, reason: &str) {
    let error = build(schema.clone()).map(|_| ()).unwrap_err();
    assert!(error.starts_with("tool `t`: "), "{error}");
    assert!(error.contains(reason), "{schema}: {error}");
}

/// Guards: every type and depth that 2026-07-28 allows.
#[test]
fn parameters_are_found_with_their_paths() {
    let catalogue = build(json!({
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "at": {"type": "object", "properties": {
                "x/y": {"type": "object", "properties": {
                    "n": {"type": "integer", "x-mcp-header": "X-N_1.~"}
                }}
            }},
            "dry": {"type": "boolean", "x-mcp-header": "dry"},
            "plain": {"type": "number"}
        }
    }))
    .unwrap();
    let found: Vec<(Vec<String>, &str, &str, MirroredType)> = catalogue
        .mirrored("t")
        .iter()
        .map(|one| {
            (
                one.path().to_vec(),
                one.header_name(),
                one.header().as_str(),
                one.kind(),
            )
        })
        .collect();
    let path = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        found,
        [
            (
                path(&["region"]),
                "Mcp-Param-Region",
                "mcp-param-region",
                MirroredType::String
            ),
            (
                path(&["at", "x/y", "n"]),
                "Mcp-Param-X-N_1.~",
                "mcp-param-x-n_1.~",
                MirroredType::Integer
            ),
            (
                path(&["dry"]),
                "Mcp-Param-dry",
                "mcp-param-dry",
                MirroredType::Boolean
            ),
        ]
    );
    assert_eq!(catalogue.mirrored("none"), []);
}

/// Guards: names that are no field names.
#[test]
fn names_are_tokens() {
    for name in [
        "", "a b", "a:b", "a\r\nb", "a\u{7f}", "\u{e9}", "a/b", "a\"", "(a)", "a,b",
    ] {
        let property = json!({"type": "string", "x-mcp-header": name});
        refused(with_property(property), "the name of a header has");
    }
    for name in [json!(null), json!(1), json!(["A"])] {
        let property = json!({"type": "string", "x-mcp-header": name});
        refused(with_property(property), "the name of a header is a string");
    }
    let every = "!#$%&'*+-.^_`|~09azAZ";
    assert!(
        build(with_property(
            json!({"type": "string", "x-mcp-header": every})
        ))
        .is_ok()
    );
}

/// Guards: types that no header carries.
#[test]
fn types_are_primitive() {
    for kind in [
        json!("number"),
        json!("object"),
        json!("array"),
        json!("null"),
        json!(["string", "null"]),
    ] {
        let property = json!({"type": kind, "x-mcp-header": "A"});
        refused(with_property(property), "its `type` must be");
    }
    refused(
        with_property(json!({"x-mcp-header": "A"})),
        "its `type` must be",
    );
    refused(
        with_property(json!({"$ref": "#/$defs/a", "x-mcp-header": "A"})),
        "its `type` must be",
    );
}

/// Guards: no two parameters share a header, in whatever case.
#[test]
fn names_are_unique() {
    for (first, second) in [("Region", "Region"), ("Region", "rEGION")] {
        let schema = json!({
            "type": "object",
            "properties": {
                "a": {"type": "string", "x-mcp-header": first},
                "b": {"type": "object", "properties": {
                    "c": {"type": "string", "x-mcp-header": second}
                }}
            }
        });
        refused(schema, "another parameter has this header");
    }
}

/// Guards: an annotation stands only where `properties` alone lead.
#[test]
fn annotations_are_reached_by_properties_alone() {
    let marked = json!({"type": "string", "x-mcp-header": "A"});
    let inside = json!({"type": "object", "properties": {"q": marked}});
    for keyword in [
        "items",
        "contains",
        "additionalProperties",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
        "contentSchema",
        "someKeyword",
    ] {
        refused(
            with_property(json!({keyword: marked})),
            "may stand only on a property",
        );
        refused(
            with_property(json!({keyword: inside})),
            "may stand only on a property",
        );
    }
    for keyword in ["oneOf", "anyOf", "allOf", "prefixItems", "items"] {
        refused(
            with_property(json!({keyword: [marked]})),
            "may stand only on a property",
        );
        refused(
            with_property(json!({keyword: [inside]})),
            "may stand only on a property",
        );
    }
    for keyword in [
        "$defs",
        "definitions",
        "patternProperties",
        "dependentSchemas",
    ] {
        let schema = json!({"type": "object", keyword: {"a": marked}});
        refused(schema, "may stand only on a property");
    }
    refused(
        json!({"type": "object", "x-mcp-header": "A"}),
        "may stand only on a property",
    );
}

/// Guards: what only looks like an annotation is none.
#[test]
fn data_and_names_are_no_annotations() {
    let schema = json!({
        "type": "object",
        "properties": {
            "x-mcp-header": {"type": "object", "default": {"x-mcp-header": 1}},
            "a": {"const": {"x-mcp-header": 1}, "examples": [{"x-mcp-header": 1}]},
            "b": {"enum": [{"x-mcp-header": 1}]}
        },
        "$defs": {"x-mcp-header": {"type": "string"}},
        "dependentRequired": {"x-mcp-header": ["a"]},
        "required": ["x-mcp-header"]
    });
    assert_eq!(build(schema).unwrap().mirrored("t"), []);
}

/// Guards: clients mirror by the schema they see, so that has the annotations too.
#[test]
fn the_listed_schema_has_the_same_annotations() {
    let marked = with_property(json!({"type": "string", "x-mcp-header": "A"}));
    let plain = with_property(json!({"type": "string"}));
    let build = |whole: &Value, listed: &Value| {
        let tool = ToolDefinition::new("t", "A tool.")
            .with_input_schema(whole.clone())
            .with_listed_schemas(listed.clone(), json!({"type": "object"}));
        Catalogue::builder().tool(tool).build()
    };
    assert!(build(&marked, &marked).is_ok());
    for (whole, listed) in [(&marked, &plain), (&plain, &marked)] {
        let error = build(whole, listed).unwrap_err().to_string();
        assert!(error.contains("the input schema that is listed"), "{error}");
    }
}
