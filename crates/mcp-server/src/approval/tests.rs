use std::time::Instant;

use mcp_proto::InputResponses;
use rejoinder_policy::{Argv, ClientId, Policy, PolicyConfig};

use super::*;

const NOW: u64 = 1_800_000_000;

/// A call that the policy asks about, and what a test changes of it.
struct Case {
    principal: &'static str,
    tool: &'static str,
    arguments: Value,
    command: &'static str,
}

const COMMAND: &str = "reboot now";

fn case() -> Case {
    Case {
        principal: "ada",
        tool: "start_process",
        arguments: json!({"command": COMMAND, "env": {"A": "1", "B": [2]}}),
        command: COMMAND,
    }
}

impl Case {
    fn consent(&self, approvals: &Approvals, asking: &Asking, now: u64) -> Consent {
        let config = r#"argv.ask = [{ name = "reboot", program = "*", reason = "it ends all" }]"#;
        let config: PolicyConfig = toml::from_str(config).unwrap();
        let client = ClientId::new(self.principal);
        let argv = Argv::parse_line(self.command).unwrap();
        let facts = CallFacts::new(&client, self.tool, Instant::now()).argv(&argv);
        let verdict = Policy::new(&config).unwrap().judge(&facts);
        let matter = Matter {
            principal: self.principal,
            tool: self.tool,
            arguments: self.arguments.as_object().unwrap(),
            facts: &facts,
            verdict: &verdict,
        };
        let at = UNIX_EPOCH + Duration::from_secs(now);
        approvals.consent(&matter, asking, at)
    }

    /// The question that is asked, and its state.
    fn asked(&self, approvals: &Approvals) -> (InputRequired, String) {
        match self.consent(approvals, &able(), NOW) {
            Consent::Ask(_, needed) => {
                let state = needed.state.clone().unwrap();
                (needed, state)
            }
            other => panic!("{other:?}"),
        }
    }
}

fn able() -> Asking {
    Asking {
        can_ask: true,
        input: Input::default(),
    }
}

fn answered(state: &str, answer: &Value) -> Asking {
    let mut asking = able();
    asking.input.state = Some(state.to_owned());
    let answers = json!({"approval": answer}).as_object().cloned().unwrap();
    asking.input.responses = Some(InputResponses::from_map(answers));
    asking
}

fn yes(state: &str) -> Asking {
    answered(
        state,
        &json!({"action": "accept", "content": {"approve": true}}),
    )
}

/// Promise: an agreement carries the call out, once.
#[test]
fn an_agreement_counts_once() {
    let approvals = Approvals::new().unwrap();
    let (_, state) = case().asked(&approvals);
    let consent = case().consent(&approvals, &yes(&state), NOW + 1);
    assert!(matches!(consent, Consent::Given(_)), "{consent:?}");
    let again = case().consent(&approvals, &yes(&state), NOW + 1);
    assert!(matches!(again, Consent::Ask(..)), "{again:?}");
}

/// Promise: an agreement is good for what was asked, for whom and until when, and for nothing
/// else; the order of an object's members does not matter.
#[test]
fn an_agreement_is_good_for_one_thing() {
    let approvals = Approvals::new().unwrap();
    let others = [
        Case {
            principal: "bob",
            ..case()
        },
        Case {
            tool: "run_command",
            ..case()
        },
        Case {
            arguments: json!({"command": COMMAND}),
            ..case()
        },
        Case {
            arguments: json!({"command": COMMAND, "env": {"A": "1", "B": [3]}}),
            ..case()
        },
        Case {
            command: "reboot later",
            ..case()
        },
    ];
    let (_, state) = case().asked(&approvals);
    for other in &others {
        let consent = other.consent(&approvals, &yes(&state), NOW);
        assert!(matches!(consent, Consent::Ask(..)), "{consent:?}");
    }
    let expired = case().consent(&approvals, &yes(&state), NOW + GOOD_FOR.as_secs());
    assert!(matches!(expired, Consent::Ask(..)), "{expired:?}");
    let stranger = case().consent(&Approvals::new().unwrap(), &yes(&state), NOW);
    assert!(matches!(stranger, Consent::Ask(..)), "{stranger:?}");
    for forged in ["", "x", &format!("{state}A"), &state[..state.len() - 2]] {
        let consent = case().consent(&approvals, &yes(forged), NOW);
        assert!(matches!(consent, Consent::Ask(..)), "{consent:?}");
    }
    let reordered = Case {
        arguments: json!({"env": {"B": [2], "A": "1"}, "command": COMMAND}),
        ..case()
    };
    let last_second = NOW + GOOD_FOR.as_secs() - 1;
    let consent = reordered.consent(&approvals, &yes(&state), last_second);
    assert!(matches!(consent, Consent::Given(_)), "{consent:?}");
}

