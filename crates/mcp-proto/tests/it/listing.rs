//! `tools/list`: what each revision sees, in which order, page by page.

use mcp_proto::{Catalogue, Connection, Revision, ToolDefinition};
use serde_json::{Value, json};

use crate::support::{conforms, open, open_with, request, send, server, tools};

fn list(connection: &mut Connection, revision: Revision, cursor: Option<&str>) -> Value {
    let params = match cursor {
        Some(cursor) => json!({"cursor": cursor}),
        None => json!({}),
    };
    send(connection, request(revision, 1, "tools/list", params))
}

fn names(page: &Value) -> Vec<&str> {
    let tools = page["result"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap())
        .collect()
}

#[test]
fn every_revision_gets_the_fields_it_knows_and_no_other() {
    for revision in Revision::ALL {
        let page = list(&mut open(revision), revision, None);
        conforms(revision, "ListToolsResult", &page["result"]);
        let weather = &page["result"]["tools"][0];
        let known = |field: &str| weather.get(field).is_some();
        assert_eq!(
            known("annotations"),
            revision >= Revision::V2025_03_26,
            "{revision}"
        );
        assert_eq!(
            known("title"),
            revision >= Revision::V2025_06_18,
            "{revision}"
        );
        assert_eq!(
            known("outputSchema"),
            revision >= Revision::V2025_06_18,
            "{revision}"
        );
        assert_eq!(
            known("_meta"),
            revision >= Revision::V2025_06_18,
            "{revision}"
        );
        assert_eq!(
            known("icons"),
            revision >= Revision::V2025_11_25,
            "{revision}"
        );
        let users = &page["result"]["tools"][2];
        let any_output = users.get("outputSchema").is_some();
        assert_eq!(any_output, revision >= Revision::V2026_07_28, "{revision}");
    }
}

#[test]
fn the_title_stands_among_the_annotations_where_it_has_no_other_place() {
    let revision = Revision::V2025_03_26;
    let page = list(&mut open(revision), revision, None);
    assert_eq!(
        page["result"]["tools"][0]["annotations"]["title"],
        "Weather"
    );
}

#[test]
fn tools_are_listed_in_the_order_they_were_added_and_aliases_are_not() {
    let catalogue = Catalogue::builder()
        .tool(ToolDefinition::new("zeta", "Z."))
        .unlisted(ToolDefinition::new("old_name", "An alias."))
        .tool(ToolDefinition::new("alpha", "A."))
        .build()
        .unwrap();
    let revision = Revision::V2025_11_25;
    let mut connection = open_with(revision, server(), catalogue);
    assert_eq!(
        names(&list(&mut connection, revision, None)),
        ["zeta", "alpha"]
    );
    let call = crate::support::call(revision, 2, "old_name", json!({}));
    assert_eq!(
        &*crate::support::start(&mut connection, call).name,
        "old_name"
    );
}

#[test]
fn an_empty_list_is_a_list() {
    let revision = Revision::V2026_07_28;
    let empty = Catalogue::builder().build().unwrap();
    let page = list(&mut open_with(revision, server(), empty), revision, None);
    conforms(revision, "ListToolsResult", &page["result"]);
    assert_eq!(page["result"]["tools"], json!([]));
}

#[test]
fn schemas_are_listed_in_the_order_they_were_written() {
    let schema = r#"{"type":"object","properties":{"zeta":{},"alpha":{}},"required":["zeta"]}"#;
    let tool =
        ToolDefinition::new("t", "T.").with_input_schema(serde_json::from_str(schema).unwrap());
    let catalogue = Catalogue::builder().tool(tool).build().unwrap();
    let revision = Revision::V2025_11_25;
    let page = list(
        &mut open_with(revision, server(), catalogue),
        revision,
        None,
    );
    assert_eq!(
        page["result"]["tools"][0]["inputSchema"].to_string(),
        schema
    );
}

fn many(count: usize, page_size: usize) -> Catalogue {
    let tools = (0..count).map(|index| ToolDefinition::new(format!("tool_{index:03}"), "A tool."));
    Catalogue::builder()
        .tools(tools)
        .page_size(page_size)
        .build()
        .unwrap()
}

#[test]
fn pages_together_are_the_list() {
    for (count, page_size) in [(1, 10), (10, 10), (11, 10), (25, 10), (3, 1)] {
        let revision = Revision::V2026_07_28;
        let mut connection = open_with(revision, server(), many(count, page_size));
        let mut all: Vec<String> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = list(&mut connection, revision, cursor.as_deref());
            conforms(revision, "ListToolsResult", &page["result"]);
            assert!(names(&page).len() <= page_size);
            all.extend(names(&page).into_iter().map(str::to_owned));
            match page["result"]["nextCursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        let expected: Vec<String> = (0..count).map(|index| format!("tool_{index:03}")).collect();
        assert_eq!(all, expected, "{count} by {page_size}");
    }
}

#[test]
fn a_cursor_survives_a_restart_but_not_a_change_of_the_list() {
    let revision = Revision::V2025_06_18;
    let page = list(
        &mut open_with(revision, server(), many(20, 10)),
        revision,
        None,
    );
    let cursor = page["result"]["nextCursor"].as_str().unwrap();
    let again = list(
        &mut open_with(revision, server(), many(20, 10)),
        revision,
        Some(cursor),
    );
    assert_eq!(names(&again)[0], "tool_010");
    let changed = list(
        &mut open_with(revision, server(), many(21, 10)),
        revision,
        Some(cursor),
    );
    assert_eq!(changed["error"]["code"], -32602);
    assert!(
        changed["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Invalid cursor")
    );
}

#[test]
fn a_catalogue_refuses_what_no_client_could_use() {
    let refuse = |tool: ToolDefinition| {
        Catalogue::builder()
            .tool(tool)
            .build()
            .unwrap_err()
            .to_string()
    };
    assert!(refuse(ToolDefinition::new("", "?")).contains("1 to 128"));
    assert!(refuse(ToolDefinition::new("a b", "?")).contains("A-Z a-z"));
    assert!(refuse(ToolDefinition::new("x".repeat(129), "?")).contains("1 to 128"));
    let no_object = ToolDefinition::new("t", "?").with_input_schema(json!({"properties": {}}));
    assert!(refuse(no_object).contains("\"type\": \"object\""));
    let twice = Catalogue::builder()
        .tool(ToolDefinition::new("t", "?"))
        .tool(ToolDefinition::new("t", "?"));
    assert!(
        twice
            .build()
            .unwrap_err()
            .to_string()
            .contains("another tool")
    );
}

#[test]
fn schemas_with_references_outside_themselves_are_refused_and_nothing_is_fetched() {
    let remote = json!({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1:9/x"}}});
    let catalogue = Catalogue::builder()
        .tool(ToolDefinition::new("t", "T.").with_input_schema(remote))
        .build()
        .unwrap();
    assert_eq!(catalogue.check_schemas().unwrap_err().name(), "t");
    let revision = Revision::V2025_11_25;
    let mut connection = open_with(revision, server(), catalogue);
    let answer = send(
        &mut connection,
        crate::support::call(revision, 1, "t", json!({"a": 1})),
    );
    assert_eq!(
        answer["error"]["code"], -32603,
        "the fault is the server's: {answer}"
    );
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn the_tools_of_the_tests_have_valid_schemas() {
    tools().check_schemas().unwrap();
}
