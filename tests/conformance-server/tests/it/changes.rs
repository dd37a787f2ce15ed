//! Lists and resources that change.

use serde_json::{Value, json};

use crate::support::Client;

fn names(answer: &Value) -> Vec<&str> {
    let tools = answer["result"]["tools"].as_array();
    let tools = tools.unwrap_or_else(|| panic!("no tools in {answer}"));
    tools.iter().filter_map(|it| it["name"].as_str()).collect()
}

/// Promise: the list of tools is another after the call that changes it, a client is told, and a
/// second call changes it back.
#[tokio::test]
async fn a_tool_comes_and_goes() {
    let mut client = Client::initialized().await;
    for there in [true, false] {
        client.request(
            1,
            "tools/call",
            &json!({"name": "test_trigger_tool_change"}),
        );
        let mut both = [client.hear().await, client.hear().await];
        both.sort_by_key(|message| message["id"].is_null());
        assert_eq!(both[0]["id"], 1);
        assert_eq!(both[1]["method"], "notifications/tools/list_changed");
        client.request(2, "tools/list", &json!({}));
        let list = client.hear().await;
        assert_eq!(names(&list).contains(&"test_sometimes"), there);
        assert!(!names(&list).contains(&"test_slow"));
    }
}

/// Promise: who subscribed to the resource that changes is told when it does, and reads the new
/// contents.
#[tokio::test]
async fn a_watched_resource_is_told_of() {
    let mut client = Client::initialized().await;
    let uri = json!({"uri": "test://watched-resource"});
    client.request(1, "resources/subscribe", &uri);
    assert_eq!(client.hear().await["result"], json!({}));
    // The watch begins when its task does.
    tokio::task::yield_now().await;
    client.request(
        2,
        "tools/call",
        &json!({"name": "test_touch_watched_resource"}),
    );
    let mut both = [client.hear().await, client.hear().await];
    both.sort_by_key(|message| message["id"].is_null());
    assert_eq!(both[1]["method"], "notifications/resources/updated");
    assert_eq!(both[1]["params"], uri);
    client.request(3, "resources/read", &uri);
    let contents = client.hear().await;
    let text = &contents["result"]["contents"][0]["text"];
    assert_eq!(text, "This has changed 1 times.");
}
