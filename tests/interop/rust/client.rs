//! The client's own half, and how it reaches the server.

use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use rmcp::ClientHandler;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult, ElicitationAction,
    ElicitationCapability, ErrorData, Implementation, ProgressNotificationParam, ProtocolVersion,
    ResourceUpdatedNotificationParam,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, RequestContext, RoleClient,
    RunningService,
};
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::plain;
use crate::transport::Served;

/// What a client is told of its server's resources.
#[derive(Debug)]
pub(super) enum Change {
    /// A resource is another now.
    Updated(String),
    /// The list is.
    List,
}

/// What a client hears apart from answers.
pub(super) struct Heard {
    /// How calls go on.
    pub(super) progress: UnboundedReceiver<ProgressNotificationParam>,
    /// Changes, as far as they belong to no stream.
    pub(super) changes: UnboundedReceiver<Change>,
}

/// The client's own half: it hands on what it is told of, and is who is asked when the server
/// asks: a person who says yes once, and no ever after.
pub(super) struct Listener {
    progress: UnboundedSender<ProgressNotificationParam>,
    changes: UnboundedSender<Change>,
    forms: Mutex<Vec<Value>>,
}

impl Listener {
    pub(super) fn new() -> (Self, Heard) {
        let (progress, heard_progress) = unbounded_channel();
        let (changes, heard_changes) = unbounded_channel();
        let listener = Self {
            progress,
            changes,
            forms: Mutex::default(),
        };
        let heard = Heard {
            progress: heard_progress,
            changes: heard_changes,
        };
        (listener, heard)
    }

    /// What the person was asked.
    pub(super) fn forms(&self) -> Vec<Value> {
        let forms = self.forms.lock();
        forms.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn answer(&self, form: &ElicitRequestParams) -> ElicitResult {
        let forms = self.forms.lock();
        let mut forms = forms.unwrap_or_else(PoisonError::into_inner);
        forms.push(plain(form));
        if forms.len() > 1 {
            return ElicitResult::new(ElicitationAction::Decline);
        }
        let content = json!({"approve": true});
        ElicitResult::new(ElicitationAction::Accept).with_content(content)
    }
}

// What nobody is interested in any more is not received.
impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        capabilities.elicitation = Some(ElicitationCapability::new());
        ClientConfig::new(capabilities, Implementation::new("rejoinder-interop", "1"))
    }

    async fn create_elicitation(
        &self,
        form: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(self.answer(&form))
    }

    async fn on_progress(
        &self,
        report: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        let _ = self.progress.send(report);
    }

    async fn on_resource_updated(
        &self,
        updated: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        let _ = self.changes.send(Change::Updated(updated.uri));
    }

    async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
        let _ = self.changes.send(Change::List);
    }
}

pub(super) type Client = RunningService<RoleClient, Listener>;

pub(super) async fn connect(served: &Served, mode: &str, listener: Listener) -> Client {
    let newest = vec![ProtocolVersion::V_2026_07_28];
    let lifecycle = match mode {
        "legacy" => ClientLifecycleMode::Initialize,
        "auto" => ClientLifecycleMode::Auto {
            preferred_versions: newest,
            legacy_version: None,
        },
        _ => ClientLifecycleMode::Discover {
            preferred_versions: newest,
        },
    };
    let client = match served.url() {
        Some(url) => {
            let transport = StreamableHttpClientTransport::from_uri(url);
            listener.serve_with_lifecycle(transport, lifecycle).await
        }
        None => {
            let target = served.target();
            let mut command = Command::new(&target[0]);
            command.args(&target[1..]);
            served.house(&mut command);
            let mut server = tokio::process::Command::from(command)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the server can be started");
            let output = server.stdout.take().expect("it is piped");
            let input = server.stdin.take().expect("it is piped");
            // It ends when its input does, and is collected by the runtime.
            listener
                .serve_with_lifecycle((output, input), lifecycle)
                .await
        }
    };
    client.expect("the client connects")
}
