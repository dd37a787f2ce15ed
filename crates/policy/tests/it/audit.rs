//! What the audit log keeps of a call, and what it never does.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rejoinder_policy::{
    Argv, AuditRecord, CallFacts, ClientId, MAX_SUMMARY_BYTES, PathFact, Policy, PolicyConfig,
    Verdict,
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

/// Promise: the records of a question to a person, and of what came of it, have its name, and the
/// rule that asked.
#[test]
fn a_persons_answer_is_on_record() {
    let client = ClientId::new("stdio");
    let argv = Argv::parse_line("reboot").unwrap();
    let call = CallFacts::new(&client, "start_process", Instant::now()).argv(&argv);
    let config = r#"argv.ask = [{ name = "ends", program = "reboot", reason = "it ends all" }]"#;
    let mut policy = Policy::new(&toml::from_str(config).unwrap()).unwrap();
    let verdict = policy.judge(&call);
    let record = |verdict: &Verdict| {
        let record = AuditRecord::new(&call, verdict, UNIX_EPOCH).with_approval("a1");
        serde_json::to_value(record).unwrap()
    };
    let asked = record(&verdict);
    assert_eq!(
        (&asked["decision"], &asked["approval"]),
        (&json!("ask"), &json!("a1"))
    );
    let agreed = record(&verdict.clone().approved());
    assert_eq!(
        (&agreed["decision"], &agreed["approval"]),
        (&json!("allow"), &json!("a1"))
    );
    assert_eq!(agreed["rule"], "argv.ask:ends");
    assert_eq!(agreed.get("reason"), None);
    let refused = record(&verdict.refused("a person said no"));
    assert_eq!(
        (&refused["decision"], &refused["reason"]),
        (&json!("deny"), &json!("a person said no"))
    );
}

/// Promise: what a person is shown is whole, each word for itself, without what looks like a
/// secret; where a shell reads a line, that line.
#[test]
fn commands_are_shown_to_people_whole() {
    let client = ClientId::new("stdio");
    let long = "x".repeat(5000);
    let words = ["a b", "it's", "", "$x", "--password=hunter2", long.as_str()];
    let argv = Argv::new("prog", words).unwrap();
    let call = || CallFacts::new(&client, "start_process", Instant::now());
    let shown = format!(r"prog 'a b' 'it'\''s' '' '$x' '--password=***' {long}");
    assert_eq!(call().argv(&argv).commands(), [shown]);
    let shell = Argv::new("sh", ["-c", "ls | wc"]).unwrap();
    let both = call().shell_line("ls | wc").argv(&shell);
    assert_eq!(both.commands(), ["ls | wc"]);
    assert_eq!(both.directory(), None);
    let cwd = PathFact::new("x", Some("/y/x".into()));
    assert_eq!(
        call().cwd(cwd).directory(),
        Some(std::path::Path::new("/y/x"))
    );
}
