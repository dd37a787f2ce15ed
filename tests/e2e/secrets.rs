//! Named secrets: typed where they may be, and seen nowhere.

use std::path::Path;
use std::process::Stdio;

use mcp_server::client::StdioClient;
use serde_json::{Value, json};

use crate::support::{LEGACY, Server, command_in};
use crate::vault::{MASKED, VALUE, Vault};

/// Every regular file below a directory.
fn files(directory: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}

/// Nothing that the server and its sessions have written holds the value; these
/// files are among what was looked at.
#[track_caller]
fn assert_written_nowhere(server: &Server, at_least: &[&str]) {
    let mut found = Vec::new();
    files(server.directory.path(), &mut found);
    for path in &found {
        // A file of a session may have gone since.
        let content = std::fs::read(path).unwrap_or_default();
        let holds = content
            .windows(VALUE.len())
            .any(|bytes| bytes == VALUE.as_bytes());
        assert!(!holds, "the secret stands in {}", path.display());
    }
    for wanted in at_least {
        let is_there = |path: &std::path::PathBuf| path.to_string_lossy().contains(wanted);
        assert!(
            found.iter().any(is_there),
            "{wanted} is not among {found:?}"
        );
    }
}

/// No process of the machine shows the value to ps(1).
#[track_caller]
fn assert_in_no_command_line() {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        // A process may end while it is looked at.
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        assert!(!line.contains(VALUE), "{line}");
    }
}

const GETPASS: &str = "import getpass, hashlib
word = getpass.getpass('Word? ')
print('sum', hashlib.sha256(word.encode()).hexdigest()[:16])
print('it is', word)
print('in pieces', word[:4], end='', flush=True)
print(word[4:], 'end')
input('done? ')
";

/// The first digits of the SHA-256 of the value.
const SUM: &str = "sum d46bddee0b63972a";

/// A secret reaches the program whole, and is masked wherever what the program
/// prints is shown, kept or written down.
#[test]
fn a_secret_is_typed_and_shown_nowhere() {
    let vault = Vault::new();
    let config = vault.config("[audit]\nfile = \"audit.jsonl\"\n");
    let mut server = Server::after("exec 2>server.log; export REJOINDER_LOG=trace;", &config);
    let script = server.file("ask.py", GETPASS);
    server.ok(
        "start_process",
        json!({"command": "python3", "args": [script], "name": "ask", "wait_for": r"Word\? $", "timeout": 45}),
    );
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "ask", "secret": "word", "press_enter": true,
               "wait_for": r"done\? $", "timeout": 45}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
    answer.shows(SUM);
    answer.shows(&format!("it is {MASKED}\n"));
    answer.shows(&format!("in pieces {MASKED} end"));
    for (tool, arguments) in [
        (
            "read_output",
            json!({"session_id": "ask", "since": 0, "timeout": 0}),
        ),
        (
            "read_output",
            json!({"session_id": "ask", "since": 0, "timeout": 0, "format": "raw"}),
        ),
        (
            "search_output",
            json!({"session_id": "ask", "pattern": "it is"}),
        ),
        (
            "search_output",
            json!({"session_id": "ask", "pattern": "it is", "from": "transcript"}),
        ),
        ("get_session_info", json!({"session_id": "ask"})),
        ("list_sessions", json!({})),
        ("server_info", json!({})),
    ] {
        let answer = server.ok(tool, arguments);
        let all = serde_json::to_string(&answer.result.structured_content).unwrap() + &answer.text;
        assert!(!all.contains(VALUE), "{tool}: {all}");
        if tool.contains("output") {
            assert!(all.contains(&format!("it is {MASKED}")), "{tool}: {all}");
        }
    }
    let found = server.ok(
        "search_output",
        json!({"session_id": "ask", "pattern": "Tr0ub4dor"}),
    );
    assert_eq!(found.data()["total"], 0, "{}", found.text);
    assert_in_no_command_line();
    server.ok(
        "send_input",
        json!({"session_id": "ask", "press_enter": true}),
    );
    server.end_of("ask");
    for format in ["txt", "html", "cast"] {
        let mut export = server.directory.command();
        export.args([
            "--config",
            "config.toml",
            "export",
            "ask",
            "--format",
            format,
        ]);
        let exported = export.stderr(Stdio::inherit()).output().unwrap();
        assert!(exported.status.success(), "{format}");
        let text = String::from_utf8_lossy(&exported.stdout);
        assert!(
            text.contains(MASKED) && !text.contains(VALUE),
            "{format}: {text}"
        );
    }
    assert_written_nowhere(
        &server,
        &[
            "audit.jsonl",
            "server.log",
            "meta.json",
            "/status",
            "/transcripts/",
        ],
    );
    let audit = std::fs::read_to_string(server.directory.path().join("audit.jsonl")).unwrap();
    let records: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let typed = records
        .iter()
        .find(|record| record["tool"] == "send_and_read")
        .unwrap();
    assert_eq!(
        typed["secrets"],
        json!(["word"]),
        "the record names the secret"
    );
}

