//! Sessions of which several parts, or several of which, work at the same time.

use rejoinder_expect::pty::Command;
use rejoinder_expect::{AsyncSession, Key, Session};
use std::time::Duration;

use crate::session::{options, runtime, shell};

/// Guards: one thread can wait while another sends.
#[test]
fn a_split_session_waits_and_sends_at_the_same_time() {
    let session = Session::spawn_with(&Command::new("cat"), options()).expect("it starts");
    let (mut reader, mut writer) = session.split();
    let typist = std::thread::spawn(move || {
        writer
            .send_line("one")
            .and_then(|()| writer.send("two\n"))?;
        writer.send_keys([Key::Char('3'), Key::Enter])?;
        writer.send_control('d')
    });
    reader.expect("one").expect("the first");
    reader.expect("two").expect("the second");
    reader.expect("3\r\n").expect("the third");
    reader.expect_eof().expect("the end");
    typist.join().expect("no panic").expect("all sent");
}

/// Guards: the same for tasks.
#[test]
fn a_split_async_session_waits_and_sends_at_the_same_time() {
    runtime().block_on(async {
        let session = AsyncSession::spawn_with(&Command::new("cat"), options()).expect("it starts");
        let (mut reader, mut writer) = session.split();
        let typist = tokio::spawn(async move {
            writer.send_line("one").await?;
            writer.send_control('d').await
        });
        reader.expect("one").await.expect("it echoes");
        reader.expect_eof().await.expect("the end");
        typist.await.expect("no panic").expect("all sent");
    });
}

/// Guards: a wait that is dropped half-way has lost nothing.
#[test]
fn a_dropped_wait_loses_nothing() {
    runtime().block_on(async {
        let command = shell("echo one; read x; echo two; read x");
        let mut session = AsyncSession::spawn_with(&command, options()).expect("it starts");
        for _ in 0..3 {
            let wait = session.expect("never");
            let cut = tokio::time::timeout(Duration::from_millis(5), wait).await;
            assert!(cut.is_err(), "it was dropped");
        }
        session.expect("one").await.expect("still there");
        session.send_line("").await.expect("it reads");
        session.expect("two").await.expect("and on");
    });
}

/// Guards: many sessions run in one thread at the same time.
#[test]
fn many_sessions_at_once() {
    runtime().block_on(async {
        let mut tasks = Vec::new();
        for number in 0..50 {
            tasks.push(tokio::spawn(async move {
                let script = format!("read x; echo \"$x is {number}\"");
                let mut session = AsyncSession::spawn_with(&shell(&script), options())?;
                session.send_line("this").await?;
                session.expect(&format!("this is {number}\r\n")).await?;
                session.wait().await
            }));
        }
        for task in tasks {
            assert_eq!(
                task.await.expect("no panic").expect("it answers").code(),
                Some(0)
            );
        }
    });
}

/// Guards: a person takes over an async session too, and hands it back.
#[test]
fn a_person_takes_over_an_async_session() {
    use rejoinder_expect::{InteractEnd, InteractOptions};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    runtime().block_on(async {
        let command = shell("echo hello; read x; echo \"got $x\"; read x; echo \"then $x\"");
        let mut session = AsyncSession::spawn_with(&command, options()).expect("it starts");
        let (mut keyboard, input) = tokio::io::duplex(64);
        let (screen, mut seen) = tokio::io::duplex(4096);
        let person = async move {
            let mut shown = Vec::new();
            keyboard.write_all(b"this\n").await.expect("somebody reads");
            while !shown.ends_with(b"got this\r\n") {
                seen.read_buf(&mut shown).await.expect("somebody writes");
            }
            keyboard.write_all(b"\x1d").await.expect("somebody reads");
            (keyboard, seen)
        };
        let person = tokio::spawn(person);
        let end = session
            .interact_with(input, screen, InteractOptions::default())
            .await;
        assert_eq!(end.expect("it goes on"), InteractEnd::Escaped);
        let _kept_open = person.await.expect("no panic");
        session.send_line("that").await.expect("it reads");
        session
            .expect("then that")
            .await
            .expect("the session goes on");
    });
}