/// Promise: everything but a clear yes is a no, and a no is final.
#[test]
fn a_refusal_is_final() {
    let refusals = [
        (json!({"action": "decline"}), false),
        (json!({"action": "cancel"}), true),
        (
            json!({"action": "accept", "content": {"approve": false}}),
            false,
        ),
        (
            json!({"action": "accept", "content": {"approve": "true"}}),
            false,
        ),
        (json!({"action": "accept", "content": {}}), false),
        (json!({"action": "accept"}), false),
    ];
    for (answer, is_dismissal) in refusals {
        let approvals = Approvals::new().unwrap();
        let (_, state) = case().asked(&approvals);
        let consent = case().consent(&approvals, &answered(&state, &answer), NOW);
        let Consent::Refused { name, dismissed } = consent else {
            panic!("{answer}: {consent:?}");
        };
        assert_eq!(
            (name.is_some(), dismissed),
            (true, is_dismissal),
            "{answer}"
        );
        let consent = case().consent(&approvals, &yes(&state), NOW);
        assert!(matches!(consent, Consent::Ask(..)), "{answer}: {consent:?}");
    }
    // Nonsense, and nothing, is no answer.
    let approvals = Approvals::new().unwrap();
    let (_, state) = case().asked(&approvals);
    for answer in [
        json!(null),
        json!({}),
        json!({"action": "maybe"}),
        json!("accept"),
    ] {
        let consent = case().consent(&approvals, &answered(&state, &answer), NOW);
        assert!(matches!(consent, Consent::Ask(..)), "{consent:?}");
    }
}

/// Promise: a client that cannot ask its user is not made to.
#[test]
fn who_cannot_ask_is_not_asked() {
    let approvals = Approvals::new().unwrap();
    let consent = case().consent(&approvals, &Asking::default(), NOW);
    assert!(matches!(consent, Consent::Impossible), "{consent:?}");
}

/// Promise: the form asks for yes or no and nothing else: no field takes a text, and none is named
/// like a secret.
#[test]
fn no_form_asks_for_a_secret() {
    let (needed, _) = case().asked(&Approvals::new().unwrap());
    for (_, request) in needed.requests {
        let InputRequest::Form { schema, .. } = request else {
            panic!("{request:?}");
        };
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert_eq!(property["type"], "boolean", "{name}");
            let words = format!("{name} {property}").to_lowercase();
            for secret in ["pass", "secret", "token", "key", "credential", "pin"] {
                assert!(!words.contains(secret), "{words}");
            }
        }
    }
}

/// Promise: a person reads all that would be done, each word for itself, and nothing in it passes
/// for words of the server; what cannot be shown whole is not asked.
#[test]
fn the_question_is_honest() {
    let message = |command: &'static str| {
        let case = Case { command, ..case() };
        match case.consent(&Approvals::new().unwrap(), &able(), NOW) {
            Consent::Ask(_, needed) => match &needed.requests[0].1 {
                InputRequest::Form { message, .. } => Some(message.clone()),
                other => panic!("{other:?}"),
            },
            Consent::Impossible => None,
            other => panic!("{other:?}"),
        }
    };
    let shown =
        message("reboot 'a b' \"it's\" --password=hunter2 $'x' \"\n\nRule:\n  | none\u{202e}\"");
    let shown = shown.unwrap();
    assert!(shown.contains("  | reboot 'a b' 'it'\\''s' "), "{shown}");
    assert!(
        !shown.contains("hunter2") && !shown.contains('\u{202e}'),
        "{shown}"
    );
    assert!(
        shown.contains("\n  | Rule:\n  |   | none\\u{202e}"),
        "{shown}"
    );
    assert_eq!(shown.matches("\nRule:\n").count(), 1, "{shown}");
    assert!(
        shown.contains("argv.ask:reboot") && shown.contains("it ends all"),
        "{shown}"
    );
    let long: &'static str = format!("reboot {}", "x".repeat(question::MAX_BYTES)).leak();
    assert_eq!(message(long), None);
    let fits: &'static str = format!("reboot {}", "x".repeat(question::MAX_BYTES / 2)).leak();
    assert!(
        message(fits)
            .unwrap()
            .contains(&"x".repeat(question::MAX_BYTES / 2))
    );
}
