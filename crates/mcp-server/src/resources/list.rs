//! `resources/list`: what there is to be read of the caller's sessions.

use mcp_proto::{Annotations, Resource, RpcError};
use rejoinder_ansi::escape_hidden;
use rejoinder_session::{Info, Mode};

use super::address::View;
use crate::tools::Call;

/// Characters of a session's command in a description at most.
const MAX_COMMAND: usize = 120;

/// The caller's resources: sessions in the order of their start, and of each the same views.
pub(crate) async fn list(call: &Call) -> Result<Vec<Resource>, RpcError> {
    call.admit("resources/list", None)?;
    let reader = call.reader(None);
    let owner = &call.caller.owner;
    let infos = call.server.sessions().list(owner, &reader).await;
    for info in &infos {
        call.server.has_listed(info).await;
    }
    Ok(infos.iter().flat_map(of_session).collect())
}

/// What there is of one session: through pipes it has no screen, and it may not be recorded.
pub(crate) fn of_session(info: &Info) -> impl Iterator<Item = Resource> {
    let has_screen = info.identity.mode == Mode::Pty;
    let has_transcript = info.transcript.is_some();
    let is_there = move |view: &View| match view {
        View::Screen => has_screen,
        View::Transcript => has_transcript,
        View::Output | View::Info => true,
    };
    let views = View::ALL.into_iter().filter(is_there);
    views.map(|view| resource(info, view))
}

fn resource(info: &Info, view: View) -> Resource {
    let identity = &info.identity;
    let changed = humantime::format_rfc3339_millis(info.last_activity);
    let annotations = Annotations {
        last_modified: Some(changed.to_string()),
        ..Annotations::default()
    };
    Resource::new(
        view.uri(&identity.id.to_string()),
        format!("{}/{}", identity.name, view.name()),
    )
    .with_title(format!("{}: {}", identity.name, view.title()))
    .with_description(format!("{} {}", view.summary(), command(info)))
    .with_mime_type(view.mime_type())
    .with_annotations(annotations)
}

/// A session's command on one line, cut.
pub(crate) fn command(info: &Info) -> String {
    let mut command = info.identity.command.clone();
    for arg in &info.identity.args {
        command.push(' ');
        command.push_str(arg);
        if command.len() > 4 * MAX_COMMAND {
            break;
        }
    }
    let shown = escape_hidden(&command)
        .replace('\n', "\\n")
        .replace('\t', " ");
    match shown.char_indices().nth(MAX_COMMAND) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}
