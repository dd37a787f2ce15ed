//! Resources: listed and read, by every revision.

use mcp_proto::{
    Answer, CachePolicy, Catalogue, Connection, Era, MAX_URI_BYTES, Outcome, QueryKind, Resource,
    ResourceBody, ResourceContents, ResourceTemplate, Revision, RpcError, ToolResult,
};
use serde_json::{Value, json};

use crate::offer::{
    ALL, NEW, OLD, answered, ask, belongs_to, full, full_catalogue, full_server, one, query, today,
};
use crate::support::{conforms, json as parsed, open_with, request, send, server};

/// Promise: each revision lists resources and templates with the fields it knows and no other.
#[test]
fn every_revision_lists_resources_and_templates_as_it_knows_them() {
    for revision in ALL {
        for (method, member, definition) in [
            ("resources/list", "resources", "ListResourcesResult"),
            (
                "resources/templates/list",
                "resourceTemplates",
                "ListResourceTemplatesResult",
            ),
        ] {
            let answer = send(&mut full(revision), request(revision, 1, method, json!({})));
            let result = &answer["result"];
            conforms(revision, definition, result);
            belongs_to(revision, result, true);
            let item = &result[member][0];
            let has = |field: &str| item.get(field).is_some();
            assert_eq!(
                has("title"),
                revision >= Revision::V2025_06_18,
                "{revision}"
            );
            assert_eq!(
                has("_meta"),
                revision >= Revision::V2025_06_18,
                "{revision}"
            );
            assert_eq!(
                has("icons"),
                revision >= Revision::V2025_11_25,
                "{revision}"
            );
            let modified = item["annotations"].get("lastModified").is_some();
            assert_eq!(modified, revision >= Revision::V2025_06_18, "{revision}");
            assert_eq!(item["annotations"]["priority"], 0.25);
            assert!(item["description"].is_string());
        }
    }
}

/// Promise: contents reach each revision, text and bytes, with how long they may be kept where
/// the revision has that.
#[test]
fn every_revision_reads_what_it_asks_for() {
    let contents = || {
        ResourceContents::one(
            ResourceBody::text("log://today", "all is well")
                .with_mime_type("text/plain")
                .with_meta("example.com/line", json!(3)),
        )
        .with_body(ResourceBody::blob("log://today/raw", "YQ=="))
    };
    let policy = CachePolicy {
        ttl_ms: 5,
        public: true,
    };
    for revision in ALL {
        let mut connection = full(revision);
        let read = request(revision, 1, "resources/read", json!({"uri": "log://today"}));
        let asked = query(&mut connection, read.clone());
        assert_eq!(
            asked.kind,
            QueryKind::ReadResource {
                uri: "log://today".into()
            }
        );
        let answer = answered(&mut connection, &asked, contents().into());
        let result = &answer["result"];
        conforms(revision, "ReadResourceResult", result);
        belongs_to(revision, result, true);
        assert_eq!(result["contents"].as_array().unwrap().len(), 2);
        let meta = result["contents"][0].get("_meta");
        assert_eq!(
            meta.is_some(),
            revision >= Revision::V2025_06_18,
            "{revision}"
        );

        let asked = query(&mut connection, read);
        let cached = contents().with_cache(policy);
        let answer = answered(&mut connection, &asked, cached.into());
        if revision == NEW {
            assert_eq!(result["ttlMs"], 0, "unless it is said, nothing is kept");
            assert_eq!(answer["result"]["ttlMs"], 5);
            assert_eq!(answer["result"]["cacheScope"], "public");
        }
        assert_eq!(connection.in_flight(), 0);
    }
}

/// Promise: what isn't there is an error by the code of the revision, never an empty list.
#[test]
fn a_resource_that_is_not_there_is_an_error() {
    for revision in ALL {
        let code = match revision.era() {
            Era::Stateless => -32602,
            Era::Initialize => -32002,
        };
        let missing: [Answer; 2] = [
            RpcError::resource_not_found("log://gone").into(),
            ResourceContents::default().into(),
        ];
        for answer in missing {
            let mut connection = full(revision);
            let read = request(revision, 1, "resources/read", json!({"uri": "log://gone"}));
            let asked = query(&mut connection, read);
            let outcomes = connection.answer(asked.key, answer);
            let Outcome::Send(outgoing) = one(outcomes) else {
                panic!("an error")
            };
            assert_eq!(outgoing.http_status(), 200);
            let answer = parsed(&outgoing);
            assert_eq!(answer["error"]["code"], code, "{revision}");
            assert_eq!(answer["error"]["data"]["uri"], "log://gone");
        }
    }
}

