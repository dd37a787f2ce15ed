//! Following a session: told of every change, and no use of it.

use std::time::Duration;

use rejoinder_session::{
    Follow, Followed, Input, Interact, Launch, Limits, Read, Seen, Session, State, Wait, Winsize,
};

const LONG: Duration = Duration::from_secs(60);

fn cat(limits: Limits) -> Session {
    let mut launch = Launch::new("me", "/bin/cat", &[]);
    launch.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
    launch.limits = limits;
    Session::start(&launch).unwrap()
}

async fn follow(session: &Session, seen: Option<Seen>, state: bool) -> Followed {
    let follow = Follow {
        seen,
        state,
        timeout: LONG,
    };
    session.follow(follow).await.unwrap()
}

async fn type_line(session: &Session, text: &str) {
    let answer = session.interact(Interact {
        input: Some(Input::line(text)),
        wait: Some(Wait::for_pattern("me", &format!("{text}\r\n"), LONG)),
        read: None,
    });
    answer.await.unwrap();
}

/// Promise: output ends a wait, and what was seen before it began does not.
#[tokio::test]
async fn output_is_a_change() {
    let session = cat(Limits::default());
    let now = follow(&session, None, false).await;
    type_line(&session, "one").await;
    let next = follow(&session, Some(now.seen), false).await;
    assert_eq!(next.status.end.get(), 10);
    let nothing = Follow {
        seen: Some(next.seen),
        state: false,
        timeout: Duration::from_millis(50),
    };
    let later = session.follow(nothing).await.unwrap();
    assert_eq!(later.seen, next.seen);
}

/// Promise: the state, and the terminal's size, are changes for those who want to know.
#[tokio::test]
async fn states_and_sizes_are_changes() {
    let session = cat(Limits::default());
    let mut now = follow(&session, None, true).await;
    while !now.status.state.is_waiting() {
        now = follow(&session, Some(now.seen), true).await;
    }
    let size = Winsize::new(50, 132).unwrap();
    session.resize(size).await.unwrap();
    let next = follow(&session, Some(now.seen), true).await;
    assert_ne!(next.seen, now.seen);
    assert_eq!(next.status.end, now.status.end);
}

/// Promise: the end is a change, and after it nothing is waited for.
#[tokio::test]
async fn the_end_is_a_change() {
    let session = cat(Limits::default());
    let now = follow(&session, None, false).await;
    let (ended, followed) = tokio::join!(
        session.terminate(Default::default()),
        follow(&session, Some(now.seen), false)
    );
    assert!(ended.unwrap().state.is_exited());
    assert!(matches!(followed.status.state, State::Exited(_)));
    let after = follow(&session, Some(followed.seen), false).await;
    assert!(matches!(after.status.state, State::Exited(_)));
}

/// Promise: whoever follows moves nobody's place and does not keep an idle session open.
#[tokio::test]
async fn following_is_no_use() {
    let limits = Limits {
        idle_timeout: Some(Duration::from_millis(300)),
        ..Limits::default()
    };
    let session = cat(limits);
    let mut now = follow(&session, None, true).await;
    while !now.status.state.is_exited() {
        now = follow(&session, Some(now.seen), true).await;
    }
    let session = cat(Limits::default());
    type_line(&session, "kept").await;
    follow(&session, None, true).await;
    let unread = session.interact(Interact {
        read: Some(Read::unread("me")),
        ..Interact::default()
    });
    assert_eq!(
        &unread.await.unwrap().output.unwrap().bytes[..],
        b"kept\r\nkept\r\n"
    );
}

/// Promise: a session is forgotten when it is closed, and not while it is only ended.
#[tokio::test]
async fn a_closed_session_is_forgotten() {
    let session = cat(Limits::default());
    let forgotten = session.forgotten();
    tokio::pin!(forgotten);
    session.terminate(Default::default()).await.unwrap();
    let at_once = tokio::time::timeout(Duration::from_millis(20), &mut forgotten).await;
    assert!(at_once.is_err());
    session.close().await.unwrap();
    forgotten.await;
}