/// A shell's own `read -s` is a password prompt, and `expect_and_respond` and
/// `multi_step_automation` answer it by name.
#[test]
fn dialogues_type_secrets_by_name() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config(""));
    let script = "for n in 1 2; do read -r -s -p \"Word $n? \" word; echo; echo \"got ${#word} <$word>\"; done; cat";
    server.ok(
        "start_process",
        json!({"command": "bash", "args": ["-c", script], "name": "ask", "timeout": 0}),
    );
    server.ok(
        "expect_and_respond",
        json!({"session_id": "ask", "expect_pattern": r"word 1\? ", "secret": "word", "timeout": 45}),
    );
    let steps = json!([
        {"expect": r"word 2\? ", "secret": "word", "timeout": 45},
        {"name": "end", "expect": "got .*\n(?s:.*)got .*\n", "optional": true, "timeout": 1},
        {"name": "last", "expect": "got 17 <.*>\n", "timeout": 45},
    ]);
    let answer = server.ok(
        "multi_step_automation",
        json!({"session_id": "ask", "steps": steps}),
    );
    assert!(
        answer.text.contains(&format!("got 17 <{MASKED}>")),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains(VALUE), "{}", answer.text);
    assert_written_nowhere(&server, &["meta.json"]);
}

/// A prompt that shows what is typed gets no secret, unless it is one of the
/// secret's own; the refusal says why and what to do.
#[test]
fn an_echoing_prompt_is_refused() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config("prompts = ['^Token: $']"));
    server.script(
        "ask",
        "printf 'Name: '; read x; echo \"<$x>\"; printf 'Token: '; read y; echo \"<$y>\"; cat",
        "Name: $",
    );
    let secret = json!({"session_id": "ask", "secret": "word", "press_enter": true});
    let refused = server.fails("send_input", secret.clone(), "policy_denied");
    for words in [
        "`word`",
        "\"Name: \"",
        "nothing was typed",
        "\nNext: ",
        "secrets.word.prompts",
    ] {
        assert!(
            refused.text.contains(words),
            "{words:?} is missing in: {}",
            refused.text
        );
    }
    let respond =
        json!({"session_id": "ask", "expect_pattern": "name: ", "secret": "word", "timeout": 45});
    let refused = server.fails("expect_and_respond", respond, "policy_denied");
    assert!(
        refused.text.starts_with("Name: \n"),
        "what was seen stands first: {}",
        refused.text
    );
    let answer = server.line("ask", "ann", "Token: $");
    assert_eq!(
        answer.output(),
        "ann\n<ann>\nToken: \n",
        "nothing else was typed"
    );
    let mut wait = secret;
    wait["wait_for"] = json!("<.*>\n");
    wait["timeout"] = json!(45);
    let answer = server.ok("send_and_read", wait);
    assert_eq!(answer.output(), format!("{MASKED}\n<{MASKED}>\n"));
}

/// A secret that is not there is told with those that are, before anything is done.
#[test]
fn an_unknown_secret_is_told() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config(""));
    server.script("cat", "echo up; cat", "up");
    for (tool, arguments) in [
        (
            "send_input",
            json!({"session_id": "cat", "secret": "sword"}),
        ),
        (
            "send_and_read",
            json!({"session_id": "cat", "secret": "sword"}),
        ),
        (
            "expect_and_respond",
            json!({"session_id": "cat", "expect_pattern": "up", "secret": "sword"}),
        ),
        (
            "multi_step_automation",
            json!({"session_id": "cat", "steps": [{"expect": "up", "secret": "sword"}]}),
        ),
        (
            "answer_prompts",
            json!({"session_id": "cat", "recipe": "sudo", "secret": "sword"}),
        ),
        (
            "start_process",
            json!({"command": "true", "secret_env": {"A": "sword"}}),
        ),
    ] {
        let answer = server.fails(tool, arguments, "not_found");
        assert!(
            answer.text.contains("there are: word, wrong"),
            "{tool}: {}",
            answer.text
        );
    }
    let both = json!({"session_id": "cat", "secret": "word", "text": "x"});
    server.fails("send_input", both, "validation_error");
}