/// Promise: a URI is a text of bounded length, wherever one is sent.
#[test]
fn a_uri_is_a_text_of_bounded_length() {
    let limit = format!("log://a/{}", "d".repeat(MAX_URI_BYTES - 8));
    let too_long = format!("{limit}d");
    for (revision, method) in [
        (NEW, "resources/read"),
        (OLD, "resources/read"),
        (OLD, "resources/subscribe"),
    ] {
        let mut connection = full(revision);
        for params in [json!({}), json!({"uri": 5}), json!({"uri": too_long})] {
            let refused = send(&mut connection, request(revision, 1, method, params));
            assert_eq!(refused["error"]["code"], -32602, "{method}");
        }
        let params = json!({"uri": limit});
        let message = request(revision, 1, method, params).to_string();
        let outcomes = connection.handle_frame(message.as_bytes());
        let fine = match &outcomes[0] {
            Outcome::Query(_) => true,
            Outcome::Send(answer) => parsed(answer).get("result").is_some(),
            _ => false,
        };
        assert!(fine, "{method}: {outcomes:?}");
    }
    let filter = json!({"notifications": {"resourceSubscriptions": [too_long]}});
    let listen = request(NEW, 1, "subscriptions/listen", filter);
    assert_eq!(send(&mut full(NEW), listen)["error"]["code"], -32602);
}

/// Promise: a server without the capability has none of the methods.
#[test]
fn without_the_capability_there_are_no_methods() {
    for revision in ALL {
        let mut connection = open_with(revision, server(), full_catalogue());
        for method in [
            "resources/list",
            "resources/templates/list",
            "resources/read",
            "resources/subscribe",
            "resources/unsubscribe",
        ] {
            let message = request(revision, 1, method, json!({"uri": "log://today"}));
            let refused = send(&mut connection, message);
            assert_eq!(refused["error"]["code"], -32601, "{revision} {method}");
        }
    }
}

fn dynamic(page_size: usize) -> Connection {
    let catalogue = Catalogue::builder()
        .dynamic_resources()
        .page_size(page_size)
        .build()
        .unwrap();
    open_with(NEW, full_server(), catalogue)
}

fn days(days: &[u32]) -> Answer {
    let day = |day: &u32| Resource::new(format!("log://h/{day}"), day.to_string());
    Answer::Resources(days.iter().map(day).collect())
}

fn page(connection: &mut Connection, cursor: Option<&str>, there_are: &[u32]) -> Value {
    let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
    let asked = query(connection, request(NEW, 1, "resources/list", params));
    assert_eq!(asked.kind, QueryKind::ListResources);
    answered(connection, &asked, days(there_are))
}

fn names(page: &Value) -> Vec<u32> {
    let resources = page["result"]["resources"].as_array().unwrap();
    let name = |resource: &Value| resource["name"].as_str().unwrap().parse().unwrap();
    resources.iter().map(name).collect()
}

/// Promise: where resources come and go between two pages, nothing that stays is missed or shown
/// twice, and a cursor whose resource has gone is refused.
#[test]
fn pages_of_resources_that_come_and_go() {
    let mut connection = dynamic(2);
    let first = page(&mut connection, None, &[1, 2, 3, 4, 5]);
    conforms(NEW, "ListResourcesResult", &first["result"]);
    belongs_to(NEW, &first["result"], true);
    assert_eq!(first["result"]["ttlMs"], 0, "it may change at once");
    assert_eq!(names(&first), [1, 2]);
    let cursor = first["result"]["nextCursor"].as_str().unwrap();
    assert_eq!(
        names(&page(&mut connection, Some(cursor), &[0, 2, 3, 4, 5])),
        [3, 4]
    );
    let last = page(&mut connection, Some(cursor), &[1, 2, 3]);
    assert_eq!(names(&last), [3]);
    assert!(last["result"].get("nextCursor").is_none());
    assert!(names(&page(&mut connection, Some(cursor), &[1, 2])).is_empty());
    for (cursor, there_are) in [
        (cursor, &[1, 3][..]),
        ("", &[1]),
        ("r-0", &[1]),
        (cursor, &[]),
    ] {
        let refused = page(&mut connection, Some(cursor), there_are);
        assert_eq!(refused["error"]["code"], -32602, "{cursor:?} {there_are:?}");
    }
    let exact = page(&mut connection, None, &[1, 2]);
    assert!(exact["result"].get("nextCursor").is_none());
    assert_eq!(connection.in_flight(), 0);
}

