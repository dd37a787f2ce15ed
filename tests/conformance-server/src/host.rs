//! What is served: the one thing that tools, prompts and resources share.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use mcp_proto::{
    Answer, Catalogue, ChangedList, Implementation, InvalidArguments, PromptsCapability, Query,
    QueryKind, ResourcesCapability, RpcError, Server, ServerCapabilities, ToolCall, ToolResult,
};
use mcp_server::serve::{Change, Changed, Host, Requester, Watch, Work};
use tokio::sync::{broadcast, watch};

use crate::seals::Seals;
use crate::tools::{self, Call, Run, Slow};
use crate::{prompts, resources};

/// Changes of lists that are kept for a connection that is slow to hear of them.
const CHANGES_HELD: usize = 64;

/// The server of the conformance suite.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use conformance_server::Fixture;
/// use mcp_server::serve::Host;
///
/// let fixture: Arc<dyn Host> = Fixture::new()?;
/// assert!(fixture.catalogue().borrow().get("test_simple_text").is_some());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct Fixture {
    face: Arc<Server>,
    tools: HashMap<Arc<str>, Run>,
    /// Without and with the tool that comes and goes.
    catalogues: [Arc<Catalogue>; 2],
    offered: watch::Sender<Arc<Catalogue>>,
    changes: broadcast::Sender<Change>,
    /// Who keeps what the client carries between two rounds from being changed on the way.
    pub(crate) seals: Seals,
    /// How often the watched resource changed.
    pub(crate) edition: watch::Sender<u64>,
    pub(crate) slow: Slow,
}

impl Fixture {
    /// A server with a key of its own.
    ///
    /// # Errors
    ///
    /// When the system has no randomness for the key.
    pub fn new() -> anyhow::Result<Arc<Self>> {
        let catalogue = |with_extra| -> anyhow::Result<Arc<Catalogue>> {
            let builder = tools::offer(Catalogue::builder(), with_extra);
            let builder = resources::offer(prompts::offer(builder));
            let catalogue = builder.build().context("in the catalogue")?;
            Ok(Arc::new(catalogue))
        };
        let catalogues = [catalogue(false)?, catalogue(true)?];
        Ok(Arc::new(Self {
            face: Arc::new(face()),
            tools: tools::by_name(),
            offered: watch::Sender::new(Arc::clone(&catalogues[0])),
            catalogues,
            changes: broadcast::Sender::new(CHANGES_HELD),
            seals: Seals::new()?,
            edition: watch::Sender::new(0),
            slow: Slow::default(),
        }))
    }

    /// Adds a tool to the list, or takes it away again.
    pub(crate) fn change_tools(&self) {
        self.offered.send_modify(|now| {
            let [without, with] = &self.catalogues;
            let next = match Arc::ptr_eq(now, without) {
                true => with,
                false => without,
            };
            *now = Arc::clone(next);
        });
    }

    /// Says to everybody that a list changed.
    pub(crate) fn announce(&self, list: ChangedList) {
        let change = Change {
            list,
            principal: None,
        };
        // Without a connection there is nobody to tell.
        let _ = self.changes.send(change);
    }
}

fn face() -> Server {
    let me = Implementation::new("rejoinder-conformance-server", env!("CARGO_PKG_VERSION"));
    let capabilities = ServerCapabilities::new()
        .with_tools_list_changed()
        .with_prompts(PromptsCapability { list_changed: true })
        .with_resources(ResourcesCapability {
            subscribe: true,
            list_changed: true,
        })
        .with_completions()
        .with_logging();
    Server::new(me)
        .with_instructions("What is here is for the conformance suite.")
        .with_capabilities(capabilities)
}

impl Host for Fixture {
    fn face(&self) -> Arc<Server> {
        Arc::clone(&self.face)
    }

    fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.offered.subscribe()
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn call(self: Arc<Self>, call: ToolCall, requester: Requester) -> Work {
        let Some(run) = self.tools.get(&call.name).cloned() else {
            let error = RpcError::internal("Internal error: a tool is listed that is not there");
            return Box::pin(std::future::ready(error.into()));
        };
        run(Call {
            fixture: self,
            call,
            requester,
        })
    }

    fn refuse(&self, call: &ToolCall, why: &InvalidArguments, _requester: &Requester) -> Answer {
        ToolResult::error(format!(
            "the arguments of {} are not right\n{why}",
            call.name
        ))
        .into()
    }

    fn query(self: Arc<Self>, query: Query, _requester: Requester) -> Work {
        let answer = match query.kind {
            QueryKind::ReadResource { uri } => resources::read(&uri, *self.edition.borrow()),
            QueryKind::GetPrompt { name, arguments } => {
                prompts::get(&name, &arguments, &query.input)
            }
            QueryKind::Complete(request) => prompts::complete(&request).into(),
            _ => RpcError::internal("Internal error: not answered here").into(),
        };
        Box::pin(std::future::ready(answer))
    }

    fn watch(self: Arc<Self>, uri: String, _principal: Arc<str>, changed: Changed) -> Watch {
        let mut edition = self.edition.subscribe();
        Box::pin(async move {
            if uri != resources::WATCHED {
                return std::future::pending().await;
            }
            while edition.changed().await.is_ok() {
                changed.tell();
            }
        })
    }
}

impl std::fmt::Debug for Fixture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixture")
            .field("tools", &self.tools.len())
            .finish_non_exhaustive()
    }
}
