//! The specification's example notifications, taken or given by a connection.

use mcp_proto::{ChangedList, LogLevel, Outcome};
use serde_json::{Value, json};

use crate::offer::{NEW, ask, one};
use crate::spec_examples::{call, connection};
use crate::spec_objects::object;
use crate::support::{json as parsed, sends};

/// A notification, or its parameters.
pub(crate) fn notification(kind: &str, value: &Value) {
    let params = match kind.ends_with("Params") {
        true => value,
        false => &value["params"],
    };
    if kind.starts_with("Cancelled") {
        return cancelled(params);
    }
    let ours = ours(kind, params);
    match kind.ends_with("Params") {
        false => assert_eq!(ours, *value),
        true => {
            // On a stream the notification also says which one it is.
            let mut params = object(&ours["params"]);
            params.remove("_meta");
            assert_eq!(Value::from(params), *value);
        }
    }
}

fn cancelled(params: &Value) {
    let mut connection = connection();
    let call = call(&mut connection, params["requestId"].clone());
    let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
    let outcome = one(connection.handle_frame(note.to_string().as_bytes()));
    let Outcome::Cancel { key, reason } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (key, reason.as_deref()),
        (call.key, params["reason"].as_str())
    );
}

/// The notification as a connection sends it.
fn ours(kind: &str, params: &Value) -> Value {
    let mut connection = connection();
    if kind.starts_with("Progress") || kind.starts_with("Logging") {
        let mut message = ask(
            NEW,
            1,
            "tools/call",
            json!({"name": "read_gauge"}),
            &json!({}),
        );
        let meta = &mut message["params"]["_meta"];
        meta["io.modelcontextprotocol/logLevel"] = "debug".into();
        meta["progressToken"] = params["progressToken"].clone();
        let Outcome::CallTool(call) = one(connection.handle_frame(message.to_string().as_bytes()))
        else {
            panic!("a call");
        };
        let note = match kind.starts_with("Progress") {
            true => connection.progress(
                call.key,
                params["progress"].as_f64().unwrap(),
                params["total"].as_f64(),
                params["message"].as_str(),
            ),
            false => {
                let level: LogLevel = params["level"].as_str().unwrap().parse().unwrap();
                connection.log(
                    Some(call.key),
                    level,
                    params["logger"].as_str(),
                    &params["data"],
                )
            }
        };
        return parsed(&note.unwrap());
    }
    let id = params.pointer("/_meta/io.modelcontextprotocol~1subscriptionId");
    let uri = params.get("uri").cloned();
    let uris: Vec<Value> = uri.clone().into_iter().collect();
    let everything = json!({
        "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        "resourceSubscriptions": uris
    });
    let filter = params.get("notifications").cloned().unwrap_or(everything);
    let id = id.cloned().unwrap_or_else(|| json!(1));
    let params = json!({"notifications": filter});
    let listen = ask(NEW, id, "subscriptions/listen", params, &json!({}));
    let mut outcomes = connection.handle_frame(listen.to_string().as_bytes());
    if kind == "SubscriptionsAcknowledgedNotification" {
        return sends(vec![outcomes.remove(0)]).remove(0);
    }
    let list = match kind {
        "ToolListChangedNotification" => ChangedList::Tools,
        "PromptListChangedNotification" => ChangedList::Prompts,
        "ResourceListChangedNotification" => ChangedList::Resources,
        _ => {
            let uri = uri.unwrap();
            return parsed(&connection.resource_updated(uri.as_str().unwrap())[0]);
        }
    };
    parsed(&connection.list_changed(list)[0])
}
