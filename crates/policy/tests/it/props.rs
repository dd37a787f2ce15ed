//! Properties that hold for every input: strictness, totality, and what quoting cannot hide.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Instant;

use proptest::prelude::*;
use rejoinder_policy::{
    Argv, ArgvConfig, ArgvRule, AuditRecord, CallFacts, ClientId, Decision, PathFact, PathsConfig,
    PolicyConfig, Rules, ShellConfig,
};

fn rule(program: &str) -> ArgvRule {
    ArgvRule {
        program: Some(program.to_owned()),
        ..Default::default()
    }
}

static CLIENT: LazyLock<ClientId> = LazyLock::new(|| ClientId::new("test"));

/// A call without facts yet.
fn call<'a>() -> CallFacts<'a> {
    CallFacts::new(&CLIENT, "start_process", Instant::now())
}

/// Text out of which shell lines, wrappers and paths come about often.
fn shellish() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "rm", "sh", "-c", "sudo", "env", "A=b", "-", "--", "xargs", "find", "-exec", "su", "$(",
        ")", "`", "\"", "'", ";", "|", "&", "<", ">", "\n", " ", " ", " ", "$((1", "{", "é", "#",
        "/", "..", "-S", "$'", "if", "\u{0}", "\\",
    ]);
    prop_oneof![
        3 => prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        1 => "\\PC{0,20}",
    ]
}

static EVERY_KIND_OF_RULE: LazyLock<Rules> = LazyLock::new(|| {
    let config = PolicyConfig {
        argv: ArgvConfig {
            deny: vec![
                rule("rm"),
                ArgvRule {
                    any_arg: Some("re:^/$".into()),
                    ..Default::default()
                },
            ],
            ask: vec![ArgvRule {
                args: Some("*x*".into()),
                ..Default::default()
            }],
            allow: vec![rule("{sh,env,find,ls}")],
        },
        shell: ShellConfig {
            lines: Decision::Ask,
            denied_words: vec!["rm".into(), "&&".into()],
        },
        paths: PathsConfig {
            allowed_roots: vec!["/a".into()],
            denied_roots: vec!["/a/b".into()],
        },
        ..Default::default()
    };
    Rules::new(&config).unwrap()
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..Default::default() })]

    /// No text makes judging or recording panic, and every refusal has a remedy.
    #[test]
    fn every_input_gets_a_verdict(
        line in shellish(),
        words in prop::collection::vec(shellish(), 1..8),
        given in shellish(),
        canonical in prop::option::of(shellish()),
    ) {
        let argv = Argv::new(&words[0], &words[1..]).ok();
        let parsed = Argv::parse_line(&line).ok();
        let client = ClientId::new(&line);
        let mut call = CallFacts::new(&client, &given, Instant::now())
            .shell_line(&line)
            .cwd(PathFact::new(&given, canonical.map(PathBuf::from)));
        for argv in [&argv, &parsed].into_iter().flatten() {
            call = call.argv(argv);
        }
        let verdict = EVERY_KIND_OF_RULE.judge(&call);
        prop_assert!(verdict.is_allowed() || verdict.remedy().is_some());
        let record = AuditRecord::new(&call, &verdict, std::time::UNIX_EPOCH);
        prop_assert!(serde_json::to_string(&record).is_ok());
    }

    /// A denied program is denied, whatever the other lists hold and whatever its arguments.
    #[test]
    fn deny_always_wins(
        args in prop::collection::vec(shellish(), 0..6),
        allow in prop::collection::vec(prop_oneof![Just("*"), Just("rm"), Just("sh")], 0..3),
        ask in prop::collection::vec(prop_oneof![Just("*"), Just("rm"), Just("sh")], 0..3),
        lines in prop_oneof![Just(Decision::Allow), Just(Decision::Ask)],
    ) {
        let config = PolicyConfig {
            argv: ArgvConfig {
                deny: vec![rule("rm")],
                ask: ask.into_iter().map(rule).collect(),
                allow: allow.into_iter().map(rule).collect(),
            },
            shell: ShellConfig { lines, ..Default::default() },
            ..Default::default()
        };
        let rules = Rules::new(&config).unwrap();
        if let Ok(argv) = Argv::new("/usr/bin/rm", args) {
            let verdict = rules.judge(&call().argv(&argv));
            prop_assert_eq!(verdict.decision(), Decision::Deny, "{}", verdict);
        }
    }

    /// Putting a denied program behind known wrappers never makes it allowed.
    #[test]
    fn wrapping_hides_nothing(
        wrappers in prop::collection::vec(
            prop::sample::select(vec![
                &["env"][..], &["env", "-i", "A=b"], &["nice", "-n", "3"], &["timeout", "5"],
                &["sudo", "-u", "x"], &["xargs", "-0"], &["nohup"], &["setsid", "-w"],
                &["stdbuf", "-oL"], &["time", "-p"], &["busybox"], &["sudo", "--unknown"],
                &["su", "x"], &["find", ".", "-exec"],
            ]),
            0..6,
        ),
        in_shell in any::<bool>(),
    ) {
        let config = PolicyConfig {
            argv: ArgvConfig { deny: vec![rule("rm")], ..Default::default() },
            ..Default::default()
        };
        let rules = Rules::new(&config).unwrap();
        let inner: &[&str] = if in_shell { &["sh", "-c", "true; rm x"] } else { &["rm", "x"] };
        let words: Vec<&str> = wrappers.concat().into_iter().chain(inner.iter().copied()).collect();
        let argv = Argv::new(words[0], words[1..].iter().copied()).unwrap();
        let verdict = rules.judge(&call().argv(&argv));
        prop_assert_eq!(verdict.decision(), Decision::Deny, "{:?}: {}", words, verdict);
    }

    /// Words quoted for a command line come back as they were.
    #[test]
    fn quoting_round_trips(
        program in "[^\\x00]{1,12}",
        args in prop::collection::vec("[^\\x00]{0,12}", 0..5),
    ) {
        let words: Vec<String> = [vec![program], args].concat();
        let quoted: Vec<String> =
            words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect();
        let argv = Argv::parse_line(&quoted.join(" ")).unwrap();
        let (program, args) = argv.into_parts();
        prop_assert_eq!([vec![program], args].concat(), words);
    }

    /// A path is inside a root exactly when the root's components begin it.
    #[test]
    fn roots_are_whole_components(
        root in prop::collection::vec("[ab]{1,2}", 0..3),
        path in prop::collection::vec("[ab]{1,2}", 0..5),
    ) {
        let absolute = |parts: &[String]| PathBuf::from(format!("/{}", parts.join("/")));
        let config = PolicyConfig {
            paths: PathsConfig { allowed_roots: vec![absolute(&root)], ..Default::default() },
            ..Default::default()
        };
        let rules = Rules::new(&config).unwrap();
        let path_text = absolute(&path);
        let verdict = rules.judge(&call().cwd(PathFact::new("x", Some(path_text))));
        prop_assert_eq!(verdict.is_allowed(), path.starts_with(&root));
    }
}

