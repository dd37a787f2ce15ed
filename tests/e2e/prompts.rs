//! `answer_prompts`: whatever a program asks, in any order, and an end to it.

use serde_json::{Value, json};

use crate::support::{Answer, Server};
use crate::vault::{Machine, VALUE, Vault};

/// An installer that asks three questions in an order of its own.
const INSTALLER: &str = r#"
for question in $ORDER; do
  case $question in
    licence) printf 'Accept the licence? [y/N] ';;
    where) printf 'Install where? ';;
    again) printf 'Really overwrite? ';;
  esac
  read answer; echo "$question=$answer"
done
echo 'Installed.'
printf 'shell> '; read x
exit 3
"#;

fn installer(server: &mut Server, name: &str, order: &str) {
    server.ok(
        "start_process",
        json!({"command": "sh", "args": ["-c", INSTALLER], "name": name,
               "env": {"ORDER": order}, "timeout": 0}),
    );
}

fn conditions() -> Value {
    json!([
        {"pattern": r"where\? ", "action": "respond", "response": "/opt"},
        {"pattern": r"licence\? \[y/n\] ", "action": "respond", "response": "y"},
        {"pattern": r"overwrite\? ", "action": "respond", "response": "yes", "max_times": 2},
    ])
}

/// What was typed at which prompt, in order.
fn answers(answer: &Answer) -> Vec<String> {
    let answers = answer.result.meta["rejoinder/answers"].as_array().unwrap();
    answers
        .iter()
        .map(|one| {
            let what = one["response"].as_str().or(one["secret"].as_str());
            format!(
                "{} {}",
                one["action"].as_str().unwrap(),
                what.unwrap_or_default()
            )
        })
        .collect()
}

#[track_caller]
fn assert_ended(answer: &Answer, ended: &str, by: &str, expected: &[&str]) {
    assert_eq!(answers(answer), expected, "{}", answer.text);
    assert_eq!(answer.status["ended"], ended, "{}", answer.text);
    assert_eq!(answer.status["returned_by"], by, "{}", answer.text);
}

/// Prompts are answered in whatever order they come, until the end that was asked for.
#[test]
fn prompts_are_answered_in_any_order() {
    let mut server = Server::start();
    for (name, order, expected) in [
        ("one", "licence where", ["respond y", "respond /opt"]),
        ("two", "where licence", ["respond /opt", "respond y"]),
    ] {
        installer(&mut server, name, order);
        let answer = server.ok(
            "answer_prompts",
            json!({"session_id": name, "conditions": conditions(), "until": "installed", "timeout": 45}),
        );
        assert_ended(&answer, "until", "match", &expected);
        assert!(answer.text.contains("licence=y\n"), "{}", answer.text);
        assert!(
            answer.text.contains("Done: \"Installed\" came up."),
            "{}",
            answer.text
        );
    }
}

/// A question that no condition answers is shown at once, not at the timeout.
#[test]
fn a_question_that_nobody_answers_is_shown() {
    let mut server = Server::start();
    installer(&mut server, "install", "where licence");
    let only = json!([conditions()[0]]);
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "install", "conditions": only, "until": "never", "timeout": 300}),
    );
    assert_ended(&answer, "unanswered", "waiting", &["respond /opt"]);
    answer.shows("   | Accept the licence? [y/N] \n");
    answer.says("state=waiting:line hint=confirm by=waiting");
}

/// A prompt that comes again after its last answer ends it as a failure.
#[test]
fn a_prompt_that_comes_again_ends_it() {
    let mut server = Server::start();
    installer(&mut server, "install", "again again again where");
    let arguments = json!({"session_id": "install", "conditions": conditions(), "timeout": 45});
    let answer = server.fails("answer_prompts", arguments, "execution_error");
    assert_eq!(
        answers(&answer),
        ["respond yes", "respond yes"],
        "{}",
        answer.text
    );
    assert_eq!(answer.status["ended"], "asked_again");
    for words in [
        "came up again after it was answered 2 times",
        "max_times",
        "Really overwrite?",
    ] {
        assert!(answer.text.contains(words), "{words:?}: {}", answer.text);
    }
}

/// `continue` takes note, `terminate` ends it, and so do the program's end and the time.
#[test]
fn it_ends_as_it_is_told() {
    let mut server = Server::start();
    installer(&mut server, "install", "where");
    let noting = json!([
        {"pattern": r"where\? ", "action": "respond", "response": "/opt"},
        {"pattern": "where=/opt", "action": "continue"},
        {"pattern": "installed", "action": "terminate"},
    ]);
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "install", "conditions": noting, "timeout": 45}),
    );
    assert_ended(
        &answer,
        "terminate",
        "match",
        &["respond /opt", "continue ", "terminate "],
    );
    let last = json!([{"pattern": "shell> ", "action": "respond", "response": ""}]);
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "install", "conditions": last, "timeout": 45}),
    );
    assert_ended(&answer, "exit", "exit", &["respond "]);
    answer.says("state=exited exit=3");
    server.script("busy", "echo up; exec sleep 1000", "up");
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "busy", "conditions": last, "timeout": 1}),
    );
    assert_ended(&answer, "timeout", "timeout", &[]);
    answer.says("timed_out");
}

