//! A server with one tool that asks back, and a client of it, with memory between them.

use mcp_proto::{
    Answer, CallContext, Client, Elicited, Implementation, InputRequest, InputRequired, Loopback,
    Revision, Server, Service, Tool, ToolDefinition, arguments,
};
use serde_json::json;

arguments! {
    struct Echo {
        /// What to say.
        text: String,
    }
}

/// Says what you say, in a voice of the user's choice.
struct Echoing;

impl Tool for Echoing {
    type Arguments = Echo;

    fn definition(&self) -> ToolDefinition {
        ToolDefinition::new("echo", "Says what you say.")
            .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn call(&self, echo: Echo, call: &CallContext<'_>) -> Answer {
        match call.elicited("loud") {
            Some(Elicited::Accepted(form)) if form.get("loud") == Some(&json!(true)) => {
                echo.text.to_uppercase().into()
            }
            Some(_) => echo.text.into(),
            None => {
                let loud = json!({"loud": {"type": "boolean", "title": "Loud?"}});
                let schema = json!({"type": "object", "properties": loud});
                InputRequired::one("loud", InputRequest::form("How?", schema)).into()
            }
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new(Implementation::new("echo", "1.0.0"));
    let service = Service::builder(server).tool(Echoing).build()?;
    // The tool does not notice how a revision asks; by a request or by an answer.
    for revision in [Revision::V2026_07_28, Revision::V2025_11_25] {
        let mut client = Client::new(Implementation::new("caller", "1.0.0")).with_capabilities(
            [("elicitation".to_owned(), json!({}))]
                .into_iter()
                .collect(),
        );
        client.assume(revision);
        let mut wire = Loopback::new(&service, client)
            .answering(|_, _| Ok(json!({"action": "accept", "content": {"loud": true}})));
        if revision == Revision::V2025_11_25 {
            wire.initialize(revision)?;
        }
        let heard = wire.call_tool("echo", json!({"text": "hello"}))?;
        println!("speaking {revision}, heard {:?}", heard.text());
    }
    Ok(())
}
