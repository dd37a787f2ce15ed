//! What a configuration that is wrong gets: the key, and what would be right.

use std::path::PathBuf;

use rejoinder_policy::{MAX_RULES, Policy, PolicyConfig};

#[track_caller]
fn check(text: &str, key: &str, message: &str) {
    let config: PolicyConfig = toml::from_str(text).unwrap();
    let error = Policy::new(&config).unwrap_err();
    assert_eq!(error.key(), key);
    assert!(error.message().contains(message), "{error}");
    assert!(error.to_string().starts_with(key));
}

/// An operator is told the key at fault, down to the index in its list.
#[test]
fn errors_name_their_key() {
    check(
        "argv.deny = [{ program = 'x' }, { program = 're:(' }]",
        "argv.deny[1].program",
        "regular",
    );
    check(
        "argv.ask = [{ any_arg = '[' }]",
        "argv.ask[0].any_arg",
        "glob",
    );
    check(
        "argv.allow = [{ name = 'x' }]",
        "argv.allow[0]",
        "give it `program`",
    );
    check("shell.denied_words = ['']", "shell.denied_words[0]", "1 to");
    check(
        "shell.denied_words = ['a b']",
        "shell.denied_words[0]",
        "argv rule",
    );
    check(
        "paths.allowed_roots = ['x']",
        "paths.allowed_roots[0]",
        "absolute",
    );
    check(
        "paths.denied_roots = ['/a', '/b/..']",
        "paths.denied_roots[1]",
        "absolute",
    );
    check("rate_limit.capacity = 0", "rate_limit.capacity", "1 to");
    check(
        "rate_limit.refill_per_second = nan",
        "rate_limit.refill_per_second",
        "0.001 to",
    );
    check(
        "rate_limit.refill_per_second = 0",
        "rate_limit.refill_per_second",
        "0.001 to",
    );
    check(
        "rate_limit.max_clients = 0",
        "rate_limit.max_clients",
        "1 to",
    );
}

/// A misspelt key is refused, since a rule that is silently not read protects nobody.
#[test]
fn unknown_keys_are_refused() {
    for text in [
        "argvs = 1",
        "argv.denied = []",
        "argv.deny = [{ programm = 'x' }]",
        "shell.line = 'ask'",
    ] {
        assert!(toml::from_str::<PolicyConfig>(text).is_err(), "{text}");
    }
}

/// A list has a limit, and is accepted right up to it.
#[test]
fn lists_are_bounded() {
    let mut config = PolicyConfig::default();
    config.shell.denied_words = vec!["x".to_owned(); MAX_RULES];
    assert!(Policy::new(&config).is_ok());
    config.shell.denied_words.push("x".to_owned());
    assert_eq!(
        Policy::new(&config).unwrap_err().key(),
        "shell.denied_words"
    );
}

/// Roots can be resolved by whoever can see a file system; what cannot be resolved is kept.
#[test]
fn roots_are_resolved_by_the_caller() {
    let mut config = PolicyConfig::default();
    config.paths.allowed_roots = vec!["/link".into(), "/gone".into()];
    config.paths.denied_roots = vec!["/link".into()];
    config
        .paths
        .resolve_with(|root| root.ends_with("link").then(|| "/real".into()));
    assert_eq!(
        config.paths.allowed_roots,
        [PathBuf::from("/real"), PathBuf::from("/gone")]
    );
    assert_eq!(config.paths.denied_roots, [PathBuf::from("/real")]);
}

/// What is written as a file reads back as it was.
#[test]
fn the_configuration_survives_a_round_trip() {
    let text = r#"{"argv":{"deny":[{"name":"n","program":"p","any_arg":"re:x"}]},
        "shell":{"lines":"deny"},"paths":{"allowed_roots":["/a"]},"rate_limit":{"capacity":7}}"#;
    let config: PolicyConfig = serde_json::from_str(text).unwrap();
    let again = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(config, again);
    assert_eq!(
        (config.rate_limit.capacity, config.rate_limit.enabled),
        (7, true)
    );
}
