//! Watching, with real programs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_channel::mpsc;
use mcp_proto::{ChangedList, RpcError};
use rejoinder_session::{Follow, Input, InputPart, Interact, Launch, Session, Termination};
use serde_json::json;
use tokio::task::JoinSet;

use super::address::View;
use super::follow::WINDOW;
use super::list::list;
use super::read::read;
use crate::config::Config;
use crate::guides;
use crate::serve::{Change, Changed, Event, Host};
use crate::server::Server;
use crate::tools::{Call, Caller};

const OWNER: &str = "ada";

fn server() -> Arc<Server> {
    let mut config = Config::default();
    config.sessions.outlive_server = false;
    Server::new(config).unwrap()
}

async fn start(server: &Server, script: &str) -> Session {
    let mut launch = Launch::new(OWNER, "/bin/sh", &["-c", script]);
    launch.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
    server.sessions().start(&launch).await.unwrap()
}

/// A watch, and what it tells.
fn watch(server: &Arc<Server>, uri: &str, owner: &str) -> mpsc::UnboundedReceiver<Event> {
    let (events, told) = mpsc::unbounded();
    let changed = Changed::new(uri, events);
    tokio::spawn(Host::watch(
        Arc::clone(server),
        uri.to_owned(),
        owner.into(),
        changed,
    ));
    told
}

/// The next update is heard; `None` once the watch has ended.
async fn update(told: &mut mpsc::UnboundedReceiver<Event>, uri: &str) -> Option<()> {
    match told.recv().await.ok()? {
        Event::Updated(changed) => {
            assert_eq!(changed.heard(), uri);
            Some(())
        }
        other => panic!("{other:?}"),
    }
}

/// Promise: a hundred watches on a session that floods are told, each no more than once in a
/// window, are told of its end, and end with it; the session is followed once for all of them.
#[tokio::test]
async fn a_hundred_watches_on_a_flood() {
    const UPDATES: u32 = 3;
    let server = server();
    let session = start(&server, "exec yes").await;
    let uri = View::Output.uri(&session.identity().id.to_string());
    let began = Instant::now();
    let mut watches = JoinSet::new();
    for _ in 0..100 {
        let mut told = watch(&server, &uri, OWNER);
        let uri = uri.clone();
        watches.spawn(async move {
            for _ in 0..UPDATES {
                update(&mut told, &uri).await.unwrap();
            }
            (told, uri)
        });
    }
    let watches = watches.join_all().await;
    assert!(began.elapsed() >= WINDOW * (UPDATES - 1));
    assert_eq!(server.followers().len(), 1);
    let how = Termination {
        force: true,
        ..Termination::default()
    };
    session.terminate(how).await.unwrap();
    for (mut told, uri) in watches {
        let mut last = 0;
        while update(&mut told, &uri).await.is_some() {
            last += 1;
        }
        assert!(last >= 1);
    }
    assert_eq!(server.followers().len(), 0);
}

/// Promise: a client that has been told that it watches is told of what happens from then on, also
/// of what happens before the session has been asked how it stands.
#[tokio::test]
async fn nothing_is_lost_before_a_watch_runs() {
    let server = server();
    let session = start(&server, "exec cat").await;
    let uri = View::Output.uri(&session.identity().name);
    let (events, mut told) = mpsc::unbounded();
    let changed = Changed::new(&uri, events);
    let watch = Host::watch(Arc::clone(&server), uri.clone(), OWNER.into(), changed);

    let follow = |seen| Follow {
        seen,
        state: false,
        timeout: Duration::from_secs(40),
    };
    let before = session.follow(follow(None)).await.unwrap();
    let news = Input {
        parts: vec![InputPart::Text(b"news\n".to_vec())],
        timeout: Duration::from_secs(40),
        expect_state: None,
        actor: None,
    };
    let typing = Interact {
        input: Some(news),
        wait: None,
        read: None,
    };
    session.interact(typing).await.unwrap();
    session.follow(follow(Some(before.seen))).await.unwrap();

    tokio::spawn(watch);
    update(&mut told, &uri).await.unwrap();
}