/// A secret in a program's environment is there for the program, and known to
/// everybody else by name alone.
#[test]
fn a_secret_in_the_environment_is_named_only() {
    let vault = Vault::new();
    let config = vault.config("programs = ['sh']\n[secrets.mine]\nenv = 'MY_WORD'\n[environment]\ninherit = ['PATH', 'MY_*']\n");
    let prelude = format!(
        "MY_WORD={:?}; MY_NAME=ann; export MY_WORD MY_NAME;",
        "x9-of-mine"
    );
    let mut server = Server::after(&prelude, &config);
    let script = "echo \"<$WORD> ${#WORD} [${MY_WORD-none}] $MY_NAME\"; read x";
    let start = |command: &str| {
        json!({"command": command, "args": ["-c", script], "name": "env", "timeout": 45,
               "wait_for": "ann\n", "secret_env": {"WORD": "word"}})
    };
    let answer = server.ok("start_process", start("sh"));
    answer.shows(&format!("<{MASKED}> 17 [none] ann\n"));
    let info = server.ok("get_session_info", json!({"session_id": "env"}));
    assert_eq!(info.data()["env_names"], json!(["WORD"]), "{}", info.text);
    let pid = answer.status["pid"].as_i64().unwrap();
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(
        environment.contains(&format!("WORD={VALUE}\0")),
        "the program has it"
    );
    let holder = info.data()["session_id"].as_str().unwrap().to_owned();
    assert_written_nowhere(&server, &["meta.json", &holder]);
    assert_in_no_command_line();
    let refused = server.fails("start_process", start("bash"), "policy_denied");
    assert_eq!(
        refused.error()["details"]["rule"],
        "secrets.programs:word",
        "{}",
        refused.text
    );
    let twice = json!({"command": "sh", "env": {"A": "1"}, "secret_env": {"A": "word"}});
    server.fails("start_process", twice, "validation_error");
}

/// A value may come from a program, and a source that fails is told without it.
#[test]
fn a_source_that_fails_is_told() {
    let vault = Vault::new();
    let word = vault.path("word").display().to_string();
    let config = format!(
        "[secrets.printed]\ncommand = ['cat', '{word}']\n[secrets.broken]\ncommand = ['sh', '-c', 'cat {word}; exit 7']\n\
         [secrets.gone]\nfile = '/nonexistent/word'\n"
    );
    let mut server = Server::with_config(&config);
    server.script(
        "ask",
        "stty -echo; printf 'Word: '; read x; echo; echo \"<$x>\"; cat",
        "Word: $",
    );
    for (secret, says) in [("broken", "7"), ("gone", "/nonexistent/word")] {
        let typing = json!({"session_id": "ask", "secret": secret, "press_enter": true});
        let answer = server.fails("send_input", typing, "execution_error");
        assert!(
            answer.text.contains(says) && !answer.text.contains(VALUE),
            "{}",
            answer.text
        );
    }
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "ask", "secret": "printed", "press_enter": true, "wait_for": "<.*>", "timeout": 45}),
    );
    answer.shows(&format!("<{MASKED}>"));
}

/// A secret that only the holder knows is masked for the next server, too.
#[test]
fn a_secret_stays_hidden_when_the_server_is_another() {
    let vault = Vault::new();
    let mut server = Server::with_config(&vault.config(""));
    server.script("ask", "stty -echo; printf 'Word: '; read x; stty echo; echo; printf 'ok? '; read y; echo \"<$x>\"; cat", "Word: $");
    server.ok(
        "send_and_read",
        json!({"session_id": "ask", "secret": "word", "press_enter": true, "wait_for": r"ok\? $", "timeout": 45}),
    );
    server.client.close().unwrap();
    server.client = StdioClient::spawn(&mut command_in(&server.directory, "")).unwrap();
    server.client.initialize(LEGACY.parse().unwrap()).unwrap();
    let answer = server.line("ask", "yes", "<.*>");
    answer.shows(&format!("<{MASKED}>"));
}

/// The server tells what there is by name, and what it may and has.
#[test]
fn the_server_tells_about_itself() {
    let vault = Vault::new();
    let recipe = "[[recipes.mine.conditions]]\npattern = 'x'\naction = 'continue'\n\
                  [[policy.argv.deny]]\nprogram = 'mkfs*'\n";
    let mut server = Server::with_config(&vault.config(recipe));
    server.script("cat", "echo up; cat", "up");
    let answer = server.ok("server_info", json!({}));
    let info = answer.data();
    assert_eq!(info["secrets"], json!(["word", "wrong"]));
    assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["protocol_revisions"][0], "2026-07-28");
    assert_eq!(info["toolsets"]["on"][0], "session");
    assert_eq!(info["limits"]["max_sessions"], 50);
    assert_eq!(info["sessions"]["in_use"], 1);
    assert_eq!(info["policy"]["profile"], "configured");
    assert_eq!(info["policy"]["argv_rules"]["deny"], 1);
    assert_eq!(info["sandbox"]["levels"], json!(["none"]));
    assert!(info["recipes"]["sudo"].is_string() && info["recipes"]["mine"].is_string());
    let ssh = info["programs"]["installed"]["ssh"].as_str().unwrap();
    assert!(Path::new(ssh).is_file(), "{ssh}");
    let missing = info["programs"]["missing"].as_array().unwrap();
    assert!(!missing.contains(&json!("ssh")));
    assert!(
        answer.text.contains("secrets: [\"word\",\"wrong\"]"),
        "{}",
        answer.text
    );
}