/// Arguments that make no sense are told before anything is typed.
#[test]
fn bad_conditions_are_told() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config(""));
    server.script("cat", "echo up; cat", "up");
    for (arguments, says) in [
        (json!({}), "/conditions: there is nothing to answer"),
        (
            json!({"conditions": [{"pattern": "a", "action": "respond"}]}),
            "/conditions/0: `respond` needs",
        ),
        (
            json!({"conditions": [{"pattern": "(", "action": "continue"}]}),
            "/conditions/0/pattern",
        ),
        (
            json!({"recipe": "sudo"}),
            "/secret: a secret is to be typed at",
        ),
        (
            json!({"recipe": "sudo", "secret": "word", "until": "("}),
            "/until",
        ),
        (
            json!({"conditions": [{"pattern": "a", "action": "shout"}]}),
            "/conditions/0/action",
        ),
    ] {
        let mut arguments = arguments;
        arguments["session_id"] = json!("cat");
        let answer = server.fails("answer_prompts", arguments, "validation_error");
        assert!(answer.text.contains(says), "{says:?}: {}", answer.text);
    }
    let unknown = json!({"session_id": "cat", "recipe": "ssh_pasword_auth"});
    let answer = server.fails("answer_prompts", unknown, "not_found");
    assert!(answer.text.contains("ssh_password_auth"), "{}", answer.text);
}

/// A recipe of one's own answers with its own secret, where nothing shows it.
#[test]
fn a_recipe_of_ones_own() {
    let vault = Vault::new();
    let recipe = r#"
[recipes.vault]
description = "open the vault"
until = "opened"
conditions = [
    { pattern = 'user: $', action = "respond", response = "ann" },
    { pattern = 'word: $', action = "respond_with_secret", secret = "word" },
]
"#;
    let mut server = Server::with_config(&vault.config(recipe));
    let script = format!(
        "printf 'User: '; read user; printf 'Word: '; sleep 0.1; stty -echo; read word; stty echo; echo; \
         [ \"$user $word\" = \"ann $(cat {})\" ] && echo opened; cat",
        vault.path("word").display()
    );
    let start = json!({"command": "sh", "args": ["-c", script], "name": "vault", "timeout": 0});
    server.ok("start_process", start);
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "vault", "recipe": "vault", "timeout": 45}),
    );
    assert_ended(
        &answer,
        "until",
        "match",
        &["respond ann", "respond_with_secret word"],
    );
    assert!(
        answer.text.contains("typed the secret `word`"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains(VALUE), "{}", answer.text);
}

/// A prompt that shows what is typed gets no secret from a recipe either, and what
/// was seen comes back with the refusal.
#[test]
fn a_recipe_does_not_type_a_secret_where_it_is_seen() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config(""));
    server.script(
        "fake",
        "echo hello; printf 'Password: '; read x; echo \"<$x>\"; cat",
        "Password: $",
    );
    let arguments = json!({"session_id": "fake", "recipe": "su", "secret": "word", "timeout": 45});
    let answer = server.fails("answer_prompts", arguments, "policy_denied");
    assert!(answer.text.contains("   | Password: "), "{}", answer.text);
    assert_eq!(answers(&answer), [""; 0]);
    let answer = server.line("fake", "", "<.*>");
    answer.shows("<>");
}

/// A login by ssh with a password: the host's key, the password, the command's output.
#[test]
fn ssh_asks_for_a_password() {
    let (vault, machine) = (Vault::new(), Machine::new());
    let mut server = Server::with_config(&vault.config(""));
    server.ok("start_process", machine.ssh("ssh", "echo in as $(id -un)"));
    let arguments = json!({"session_id": "ssh", "recipe": ["ssh_host_key", "ssh_password_auth"],
                           "secret": "word", "until": "in as ann", "timeout": 45});
    let answer = server.ok("answer_prompts", arguments);
    assert_ended(
        &answer,
        "until",
        "match",
        &["respond yes", "respond_with_secret word"],
    );
    let end = server.end_of("ssh");
    assert_eq!(end.status["exit_code"], 0, "{}", end.text);
}

