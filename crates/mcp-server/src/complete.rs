//! Completion: values for the arguments of guides and the names in templates.

mod hosts;
mod programs;
mod rank;

use mcp_proto::{Completion, CompletionRequest, CompletionTarget, RpcError};

use crate::guides;
use crate::resources::address::View;
use crate::tools::Call;

/// What the values of an argument are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Values {
    /// Anything: nothing is suggested.
    Free,
    /// One of these.
    Words(&'static [&'static str]),
    /// The caller's sessions, by name and by id.
    Sessions,
    /// Hosts that this user's ssh knows.
    Hosts,
    /// Programs on the search path.
    Programs,
}

/// Values that fit what was typed, best first.
pub(crate) async fn complete(
    call: &Call,
    request: &CompletionRequest,
) -> Result<Completion, RpcError> {
    call.admit("completion/complete", None)?;
    let values = match &request.target {
        CompletionTarget::Resource(template) => match View::of_template(template) {
            Some(_) => Values::Sessions,
            None => Values::Free,
        },
        CompletionTarget::Prompt(name) => guides::values(name, &request.argument),
    };
    let typed = request.value.as_str();
    let found = match values {
        Values::Free => Vec::new(),
        Values::Words(words) => rank::rank(typed, words.iter().map(ToString::to_string)),
        Values::Sessions => rank::rank(typed, sessions(call).await),
        Values::Hosts => rank::rank(typed, in_background(hosts::known).await),
        Values::Programs => {
            let typed = typed.to_owned();
            in_background(move || programs::like(&typed)).await
        }
    };
    Ok(Completion::of(found))
}

/// The names of the caller's sessions, the youngest first, then their ids.
async fn sessions(call: &Call) -> Vec<String> {
    let owner = &call.caller.owner;
    let infos = call
        .server
        .sessions()
        .list(owner, &call.caller.reader)
        .await;
    let youngest_first = || infos.iter().rev().map(|info| &info.identity);
    let names = youngest_first().map(|identity| identity.name.clone());
    let ids = youngest_first().map(|identity| identity.id.to_string());
    names.chain(ids).collect()
}

/// Reads files where that holds nobody up; nothing, should it fail.
async fn in_background<F>(find: F) -> Vec<String>
where
    F: FnOnce() -> Vec<String> + Send + 'static,
{
    tokio::task::spawn_blocking(find).await.unwrap_or_default()
}
