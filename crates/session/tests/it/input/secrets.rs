//! Secrets: typed only where nothing shows them, masked in what programs print.

use rejoinder_session::{
    Actor, ErrorKind, InputPart, Interact, Launch, Mode, Read, Secret, SecretBytes, SecretVariable,
    Session,
};

use super::{ME, all, by, ends, input, sees, start, text, types};

/// What nobody is to see.
const VALUE: &str = "swordfish";

/// What it is shown as.
const MASKED: &str = "*********";

fn value() -> SecretBytes {
    SecretBytes::new(VALUE.as_bytes().to_vec().into())
}

/// The secret and its Enter, to be typed where echo is off or at these prompts.
fn secret(prompts: &[&str]) -> Vec<InputPart> {
    let secret = Secret {
        name: "word".to_owned(),
        value: value(),
        prompts: prompts.iter().map(|&prompt| prompt.to_owned()).collect(),
        programs: Vec::new(),
    };
    vec![InputPart::Secret(Box::new(secret)), InputPart::Enter]
}

fn sh(script: &str) -> Session {
    start("sh", &["-c", script])
}

/// All that was printed until the program's end.
async fn output(session: &Session) -> String {
    let answer = session
        .interact(Interact {
            wait: Some(rejoinder_session::Wait::for_pattern(
                ME,
                "never printed",
                super::PATIENCE,
            )),
            read: Some(Read {
                since: Some(rejoinder_session::Offset::ZERO),
                ..Read::unread(ME)
            }),
            ..Interact::default()
        })
        .await
        .unwrap();
    assert!(answer.status.state.is_exited(), "{answer:?}");
    String::from_utf8(answer.output.unwrap().bytes.to_vec()).unwrap()
}

/// Promise: a secret waits for the program to turn echo off, goes in whole with its Enter, and is
/// masked where the program prints it.
#[tokio::test]
async fn a_secret_is_typed_once_echo_is_off() {
    let session = sh(
        "printf 'Word: '; sleep 0.2; stty -echo; read x; stty echo; echo; \
                      [ \"$x\" = swordfish ] && echo right; echo \"it is <$x>\"",
    );
    sees(&session, "Word: ").await;
    all(types(&session, input(secret(&[]))).await);
    let printed = output(&session).await;
    assert_eq!(printed, format!("Word: \r\nright\r\nit is <{MASKED}>\r\n"));
}

/// Promise: where the terminal shows what is typed, nothing of a secret is typed.
#[tokio::test]
async fn a_secret_is_not_typed_where_it_would_be_seen() {
    let session = sh("printf 'Name: '; read x; echo \"<$x>\"");
    sees(&session, "Name: ").await;
    let error = types(&session, input(secret(&["^Token: $"])))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PolicyDenied, "{error}");
    let said = format!("{error} {}", error.remedy());
    assert!(
        said.contains("`word`") && said.contains("\"Name: \""),
        "{said}"
    );
    assert!(said.contains("secrets.word.prompts"), "{said}");
    all(types(&session, input(vec![text("ann"), InputPart::Enter])).await);
    assert_eq!(output(&session).await, "Name: ann\r\n<ann>\r\n");
}

/// Promise: at a prompt that the secret names it may be typed, and its echo is masked.
#[tokio::test]
async fn a_named_prompt_may_be_answered() {
    let session = sh("printf 'Token: '; read x; [ \"$x\" = swordfish ] && echo right");
    sees(&session, "Token: ").await;
    all(types(&session, input(secret(&["^Token: $"]))).await);
    assert_eq!(
        output(&session).await,
        format!("Token: {MASKED}\r\nright\r\n")
    );
}

/// Promise: a shell's line editor is no password prompt, though its terminal does not echo.
#[tokio::test]
async fn a_line_editor_gets_no_secret() {
    let session = start("bash", &["--norc", "--noprofile"]);
    sees(&session, "ready> $").await;
    let error = types(&session, input(secret(&[]))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PolicyDenied, "{error}");
    ends(&session).await;
}

/// Promise: a program without a terminal gets a secret only at a prompt that the secret names.
#[tokio::test]
async fn pipes_need_a_named_prompt() {
    let mut launch = Launch::new(
        ME,
        "/bin/sh",
        &["-c", "echo 'Word?'; read x; echo \"<$x>\""],
    );
    launch.mode = Mode::Pipe;
    let session = Session::start(&launch).unwrap();
    sees(&session, "Word").await;
    let error = types(&session, input(secret(&[]))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PolicyDenied, "{error}");
    all(types(&session, input(secret(&["^Word"]))).await);
    assert_eq!(output(&session).await, format!("Word?\n<{MASKED}>\n"));
}