/// An argv that is as large as any may be is judged or refused, and in either case soon.
#[test]
fn the_largest_argv_is_bounded_work() {
    let rules = &EVERY_KIND_OF_RULE;
    let many = vec!["a"; Argv::MAX_ARGS];
    for program in ["su", "find", "env", "sudo", "sh", "ls"] {
        let argv = Argv::new(program, many.iter().copied()).unwrap();
        let _ = rules.judge(&call().argv(&argv));
    }
    let line = "su -c 'su a b c';".repeat(5000);
    let verdict = rules.judge(&call().shell_line(&line));
    assert_eq!(verdict.decision(), Decision::Deny);
}

/// The limits of an argv hold at the limit and one beyond it.
#[test]
fn argv_limits() {
    let largest = "a".repeat(Argv::MAX_ARG_BYTES);
    assert!(Argv::new("x", [largest.clone()]).is_ok());
    assert!(
        Argv::new("x", [largest.clone() + "a"])
            .unwrap_err()
            .to_string()
            .contains("argument 1")
    );
    assert!(Argv::new("x", vec!["a"; Argv::MAX_ARGS]).is_ok());
    assert!(Argv::new("x", vec!["a"; Argv::MAX_ARGS + 1]).is_err());
    assert!(
        Argv::new("x", vec![largest; 9]).is_err(),
        "over a mebibyte together"
    );
    assert!(Argv::new("", ["a"]).is_err());
    assert!(
        Argv::new("a\0b", ["a"])
            .unwrap_err()
            .to_string()
            .contains("program's name")
    );
    assert!(
        Argv::new("a", ["b", "c\0"])
            .unwrap_err()
            .to_string()
            .contains("argument 2")
    );
    assert!(Argv::parse_line("ls | wc").unwrap_err().wants_shell());
    assert!(!Argv::parse_line("ls 'x").unwrap_err().wants_shell());
    assert_eq!(Argv::parse_line("a '|' \\;").unwrap().args(), ["|", ";"]);
}
