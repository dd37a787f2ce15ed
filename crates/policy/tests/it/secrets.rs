//! Where a secret may be typed, and whose environment may have it.

use rejoinder_policy::{Decision, Echo, SecretRule, SecretUse, TypingFacts};

fn rule(prompts: &[&str], programs: &[&str]) -> SecretRule {
    let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect();
    let with = SecretUse {
        prompts: texts(prompts),
        programs: texts(programs),
    };
    SecretRule::new("db", &with).unwrap()
}

#[track_caller]
fn check(rule: &SecretRule, echo: Echo, last_line: &str, expected: &str) {
    let verdict = rule.judge_typing(&TypingFacts {
        echo,
        last_line,
        program: Some("sudo"),
    });
    let got = format!("{} {}", verdict.decision(), verdict.rule());
    assert_eq!(got, expected, "{echo:?} {last_line:?}");
    assert_eq!(verdict.remedy().is_some(), !verdict.is_allowed());
}

/// Promise: echo that a program turned off is enough, and where it is on nothing is but a prompt
/// that the configuration names.
#[test]
fn a_secret_goes_where_nothing_is_shown() {
    let plain = rule(&[], &[]);
    check(&plain, Echo::Off, "Password: ", "allow secrets.echo:db");
    check(&plain, Echo::Off, "", "allow secrets.echo:db");
    for echo in [Echo::On, Echo::Unknown] {
        check(&plain, echo, "Password: ", "deny secrets.echo:db");
        check(&plain, echo, "$ ", "deny secrets.echo:db");
    }
    let named = rule(&["^Token: $", "(?i)pin"], &[]);
    for echo in [Echo::On, Echo::Unknown, Echo::Raw] {
        check(&named, echo, "Token: ", "allow secrets.prompts:db");
        check(&named, echo, "Your PIN", "allow secrets.prompts:db");
        check(&named, echo, "Token", "deny secrets.echo:db");
        check(&named, echo, "my Token: ", "deny secrets.echo:db");
    }
}

/// Promise: a program that reads keys gets a secret only where it asks for a password; a shell's
/// prompt is none, whatever its directory is called.
#[test]
fn a_program_that_reads_keys_has_to_ask() {
    let plain = rule(&[], &[]);
    for asks in [
        "Enter password: ",
        "[sudo] password for ann: ",
        "ann@host's password:",
        "Enter passphrase for key '/home/ann/.ssh/id': ",
        "Verification code: ",
        "PIN? ",
    ] {
        check(&plain, Echo::Raw, asks, "allow secrets.echo:db");
    }
    for other in [
        "ann@host:~/password$ ",
        "ann@host:~/password-store# ",
        "password: ann@host:~$ ",
        "mysql> ",
        "(password:) > ",
        "Spinning: ",
        "",
    ] {
        check(&plain, Echo::Raw, other, "deny secrets.echo:db");
    }
}

/// Promise: a secret for certain programs goes to no other, neither typed nor in the environment.
#[test]
fn a_secret_may_be_for_certain_programs() {
    let only = rule(&["^Token: $"], &["mysql*", "re:^ssh$"]);
    check(&only, Echo::Off, "Password: ", "deny secrets.programs:db");
    check(&only, Echo::On, "Token: ", "deny secrets.programs:db");
    let facts = |program| TypingFacts {
        echo: Echo::Off,
        last_line: "",
        program,
    };
    assert!(only.judge_typing(&facts(Some("mysqldump"))).is_allowed());
    assert_eq!(
        only.judge_typing(&facts(None)).decision(),
        Decision::Deny,
        "a program that cannot be told is none of these"
    );
    assert!(only.judge_environment("ssh").is_allowed());
    let refused = only.judge_environment("sshd");
    assert_eq!(refused.rule().as_str(), "secrets.programs:db");
    assert!(rule(&[], &[]).judge_environment("sshd").is_allowed());
}

/// Promise: a pattern that cannot be compiled is told by its key.
#[test]
fn bad_patterns_name_their_key() {
    let check = |with: SecretUse, key: &str| {
        assert_eq!(SecretRule::new("db", &with).unwrap_err().key(), key);
    };
    let prompts = vec!["ok".to_owned(), "(".to_owned()];
    check(
        SecretUse {
            prompts,
            ..SecretUse::default()
        },
        "secrets.db.prompts[1]",
    );
    let programs = vec!["[".to_owned()];
    check(
        SecretUse {
            programs,
            ..SecretUse::default()
        },
        "secrets.db.programs[0]",
    );
    let prompts = vec![String::new(); rejoinder_policy::MAX_RULES + 1];
    check(
        SecretUse {
            prompts,
            ..SecretUse::default()
        },
        "secrets.db.prompts",
    );
}