/// Promise: two secrets in a row don't end in the same question, or typed ahead of the next one.
#[tokio::test]
async fn a_second_secret_is_not_typed_ahead() {
    let session = sh(
        "stty -echo; printf 'Word: '; read a; stty echo; printf '\\nName: '; \
                      read b; echo \"<$b>\"",
    );
    sees(&session, "Word: ").await;
    let (first, second) = tokio::join!(
        types(&session, input(secret(&[]))),
        types(&session, input(secret(&[])))
    );
    all(first);
    assert_eq!(second.unwrap_err().kind(), ErrorKind::PolicyDenied);
    all(types(&session, input(vec![text("ann"), InputPart::Enter])).await);
    assert_eq!(output(&session).await, "Word: \r\nName: ann\r\n<ann>\r\n");
}

/// Promise: a secret is not the answer to what comes after the question that stands there.
#[tokio::test]
async fn a_secret_is_not_typed_behind_other_input() {
    let session = sh(
        "stty -echo; printf 'Word: '; sleep 0.3; read a; stty echo; \
                      printf '\\nName: '; read b; echo \"<$a> <$b>\"",
    );
    sees(&session, "Word: ").await;
    all(types(&session, input(vec![text("early"), InputPart::Enter])).await);
    let second = types(&session, input(secret(&[]))).await;
    assert_eq!(second.unwrap_err().kind(), ErrorKind::PolicyDenied);
    all(types(&session, input(vec![text("ann"), InputPart::Enter])).await);
    assert_eq!(
        output(&session).await,
        "Word: \r\nName: ann\r\n<early> <ann>\r\n"
    );
}

/// Promise: a secret in the environment is masked from the first byte, also where it is printed in
/// pieces; its variable is listed by name, and a short one is not looked for.
#[tokio::test]
async fn a_secret_in_the_environment_is_masked() {
    let script = "printf %s \"$WORD\" | head -c 5; sleep 0.1; printf %s \"$WORD\" | tail -c +6; \
                  echo \" $PIN [$WORD]\"";
    let mut launch = Launch::new(ME, "/bin/sh", &["-c", script]);
    launch.env = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let variable = |name: &str, value| SecretVariable {
        variable: name.to_owned(),
        value,
    };
    let pin = SecretBytes::new(b"123".to_vec().into());
    launch.secret_env = vec![variable("WORD", value()), variable("PIN", pin)];
    let session = Session::start(&launch).unwrap();
    assert_eq!(session.identity().env_names, ["WORD", "PIN"]);
    let printed = output(&session).await;
    assert_eq!(printed, format!("{MASKED} 123 [{MASKED}]\r\n"));
}

/// Promise: a prompt that ends like the beginning of a secret is shown all the same.
#[tokio::test]
async fn a_prompt_is_not_held_back_for_long() {
    let mut launch = Launch::new(ME, "/bin/sh", &["-c", "printf 'words'; read x"]);
    launch.secret_env = vec![SecretVariable {
        variable: "WORD".to_owned(),
        value: value(),
    }];
    let session = Session::start(&launch).unwrap();
    sees(&session, "words$").await;
    ends(&session).await;
}

/// Promise: a person who types goes before a secret that waits for its moment.
#[tokio::test]
async fn a_waiting_secret_steps_back_for_a_person() {
    let session = sh("printf 'Name: '; read x; echo \"<$x>\"");
    sees(&session, "Name: ").await;
    let ada = Actor::Person("ada".to_owned());
    let (agent, person) = tokio::join!(
        types(&session, input(secret(&[]))),
        types(&session, by(ada, vec![text("ada"), InputPart::Enter]))
    );
    assert_eq!(agent.unwrap_err().kind(), ErrorKind::HumanInControl);
    all(person);
    assert_eq!(output(&session).await, "Name: ada\r\n<ada>\r\n");
}

/// Promise: a secret stands alone, and is one line.
#[tokio::test]
async fn a_secret_is_typed_alone() {
    let session = sh("stty -echo; printf 'Word: '; read x; echo \"<$x>\"");
    sees(&session, "Word: ").await;
    let mut behind_text = secret(&[]);
    behind_text.insert(0, text("a"));
    let mut two = secret(&[]);
    two.extend(secret(&[]));
    let lines = SecretBytes::new(b"two\nlines".to_vec().into());
    let lines = Secret {
        name: "lines".to_owned(),
        value: lines,
        prompts: Vec::new(),
        programs: Vec::new(),
    };
    let long = Secret {
        value: SecretBytes::new(vec![b'x'; 4096].into()),
        ..lines.clone()
    };
    let alone = |secret| vec![InputPart::Secret(Box::new(secret))];
    for parts in [behind_text, two, alone(lines), alone(long)] {
        let error = types(&session, input(parts)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    all(types(&session, input(vec![InputPart::Enter])).await);
    assert_eq!(output(&session).await, "Word: <>\r\n");
}