/// Promise: a watch that is given up is followed for no longer.
#[tokio::test]
async fn nobody_is_followed_for_nobody() {
    let server = server();
    let session = start(&server, "exec cat").await;
    let uri = View::Screen.uri(&session.identity().name);
    let (events, mut told) = mpsc::unbounded();
    let watch = Host::watch(
        Arc::clone(&server),
        uri.clone(),
        OWNER.into(),
        Changed::new(&uri, events),
    );
    let watching = tokio::spawn(watch);
    while server.followers().len() == 0 {
        tokio::task::yield_now().await;
    }
    watching.abort();
    assert!(told.recv().await.is_err());
    while server.followers().len() > 0 {
        tokio::task::yield_now().await;
    }
}

/// Promise: what is not there, is somebody else's or has ended never changes, and its watch ends.
#[tokio::test]
async fn nothing_is_told_of_what_is_not_there() {
    let server = server();
    let session = start(&server, "exec yes").await;
    let ended = start(&server, "exit 0").await;
    while !ended.is_exited() {
        tokio::task::yield_now().await;
    }
    let id = |session: &Session| session.identity().id.to_string();
    for (uri, owner) in [
        (View::Output.uri(&id(&session)), "eve"),
        (View::Output.uri("nobody"), OWNER),
        (View::Output.uri(&id(&ended)), OWNER),
        ("session://x/none".to_owned(), OWNER),
    ] {
        let mut told = watch(&server, &uri, owner);
        assert!(update(&mut told, &uri).await.is_none(), "{uri}");
    }
    assert_eq!(server.followers().len(), 0);
}

/// Promise: facts change with the state, though nothing is printed.
#[tokio::test]
async fn facts_change_with_the_state() {
    let server = server();
    let session = start(&server, "exec cat").await;
    let uri = View::Info.uri(&session.identity().name);
    let mut told = watch(&server, &uri, OWNER);
    // From running to waiting, unless it was so when the watch began.
    let waiting = tokio::time::timeout(Duration::from_millis(300), update(&mut told, &uri));
    let _ = waiting.await;
    let size = rejoinder_session::Winsize::new(40, 100).unwrap();
    session.resize(size).await.unwrap();
    update(&mut told, &uri).await.unwrap();
}

/// A call by somebody.
fn call(server: &Arc<Server>, owner: &str) -> Call {
    Call {
        server: Arc::clone(server),
        caller: Caller::quiet(owner),
        started: Instant::now(),
    }
}

/// Promise: to everybody else, somebody's session is as unknown as one that never was, to the
/// letter, wherever it could be named.
#[tokio::test]
async fn somebody_elses_session_is_unknown() {
    let server = server();
    let session = start(&server, "exec cat").await;
    let (ada, eve) = (call(&server, OWNER), call(&server, "eve"));
    let id = session.identity().id.to_string();
    for view in [View::Screen, View::Output, View::Info] {
        let uri = view.uri(&id);
        read(&ada, &uri).await.unwrap();
        let refused = read(&eve, &uri).await.unwrap_err();
        assert_eq!(refused, RpcError::resource_not_found(&uri));
    }
    assert_eq!(list(&ada).await.unwrap().len(), 3);
    assert_eq!(list(&eve).await.unwrap(), []);
    let take_over = |session: &str| {
        let arguments = json!({"session": session});
        arguments.as_object().cloned().unwrap()
    };
    let guide = "take_over_session";
    guides::get(&ada, guide, take_over(&id)).await.unwrap();
    let foreign = guides::get(&eve, guide, take_over(&id)).await;
    let unknown = guides::get(&eve, guide, take_over("nobody")).await;
    assert_eq!(foreign.unwrap_err(), unknown.unwrap_err());
}

/// Promise: a session that begins and one that is forgotten change the list of its owner.
#[tokio::test]
async fn the_list_changes_with_its_sessions() {
    let server = server();
    let mut changes = server.changes();
    let session = start(&server, "exec cat").await;
    server.has_started(&session);
    let change = Change {
        list: ChangedList::Resources,
        principal: Some(OWNER.into()),
    };
    assert_eq!(changes.recv().await.unwrap(), change);
    // It is known already: its end is told once.
    list(&call(&server, OWNER)).await.unwrap();
    session.terminate(Termination::default()).await.unwrap();
    session.close().await.unwrap();
    assert_eq!(changes.recv().await.unwrap(), change);
    assert!(changes.try_recv().is_err());
}
