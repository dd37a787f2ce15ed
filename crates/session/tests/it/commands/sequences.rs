//! Commands one after the other: questions, jobs, timeouts, shells in shells,
//! and everything that a person may do to a prompt.

use std::time::Duration;

use rejoinder_session::{ErrorKind, Input, InputPart, Interact, Key, RunEnd, Signal, SignalTarget};

use super::super::input::{self, ends};
use super::{Place, start, text};

/// Every shell in which the sequences are run.
const SHELLS: &[(&str, bool)] = &[
    ("bash", true),
    ("zsh", true),
    ("fish", true),
    ("dash", false),
    ("busybox sh", false),
];

/// Promise: a command that asks is answered for when it does; the answer after
/// its end tells how it ended.
#[tokio::test]
async fn a_command_that_asks() {
    for (line, integrate) in SHELLS {
        let place = start(line, *integrate, &[]);
        let ask = "sh -c 'printf \"Name: \"; read name; echo \"hello $name\"; exit 5'";
        let ran = place.run(ask).await;
        assert_eq!(
            (ran.end, ran.output.as_str()),
            (RunEnd::Waiting, "Name: "),
            "{line}"
        );
        assert_eq!(
            (ran.exit, ran.state.as_str()),
            (None, "waiting:line"),
            "{line}"
        );
        // Nothing is typed into it as a command.
        let error = place.try_run("echo no", input::PATIENCE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongState, "{line}");
        let answered = place.answer("Ada").await;
        assert!(text(&answered).contains("hello Ada"), "{line}");
        assert_eq!(answered.status.state.to_string(), "prompt", "{line}");
        let ended = answered.ended.unwrap();
        assert_eq!(ended.exit_code, Some(5), "{line}");
        assert!(ended.command.starts_with("sh -c 'printf"), "{line}");
        let next = place.run("echo next").await;
        assert_eq!(
            (next.output.as_str(), next.exit),
            ("next\r\n", Some(0)),
            "{line}"
        );
        ends(&place.session).await;
    }
}

/// Promise: a password is not echoed, and its prompt ends the wait.
#[tokio::test]
async fn a_command_that_asks_for_a_password() {
    let place = start("bash", true, &[]);
    let ran = place
        .run("read -s -p 'Password: ' secret; echo; echo \"${#secret} letters\"")
        .await;
    assert_eq!(
        (ran.end, ran.state.as_str()),
        (RunEnd::Waiting, "waiting:password")
    );
    let error = place.try_run("echo no", input::PATIENCE).await.unwrap_err();
    assert!(error.to_string().contains("asks for a password"), "{error}");
    let answered = place.answer("hunter2").await;
    assert!(text(&answered).contains("7 letters") && !text(&answered).contains("hunter2"));
    ends(&place.session).await;
}

/// Promise: a command that runs on after the timeout is not killed, nothing is
/// typed into it, and its end is told.
#[tokio::test]
async fn a_timeout_is_not_the_end() {
    for (line, integrate) in SHELLS {
        let place = start(line, *integrate, &[]);
        let fifo = place.home.path().join("fifo");
        place.run(&format!("mkfifo {}", fifo.display())).await;
        // Opened for reading and writing, so that nothing waits for the other end.
        let command = format!(
            "sh -c 'exec 3<>{}; echo begun; read x <&3; echo \"got $x\"; exit 9'",
            fifo.display()
        );
        let ran = place
            .try_run(&command, Duration::from_millis(300))
            .await
            .unwrap();
        assert_eq!(ran.end, RunEnd::Timeout, "{line}");
        let error = place.try_run("echo no", input::PATIENCE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongState, "{line}: {error}");
        std::fs::write(&fifo, "it\n").unwrap();
        let seen = place.sees(None, "got it").await;
        let next = loop {
            // The prompt may take a moment.
            match place.try_run("echo next", input::PATIENCE).await {
                Ok(ran) => break ran,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WrongState, "{line}: {error}"),
            }
        };
        assert_eq!(&next.output.bytes[..], b"next\r\n", "{line}");
        let before = seen.ended.or(next.before).unwrap();
        assert_eq!(before.exit_code, Some(9), "{line}");
        ends(&place.session).await;
    }
}

