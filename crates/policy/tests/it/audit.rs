//! What the audit log keeps of a call, and what it never does.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rejoinder_policy::{
    Argv, AuditRecord, CallFacts, ClientId, MAX_SUMMARY_BYTES, PathFact, Policy, PolicyConfig,
};
use serde_json::{Value, json};

fn record(call: &CallFacts<'_>, config: &PolicyConfig, at: SystemTime) -> Value {
    let verdict = Policy::new(config).unwrap().judge(call);
    serde_json::to_value(AuditRecord::new(call, &verdict, at)).unwrap()
}

/// A refused call is recorded with who, what, where, by which rule and why.
#[test]
fn a_refusal_is_recorded_whole() {
    let config: PolicyConfig =
        toml::from_str("argv.deny = [{ name = 'n', program = 'psql', reason = 'no databases' }]")
            .unwrap();
    let client = ClientId::new("stdio");
    let argv = Argv::new("psql", ["--password", "hunter2", "shop"]).unwrap();
    let call = CallFacts::new(&client, "start_process", Instant::now())
        .session("psql-1")
        .argv(&argv)
        .cwd(PathFact::new("x", Some("/srv/x".into())))
        .env_names(["LANG", "PGPASSWORD"]);
    let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
    assert_eq!(
        record(&call, &config, at),
        json!({
            "time_unix_ms": 1_700_000_000_123_u64,
            "client": "stdio",
            "tool": "start_process",
            "session": "psql-1",
            "command": "psql --password *** shop",
            "cwd": "/srv/x",
            "env_names": ["LANG", "PGPASSWORD"],
            "decision": "deny",
            "rule": "argv.deny:n",
            "reason": "running `psql` this way is not allowed: no databases",
        })
    );
}

/// A tool that was called by another of its names is recorded by both.
#[test]
fn the_name_that_was_called_is_recorded() {
    let client = ClientId::new("stdio");
    let call =
        CallFacts::new(&client, "terminate_process", Instant::now()).called_as("destroy_session");
    assert_eq!(call.alias(), Some("destroy_session"));
    let record = record(&call, &PolicyConfig::default(), UNIX_EPOCH);
    assert_eq!(
        (&record["tool"], &record["called_as"]),
        (&json!("terminate_process"), &json!("destroy_session"))
    );
}

/// A shell line is recorded when there is no argv, masked the same way.
#[test]
fn a_shell_line_is_masked() {
    let client = ClientId::new("stdio");
    let line = "export TOKEN=abc; curl https://u:pw@host/";
    let call = CallFacts::new(&client, "start_process", Instant::now()).shell_line(line);
    let record = record(&call, &PolicyConfig::default(), UNIX_EPOCH);
    assert_eq!(
        record["command"],
        "export TOKEN=***; curl https://u:***@host/"
    );
}

/// One call cannot make the log grow without bound, and what is left out is counted.
#[test]
fn a_record_is_bounded() {
    let client = ClientId::new("c".repeat(10_000));
    let tool = "t".repeat(10_000);
    let session = "s".repeat(10_000);
    let argv = Argv::new("x", vec!["ä".repeat(1000); 100]).unwrap();
    let names = (0..10_000).map(|n| format!("{n}{}", "N".repeat(5000)));
    let call = CallFacts::new(&client, &tool, Instant::now())
        .session(&session)
        .argv(&argv)
        .cwd(PathFact::new("d".repeat(100_000), None))
        .env_names(names);
    let record = record(&call, &PolicyConfig::default(), UNIX_EPOCH);
    let command = record["command"].as_str().unwrap();
    assert!(command.len() <= MAX_SUMMARY_BYTES + 40);
    assert!(command.ends_with("bytes more)"), "{command}");
    assert!(record.to_string().len() < 100 * MAX_SUMMARY_BYTES);
}

/// A clock before 1970 does not stop the log.
#[test]
fn a_clock_before_the_epoch_is_zero() {
    let client = ClientId::new("stdio");
    let call = CallFacts::new(&client, "list_sessions", Instant::now());
    let record = record(
        &call,
        &PolicyConfig::default(),
        UNIX_EPOCH - Duration::from_secs(1),
    );
    assert_eq!(
        record,
        json!({
            "time_unix_ms": 0, "client": "stdio", "tool": "list_sessions", "decision": "allow", "rule": "default",
        })
    );
}
