//! `multi_step_automation`: dialogues written down beforehand.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// An installer that asks three questions, the second one only when it is told to.
const INSTALLER: &str = r#"
printf 'Install where? '; read where
if [ "$ASK" = yes ]; then printf 'Overwrite? '; read over; echo "overwrite=$over"; fi
printf 'Really [y/N]? '; read really
echo "where=$where really=$really"
printf 'Done. Another? '; read another
exit 0
"#;

fn installer(server: &mut Server, ask: &str) {
    let arguments = json!({"command": "sh", "args": ["-c", INSTALLER], "name": "install",
                           "env": {"ASK": ask}, "timeout": 0});
    server.ok("start_process", arguments);
}

fn run(server: &mut Server, session: &str, steps: &Value) -> Answer {
    server.ok(
        "multi_step_automation",
        json!({"session_id": session, "steps": steps}),
    )
}

/// The results of the steps, by name, as data.
fn results(answer: &Answer) -> Vec<(String, String)> {
    let steps = answer.result.meta["rejoinder/steps"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    steps
        .iter()
        .map(|step| (text(&step["name"]), text(&step["result"])))
        .collect()
}

#[track_caller]
fn assert_results(answer: &Answer, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, result)| ((*name).to_owned(), (*result).to_owned()))
        .collect();
    assert_eq!(results(answer), expected, "{}", answer.text);
}

fn questions() -> Value {
    json!([
        {"name": "where", "expect": "install where", "respond": "/opt"},
        {"name": "overwrite", "expect": "overwrite", "respond": "no", "optional": true, "timeout": 300},
        {"name": "really", "expect": r"really \[y/n\]", "respond": "y"},
        {"name": "done", "expect": "another"},
    ])
}

/// Every step's result comes back, with what it saw.
#[test]
fn every_step_is_done_in_turn() {
    let mut server = Server::start();
    installer(&mut server, "yes");
    let answer = run(&mut server, "install", &questions());
    assert_results(
        &answer,
        &[
            ("where", "done"),
            ("overwrite", "done"),
            ("really", "done"),
            ("done", "done"),
        ],
    );
    let steps = answer.result.meta["rejoinder/steps"].as_array().unwrap();
    assert_eq!(steps[1]["matched"], "Overwrite");
    let seen = steps[3]["seen"].as_str().unwrap();
    assert!(
        seen.contains("where=/opt really=y\nDone. Another"),
        "{seen}"
    );
    assert!(answer.text.contains("4. done: done"), "{}", answer.text);
    assert!(
        answer.text.contains("   | Done. Another"),
        "{}",
        answer.text
    );
}

/// An optional step that does not come up costs no wait: with its timeout of
/// five minutes the call would outlive its own limit.
#[test]
fn an_optional_step_costs_no_wait() {
    let mut server = Server::start();
    installer(&mut server, "no");
    let answer = run(&mut server, "install", &questions());
    assert_results(
        &answer,
        &[
            ("where", "done"),
            ("overwrite", "skipped"),
            ("really", "done"),
            ("done", "done"),
        ],
    );
}

/// A login that fails twice: `on` answers what comes up instead of the prompt.
const LOGIN: &str = r#"
tries=0
while :; do
  printf 'login: '; read user
  printf 'motd? '; read more
  printf 'password: '; read word
  tries=$((tries + 1))
  [ "$word" = right ] && break
  echo "Login incorrect ($tries)"
done
echo "Welcome, $user"
read x
"#;

fn login(server: &mut Server) {
    let arguments = json!({"command": "sh", "args": ["-c", LOGIN], "name": "login", "timeout": 0});
    server.ok("start_process", arguments);
}

/// A branch that responds does the step; one that continues waits on for it.
#[test]
fn branches_respond_and_continue() {
    let mut server = Server::start();
    login(&mut server);
    let answer = run(
        &mut server,
        "login",
        &json!([
            {"name": "user", "expect": "login: ", "respond": "ann"},
            {"name": "password", "expect": "password: ", "respond": "right",
             "on": [{"expect": r"motd\?", "respond": "skip", "action": "continue"}]},
            {"name": "in", "expect": "never printed",
             "on": [{"expect": "welcome", "respond": "bye", "action": "respond"}]},
        ]),
    );
    let by_name: Vec<_> = results(&answer)
        .into_iter()
        .filter(|(_, result)| result == "done")
        .collect();
    assert_eq!(by_name.len(), 3, "{}", answer.text);
    let end = server.end_of("login");
    assert_eq!(end.status["exit_code"], 0, "{}", end.text);
}

/// A branch that retries goes back a step, and ends when its turns are used up.
#[test]
fn a_branch_retries_the_step_before() {
    let mut server = Server::start();
    let script = "n=0; while :; do printf 'number? '; read x; n=$((n + 1)); \
                  if [ $n -ge 3 ]; then echo 'that is it'; cat; fi; echo 'wrong'; done";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "guess", "timeout": 0});
    server.ok("start_process", arguments);
    let steps = json!([
        {"name": "guess", "expect": r"number\? ", "respond": "7"},
        {"name": "right", "expect": "that is it", "on": [{"expect": "wrong", "action": "retry"}]},
    ]);
    let answer = run(&mut server, "guess", &steps);
    assert_results(
        &answer,
        &[
            ("guess", "done"),
            ("right", "retried"),
            ("guess", "done"),
            ("right", "retried"),
            ("guess", "done"),
            ("right", "done"),
        ],
    );
}