/// Promise: a command in the background returns at once, and the notice of its
/// end is not part of the next command's output.
#[tokio::test]
async fn jobs_in_the_background() {
    for (line, integrate) in SHELLS {
        let place = start(line, *integrate, &[]);
        let fifo = place.home.path().join("fifo");
        place.run(&format!("mkfifo {}", fifo.display())).await;
        let ran = place
            .run(&format!("sh -c 'exec cat <{}' &", fifo.display()))
            .await;
        assert_eq!((ran.end, ran.exit), (RunEnd::Ended, Some(0)), "{line}");
        // The job ends while the shell is at its prompt.
        let pids = place.run("true").await;
        assert_eq!(pids.output, "", "{line}");
        let write = fifo.clone();
        tokio::task::spawn_blocking(move || std::fs::write(write, "from the job\n").unwrap())
            .await
            .unwrap();
        place.sees(None, "from the job").await;
        gone(&place, "cat").await;
        let ran = place.run("/bin/echo next").await;
        assert_eq!(ran.output, "next\r\n", "{line}");
        ends(&place.session).await;
    }
}

/// Waits until the session's shell has no child of this name that lives.
async fn gone(place: &Place, name: &str) {
    let shell = place.session.identity().pid;
    let lives = move || {
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"))
            .unwrap_or_default();
        children.split_whitespace().any(|child| {
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            stat.contains(&format!("({name})")) && !stat.contains(") Z ")
        })
    };
    while lives() {
        tokio::task::yield_now().await;
    }
}

/// Promise: a shell started in another is found out, taught and left again.
#[tokio::test]
async fn shells_in_shells() {
    for (line, integrate) in SHELLS {
        for inner in [
            "bash --norc",
            "dash",
            "fish --no-config",
            "zsh -f",
            "busybox sh",
        ] {
            let place = start(line, *integrate, &[]);
            place.run("true").await;
            let what = format!("{inner} in {line}");
            let ran = place
                .try_run(inner, Duration::from_millis(1500))
                .await
                .unwrap();
            assert!(
                matches!(ran.end, RunEnd::Waiting | RunEnd::Timeout),
                "{what}: {ran:?}"
            );
            let ran = place.run("echo inside; cd /usr").await;
            assert_eq!(
                (ran.output.as_str(), ran.cwd.as_deref()),
                ("inside\r\n", Some("/usr")),
                "{what}"
            );
            let ran = place.run("sh -c 'exit 3'").await;
            assert_eq!(ran.exit, Some(3), "{what}");
            let ran = place.run("exit 4").await;
            assert_eq!(
                (ran.end, ran.exit, ran.state.as_str()),
                (RunEnd::Ended, Some(4), "prompt"),
                "{what}"
            );
            let ran = place.run("pwd").await;
            assert_eq!(ran.output, "/\r\n", "{what}");
            ends(&place.session).await;
        }
    }
}

/// Promise: the end of the shell is the end of the session, and told as such.
#[tokio::test]
async fn the_shell_ends() {
    for (line, integrate) in SHELLS {
        for command in ["exit 6", "exec sh -c 'exit 6'"] {
            let place = start(line, *integrate, &[]);
            let ran = place.run(command).await;
            assert_eq!(
                (ran.end, ran.state.as_str()),
                (RunEnd::Exited, "exited"),
                "{line}: {command}"
            );
            let error = place.try_run("true", input::PATIENCE).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Exited);
        }
    }
    let place = start("bash", true, &[]);
    let ran = place
        .run("set -e\ntrue\necho before\nfalse\necho after")
        .await;
    assert_eq!(ran.end, RunEnd::Exited);
    assert_eq!(ran.output, "before\r\n");
}