/// A password that ssh does not take is tried once; an unknown host is not trusted by
/// the recipe for passwords.
#[test]
fn ssh_does_not_loop() {
    let (vault, machine) = (Vault::new(), Machine::new());
    let mut server = Server::with_config(&vault.config(""));
    server.ok("start_process", machine.ssh("ssh", "true"));
    server.ok(
        "read_output",
        json!({"session_id": "ssh", "wait_for": "continue connecting", "timeout": 45}),
    );
    let mut arguments = json!({"session_id": "ssh", "recipe": "ssh_password_auth", "secret": "wrong", "timeout": 1});
    let answer = server.ok("answer_prompts", arguments.clone());
    assert_eq!(answers(&answer), [""; 0], "{}", answer.text);
    answer.shows("continue connecting (yes/no");
    server.ok(
        "send_input",
        json!({"session_id": "ssh", "text": "yes", "press_enter": true}),
    );
    arguments["timeout"] = json!(45);
    let answer = server.fails("answer_prompts", arguments, "execution_error");
    assert_eq!(
        answers(&answer),
        ["respond_with_secret wrong"],
        "{}",
        answer.text
    );
    assert!(
        answer
            .text
            .contains("came up again after the secret `wrong`"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("Permission denied"), "{}", answer.text);
    // The right one, for the prompt that stands there.
    let typed = json!({"session_id": "ssh", "secret": "word", "press_enter": true});
    server.ok("send_input", typed);
    let end = server.end_of("ssh");
    assert_eq!(end.status["exit_code"], 0, "{}", end.text);
}

/// A password that is asked for at the other end of a connection, where the terminal here is in
/// raw mode, is typed: the last line says what it is.
#[test]
fn sudo_asks_at_the_other_end_of_ssh() {
    let (vault, machine) = (Vault::new(), Machine::new());
    let mut server = Server::with_config(&vault.config(""));
    let command = "sudo -k sh -c 'echo uid=$(id -u)'; printf 'Name: '; read x";
    server.ok("start_process", machine.ssh("ssh", command));
    let recipes = ["ssh_host_key", "ssh_password_auth", "sudo"];
    let arguments = json!({"session_id": "ssh", "recipe": recipes, "secret": "word",
                           "until": "uid=0", "timeout": 45});
    let answer = server.ok("answer_prompts", arguments);
    let twice = "respond_with_secret word";
    assert_ended(&answer, "until", "match", &["respond yes", twice, twice]);
    let name = json!({"session_id": "ssh", "wait_for": "Name: $", "timeout": 45});
    server.ok("read_output", name);
    let secret = json!({"session_id": "ssh", "secret": "word", "press_enter": true});
    server.fails("send_input", secret, "policy_denied");
}

/// The password prompt of `mysql`, which is asked before anything is connected to; the recipe
/// ends with the client's own error.
#[test]
fn mysql_asks_for_a_password() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config("programs = ['{mysql,mariadb}']"));
    let nowhere = vault.path("no.socket").display().to_string();
    let args = ["--no-defaults", "-u", "ann", "-p", "-S", &nowhere];
    let start = json!({"command": "mysql", "args": args, "name": "mysql", "timeout": 0});
    server.ok("start_process", start);
    let arguments =
        json!({"session_id": "mysql", "recipe": "mysql_connect", "secret": "word", "timeout": 45});
    let answer = server.ok("answer_prompts", arguments);
    let expected = ["respond_with_secret word", "terminate "];
    assert_ended(&answer, "terminate", "match", &expected);
    assert!(answer.text.contains("ERROR 2002"), "{}", answer.text);
}

/// `sudo` takes the right password, and a wrong one is typed once.
#[test]
fn sudo_asks_for_a_password() {
    let (vault, machine) = (Vault::new(), Machine::new());
    let mut server = Server::with_config(&vault.config(""));
    server.ok(
        "start_process",
        machine.as_ann("right", &["sudo", "-k", "sh", "-c", "echo uid=$(id -u)"]),
    );
    let answer = server.ok(
        "answer_prompts",
        json!({"session_id": "right", "recipe": "sudo", "secret": "word", "until": "uid=0", "timeout": 45}),
    );
    assert_ended(&answer, "until", "match", &["respond_with_secret word"]);
    server.ok(
        "start_process",
        machine.as_ann("wrong", &["sudo", "-k", "true"]),
    );
    let answer = server.fails(
        "answer_prompts",
        json!({"session_id": "wrong", "recipe": "sudo", "secret": "wrong", "timeout": 45}),
        "execution_error",
    );
    assert_eq!(
        answers(&answer),
        ["respond_with_secret wrong"],
        "{}",
        answer.text
    );
    assert!(answer.text.contains("Sorry, try again."), "{}", answer.text);
}

/// `su` takes the right password, and says no to a wrong one.
#[test]
fn su_asks_for_a_password() {
    let (vault, machine) = (Vault::new(), Machine::new());
    let mut server = Server::with_config(&vault.config(""));
    for (secret, ended, expected) in [
        ("word", "exit", &["respond_with_secret word"][..]),
        (
            "wrong",
            "terminate",
            &["respond_with_secret wrong", "terminate "],
        ),
    ] {
        server.ok(
            "start_process",
            machine.as_ann(secret, &["su", "-c", "echo uid=$(id -u)", "root"]),
        );
        let answer = server.ok(
            "answer_prompts",
            json!({"session_id": secret, "recipe": "su", "secret": secret, "timeout": 45}),
        );
        assert_eq!(answers(&answer), expected, "{}", answer.text);
        assert_eq!(answer.status["ended"], ended, "{}", answer.text);
    }
}