/// A dialogue that goes round for ever is given up.
#[test]
fn a_retry_without_end_is_given_up() {
    let mut server = Server::start();
    let script = "while :; do printf 'number? '; read x; echo 'wrong'; done";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "guess", "timeout": 0});
    server.ok("start_process", arguments);
    let steps = json!([
        {"expect": r"number\? ", "respond": "7"},
        {"expect": "right", "on": [{"expect": "wrong", "action": "retry"}]},
    ]);
    let answer = server.call(
        "multi_step_automation",
        json!({"session_id": "guess", "steps": steps}),
    );
    assert!(answer.result.is_error, "{}", answer.text);
    assert!(answer.text.len() < 25_000, "{} bytes", answer.text.len());
}

/// A branch may end the dialogue, in good order or as a failure.
#[test]
fn branches_terminate_and_fail() {
    let mut server = Server::start();
    server.script(
        "ask",
        "while :; do printf 'disk full, go on? '; read x; done",
        "^",
    );
    let steps = |action: &str| {
        json!([
            {"name": "installed", "expect": "installed",
             "on": [{"expect": r"disk full.*\?", "respond": "no", "action": action}]},
            {"name": "never", "expect": "never"},
        ])
    };
    let answer = run(&mut server, "ask", &steps("terminate"));
    assert_results(&answer, &[("installed", "terminated")]);
    let arguments = json!({"session_id": "ask", "steps": steps("fail")});
    let answer = server.call("multi_step_automation", arguments);
    assert!(answer.result.is_error, "{}", answer.text);
    assert_results(&answer, &[("installed", "failed")]);
    assert!(answer.text.contains("step 1 of 2"), "{}", answer.text);
}

/// A step that times out fails with what was seen; the session goes on, and
/// `stop_on_failure: false` goes on too.
#[test]
fn a_timeout_fails_the_step_with_what_was_seen() {
    let mut server = Server::start();
    let script = "echo 'booting kernel'; while :; do printf 'cmd: '; read x; done";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "boot", "timeout": 0});
    server.ok("start_process", arguments);
    let steps = json!([
        {"name": "menu", "expect": "boot menu", "timeout": 0.3},
        {"name": "command", "expect": "cmd: ", "respond": "go"},
    ]);
    let arguments = json!({"session_id": "boot", "steps": steps});
    let answer = server.fails("multi_step_automation", arguments, "timeout");
    assert_results(&answer, &[("menu", "timed out")]);
    assert!(
        answer.text.contains("   | booting kernel"),
        "{}",
        answer.text
    );
    assert!(
        answer.text.contains("step 1 of 2: timed out"),
        "{}",
        answer.text
    );
    assert_ne!(answer.status["state"], "exited");
    let arguments = json!({"session_id": "boot", "steps": steps, "stop_on_failure": false});
    let answer = server.fails("multi_step_automation", arguments, "timeout");
    assert_results(&answer, &[("menu", "timed out"), ("command", "done")]);
}

/// A program that ends in the middle is told with its exit code.
#[test]
fn a_program_that_ends_in_the_middle_is_told() {
    let mut server = Server::start();
    let script = "printf 'name? '; read x; echo 'licence expired'; exit 4";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "short", "timeout": 0});
    server.ok("start_process", arguments);
    let steps = json!([
        {"name": "name", "expect": "name", "respond": "Ann"},
        {"name": "colour", "expect": "colour", "respond": "blue"},
        {"name": "end", "expect": "bye"},
    ]);
    let arguments = json!({"session_id": "short", "steps": steps});
    let answer = server.fails("multi_step_automation", arguments, "session_exited");
    assert_results(&answer, &[("name", "done"), ("colour", "program ended")]);
    assert!(
        answer.text.contains("   | licence expired"),
        "{}",
        answer.text
    );
    answer.says("state=exited exit=4");
}

/// A dialogue longer than one call may wait ends with where to go on.
#[test]
fn a_long_dialogue_is_continued_by_another_call() {
    let mut server = Server::with_config("[limits]\nmax_wait_s = 0.5\n");
    server.script(
        "slow",
        "printf 'one? '; read x; read y; printf 'two? '; cat",
        r"one\? $",
    );
    let steps = json!([
        {"name": "two", "expect": r"two\?", "respond": "2", "timeout": 300},
    ]);
    let arguments = json!({"session_id": "slow", "steps": steps});
    let answer = server.ok("multi_step_automation", arguments.clone());
    assert_results(&answer, &[("two", "out of time")]);
    assert_eq!(answer.status["timed_out"], true);
    answer.shows("call again");
    server.ok("send_input", json!({"session_id": "slow", "text": "\r\r"}));
    let mut answer = server.ok("multi_step_automation", arguments.clone());
    while answer.status["timed_out"] == true {
        answer = server.ok("multi_step_automation", arguments.clone());
    }
    assert_results(&answer, &[("two", "done")]);
}

/// The text before the match comes back, though an earlier answer showed it too;
/// a step that fails shows what it saw.
#[test]
fn a_search_shows_what_it_went_through() {
    let mut server = Server::start();
    let arguments = json!({"command": "sh", "args": ["-c", "echo 'booting kernel'; cat"], "name": "boot", "timeout": 30});
    server.ok("start_process", arguments);
    let steps = json!([{"name": "menu", "expect": "boot menu", "timeout": 0.3}]);
    let answer = server.fails(
        "multi_step_automation",
        json!({"session_id": "boot", "steps": steps}),
        "timeout",
    );
    assert!(
        answer.text.contains("   | booting kernel"),
        "{}",
        answer.text
    );
    let answer = server.ok(
        "expect_and_respond",
        json!({"session_id": "boot", "expect_pattern": "kernel"}),
    );
    answer.shows("booting kernel\n");
}