/// Promise: lists that stand in the catalogue come page by page, each with cursors of its own.
#[test]
fn pages_of_resources_that_stay() {
    let catalogue = |count: usize| {
        let mut builder = Catalogue::builder().page_size(2);
        for index in 0..count {
            builder = builder
                .resource(Resource::new(format!("log://h/{index}"), "log"))
                .template(ResourceTemplate::new(
                    format!("log{index}://{{day}}"),
                    "log",
                ));
        }
        builder.build().unwrap()
    };
    for revision in ALL {
        let mut connection = open_with(revision, full_server(), catalogue(3));
        let mut list = |method: &str, cursor: Option<&str>| {
            let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
            send(&mut connection, request(revision, 1, method, params))
        };
        let resources = list("resources/list", None);
        let templates = list("resources/templates/list", None);
        let cursor = resources["result"]["nextCursor"].as_str().unwrap();
        let rest = list("resources/list", Some(cursor));
        assert_eq!(rest["result"]["resources"].as_array().unwrap().len(), 1);
        assert!(rest["result"].get("nextCursor").is_none());
        let other = templates["result"]["nextCursor"].as_str().unwrap();
        let refused = list("resources/list", Some(other));
        assert_eq!(refused["error"]["code"], -32602, "a cursor of another list");
        let mut changed = open_with(revision, full_server(), catalogue(4));
        let params = json!({"cursor": cursor});
        let stale = send(&mut changed, request(revision, 1, "resources/list", params));
        assert_eq!(stale["error"]["code"], -32602);
    }
}

/// Promise: an answer of another kind than what was asked is the server's fault, and ends the
/// request all the same.
#[test]
fn an_answer_of_another_kind_is_an_error() {
    for revision in [NEW, OLD] {
        let mut connection = full(revision);
        let read = request(revision, 1, "resources/read", json!({"uri": "log://today"}));
        let asked = query(&mut connection, read.clone());
        let wrong = answered(&mut connection, &asked, days(&[1]));
        assert_eq!(wrong["error"]["code"], -32603);
        let asked = query(&mut connection, read.clone());
        let wrong = answered(&mut connection, &asked, ToolResult::text("x").into());
        assert_eq!(wrong["error"]["code"], -32603);
        let asked = query(&mut connection, read);
        let failed = answered(&mut connection, &asked, ToolResult::error("no disk").into());
        assert_eq!(failed["error"]["message"], "no disk");
        assert_eq!(connection.in_flight(), 0);
    }
}

/// Promise: what the older era doesn't know is ignored in it, and a client's own answers reach
/// who reads for the newer.
#[test]
fn answers_sent_along_reach_the_newer_era_alone() {
    let params = json!({"uri": "log://today", "inputResponses": 5, "requestState": 5});
    let none = json!({});
    let asked = query(
        &mut full(OLD),
        ask(OLD, 1, "resources/read", params.clone(), &none),
    );
    assert_eq!(asked.input, mcp_proto::Input::default());
    let refused = send(&mut full(NEW), ask(NEW, 1, "resources/read", params, &none));
    assert_eq!(refused["error"]["code"], -32602);
    let params = json!({"uri": "log://today", "inputResponses": {"a": {"action": "accept"}}, "requestState": "s"});
    let asked = query(&mut full(NEW), ask(NEW, 1, "resources/read", params, &none));
    assert!(asked.input.responses.unwrap().elicited("a").is_some());
    assert_eq!(asked.input.state.as_deref(), Some("s"));
}

/// Promise: what was read with the help of a client's own answers is for nobody else, and not for
/// the next time, whatever the host says of it.
#[test]
fn what_needed_answers_is_never_cached() {
    let policy = CachePolicy {
        ttl_ms: 5_000,
        public: true,
    };
    let sent_along = [
        json!({"uri": "log://today", "inputResponses": {}}),
        json!({"uri": "log://today", "requestState": "s"}),
    ];
    for params in sent_along {
        let mut connection = full(NEW);
        let asked = query(
            &mut connection,
            ask(NEW, 1, "resources/read", params, &json!({})),
        );
        let body = ResourceBody::text("log://today", "all is well");
        let contents = ResourceContents::one(body).with_cache(policy);
        let answer = answered(&mut connection, &asked, contents.into());
        assert_eq!(answer["result"]["ttlMs"], 0);
        assert_eq!(answer["result"]["cacheScope"], "private");
    }
}

/// Promise: a catalogue refuses what clients could not tell apart, or no URI could match.
#[test]
fn a_catalogue_refuses_ambiguous_resources() {
    let refuse = |builder: mcp_proto::CatalogueBuilder| builder.build().unwrap_err().to_string();
    let twice = Catalogue::builder().resource(today()).resource(today());
    assert!(refuse(twice).contains("another resource"));
    for form in [
        "log://{}",
        "log://{a}{b}",
        "log://{+a}",
        "log://{a",
        "log://a}",
    ] {
        let builder = Catalogue::builder().template(ResourceTemplate::new(form, "t"));
        assert!(refuse(builder).starts_with("template `log://"), "{form}");
    }
    let form = ResourceTemplate::new("log://{a}", "t");
    let twice = Catalogue::builder().template(form.clone()).template(form);
    assert!(refuse(twice).contains("another template"));
}
