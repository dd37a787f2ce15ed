//! What the server offers besides tools.

use rmcp::model::{
    GetPromptRequestParams, ReadResourceRequestParams, ServerNotification, SubscribeRequestParams,
    SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::Subscription;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::client::{Change, Client};
use super::{call, pages, plain, refused, request};
use crate::support::LEGACY;

const GUIDE: &str = "take_over_session";

/// Looks at all of it, and has a person asked.
pub(super) async fn explore(client: &Client, changes: &mut UnboundedReceiver<Change>) -> Value {
    let peer = client.peer();
    let templates = async |page| peer.list_resource_templates(page).await;
    let resources = pages(async |page| peer.list_resources(page).await, "resources").await;
    let uri = |name| uri(&resources, name);
    let in_uri = peer.complete_resource_argument("session://{id}/screen", "id", "s", None);
    let in_prompt = peer.complete_prompt_argument(GUIDE, "session", "s", None);
    let given = json!({"session": "sh", "aim": "say hello"});
    json!({
        "templates": pages(templates, "resourceTemplates").await,
        "resources": resources,
        "screen": plain(&client.read_resource(read(uri("sh/screen"))).await.expect("a screen")),
        "info": plain(&client.read_resource(read(uri("sh/info"))).await.expect("facts")),
        "no_such_resource": refused(client.read_resource(read("session://nobody/screen"))).await,
        "prompts": pages(async |page| peer.list_prompts(page).await, "prompts").await,
        "prompt": plain(&client.get_prompt(guide(&given)).await.expect("a prompt")),
        "bad_prompt": refused(client.get_prompt(guide(&json!({})))).await,
        "name_in_uri": {"completion": in_uri.await.expect("a completion")},
        "name_in_prompt": {"completion": in_prompt.await.expect("a completion")},
        "watched": watch(client, changes, uri("sh/output")).await,
    })
}

/// The URI of a listed resource.
fn uri<'a>(resources: &'a Value, name: &str) -> &'a str {
    let all = resources["resources"].as_array().into_iter().flatten();
    let mut named = all.filter(|resource| resource["name"] == name);
    let uri = named.next().and_then(|resource| resource["uri"].as_str());
    uri.unwrap_or_else(|| panic!("no {name}: {resources}"))
}

fn read(uri: &str) -> ReadResourceRequestParams {
    ReadResourceRequestParams::new(uri)
}

fn guide(arguments: &Value) -> GetPromptRequestParams {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    GetPromptRequestParams::new(GUIDE).with_arguments(arguments)
}

/// A resource that changes, and a list that does: by a program that a person agreed to, which ends
/// and is forgotten.
async fn watch(client: &Client, changes: &mut UnboundedReceiver<Change>, uri: &str) -> Value {
    let mut ear = Ear::on(client, changes, uri).await;
    let news = json!({"session_id": "sh", "text": "echo news", "press_enter": true});
    call(client.peer(), "send_input", news).await;
    ear.until(|heard| heard.updated.iter().any(|it| it == uri))
        .await;
    let start = || {
        let arguments = json!({"command": "uname -s", "timeout": 40});
        client.call_tool(request("start_process", arguments))
    };
    let allowed = start().await.expect("an answer");
    ear.until(|heard| heard.lists >= 1).await;
    let refused = start().await.expect("an answer");
    ear.until(|heard| heard.lists >= 2).await;
    let heard = ear.stop(client, uri).await;
    let forms = client.service().forms();
    json!({
        "changes": {"updated": heard.updated, "lists": heard.lists},
        "approval": {"allowed": allowed, "refused": refused, "forms": forms},
    })
}

/// Where changes are told.
enum Source<'a> {
    /// Where everything is that is not an answer.
    Connection(&'a mut UnboundedReceiver<Change>),
    /// On a stream of their own.
    Stream(Box<Subscription>),
}

/// What has been heard.
#[derive(Default)]
struct Heard {
    updated: Vec<String>,
    lists: usize,
}

/// Listens for changes of one resource and of the list, by the era's way.
struct Ear<'a> {
    source: Source<'a>,
    heard: Heard,
}

impl<'a> Ear<'a> {
    #[expect(deprecated, reason = "the older era has nothing else")]
    async fn on(client: &Client, changes: &'a mut UnboundedReceiver<Change>, uri: &str) -> Self {
        let server = client.peer_info().expect("the server has said who it is");
        let source = if server.protocol_version.as_str() == LEGACY {
            while changes.try_recv().is_ok() {}
            let subscribed = client.subscribe(SubscribeRequestParams::new(uri)).await;
            subscribed.expect("the resource can be subscribed to");
            Source::Connection(changes)
        } else {
            let filter = SubscriptionFilter::builder()
                .resources_list_changed()
                .resource_subscriptions([uri])
                .build();
            let stream = client.listen(filter).await.expect("there is a stream");
            Source::Stream(Box::new(stream))
        };
        let heard = Heard::default();
        Self { source, heard }
    }

    async fn until(&mut self, is_heard: impl Fn(&Heard) -> bool) {
        while !is_heard(&self.heard) {
            match self.next().await {
                Change::Updated(uri) => self.heard.updated.push(uri),
                Change::List => self.heard.lists += 1,
            }
        }
    }

    async fn next(&mut self) -> Change {
        let stream = match &mut self.source {
            Source::Connection(changes) => return changes.recv().await.expect("the client runs"),
            Source::Stream(stream) => stream,
        };
        match stream.next().await.expect("the stream is sound") {
            Some(ServerNotification::ResourceUpdatedNotification(updated)) => {
                Change::Updated(updated.params.uri)
            }
            Some(ServerNotification::ResourceListChangedNotification(_)) => Change::List,
            other => panic!("not asked for: {other:?}"),
        }
    }

    #[expect(deprecated, reason = "the older era has nothing else")]
    async fn stop(self, client: &Client, uri: &str) -> Heard {
        match self.source {
            Source::Connection(_) => client.unsubscribe(UnsubscribeRequestParams::new(uri)).await,
            Source::Stream(mut stream) => stream.cancel().await,
        }
        .expect("listening can be stopped");
        self.heard
    }
}