/// Promise: a shell in the place of another is a shell again.
#[tokio::test]
async fn exec_of_another_shell() {
    for next in ["dash", "bash --norc", "zsh -f"] {
        let place = start("bash", true, &[]);
        let ran = place
            .try_run(&format!("exec {next}"), Duration::from_millis(1500))
            .await
            .unwrap();
        assert!(
            matches!(ran.end, RunEnd::Waiting | RunEnd::Timeout),
            "{next}"
        );
        let ran = place.run("echo here").await;
        assert_eq!(
            (ran.output.as_str(), ran.exit),
            ("here\r\n", Some(0)),
            "{next}"
        );
        ends(&place.session).await;
    }
}

/// Promise: a program that has the terminal is named, with what to press, and
/// gets nothing typed.
#[tokio::test]
async fn programs_that_have_the_terminal() {
    for (command, name, press) in [
        ("less /etc/passwd", "less", "`q`"),
        ("vi -u NONE -N /tmp/none", "vi", ":q!"),
        ("top", "top", "`q`"),
        ("cat", "cat", "`C-d`"),
        ("sleep 1000", "sleep", "`C-c`"),
    ] {
        let place = start("bash", true, &[]);
        let ran = place
            .try_run(command, Duration::from_millis(1000))
            .await
            .unwrap();
        assert!(
            matches!(ran.end, RunEnd::Waiting | RunEnd::Timeout),
            "{command}"
        );
        let typed = place.session.journal().await.unwrap().len();
        let error = place.try_run("echo no", input::PATIENCE).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongState, "{command}");
        assert!(error.to_string().contains(name), "{command}: {error}");
        assert!(
            error.remedy().contains(press),
            "{command}: {}",
            error.remedy()
        );
        assert_eq!(
            place.session.journal().await.unwrap().len(),
            typed,
            "nothing was typed"
        );
        ends(&place.session).await;
    }
}

/// Promise: what stands half typed at the prompt is not run with a command.
#[tokio::test]
async fn a_half_typed_line_is_left_alone() {
    let place = start("bash", true, &[]);
    place.run("true").await;
    let half = Interact {
        input: Some(Input {
            parts: vec![InputPart::Text(b"rm -rf /non".to_vec())],
            ..Input::line("")
        }),
        ..Interact::default()
    };
    place.session.interact(half).await.unwrap();
    let error = place.try_run("echo hi", input::PATIENCE).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("typed at the shell's prompt already"),
        "{error}"
    );
    let key: Key = "C-c".parse().unwrap();
    let drop = Interact {
        input: Some(Input {
            parts: vec![InputPart::Key(key)],
            ..Input::line("")
        }),
        ..Interact::default()
    };
    place.session.interact(drop).await.unwrap();
    let ran = place.run("echo hi").await;
    assert_eq!(ran.output, "hi\r\n");
    ends(&place.session).await;
}

/// Promise: an interrupted command has ended, with the code that the shell gives it.
#[tokio::test]
async fn an_interrupt_ends_a_command() {
    for (line, integrate) in SHELLS {
        let place = start(line, *integrate, &[]);
        let ran = place
            .try_run("sleep 1000", Duration::from_millis(500))
            .await
            .unwrap();
        assert_eq!(ran.end, RunEnd::Timeout, "{line}");
        place
            .session
            .signal(Signal::INT, SignalTarget::Foreground)
            .await
            .unwrap();
        let next = loop {
            match place.try_run("echo next", input::PATIENCE).await {
                Ok(ran) => break ran,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WrongState, "{line}: {error}"),
            }
        };
        assert_eq!(&next.output.bytes[..], b"next\r\n", "{line}");
        assert_eq!(
            next.before.and_then(|before| before.exit_code),
            Some(130),
            "{line}"
        );
        ends(&place.session).await;
    }
}

/// Promise: output that has passed the ring is counted.
#[tokio::test]
async fn more_output_than_is_kept() {
    let place = start("bash", true, &[]);
    let ran = place
        .try_run(
            "head -c 3000000 /dev/zero | tr '\\0' x; (exit 2)",
            input::PATIENCE,
        )
        .await
        .unwrap();
    assert_eq!(ran.exit_code, Some(2));
    assert_eq!(
        ran.output.dropped + ran.output.bytes.len() as u64,
        3_000_000
    );
    ends(&place.session).await;
}
