//! Masking what looks like a secret in a command, for the audit log.
//!
//! This is recognition by form, and so a help only: a secret in a place that nothing marks as one
//! is not found. Secrets proper are named, and their values never come near this crate.

use std::sync::LazyLock;

use regex::Regex;

use crate::argv::base_name;

/// What stands for a masked value.
const MASK: &str = "***";

/// A name that says its value is secret, in the middle of whatever else the name holds.
const SECRET_NAME: &str = concat!(
    r"(?:[A-Za-z0-9_.-]*(?:password|passwd|passphrase|passcode|secret|token|credential|",
    r"api[_-]?key|access[_-]?key|private[_-]?key|session[_-]?key)[A-Za-z0-9_.-]*",
    r"|(?:[A-Za-z0-9_.-]*[_.-])?(?:pass|auth|authorization|cookie)|[A-Za-z0-9_.-]*[_.-]pwd)",
);

/// A name with `=` or `:` and its value, the value quoted or not.
static NAMED_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    let value = r#"(?:"[^"]*"|'[^']*'|[^\s'"&;]+)"#;
    pattern(&format!(
        r#"(?i)(?-u:\b)({SECRET_NAME}["']?\s*[=:]\s*){value}"#
    ))
});

/// A header whose value goes on to the end of its line or quote.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)((?:proxy-)?authorization:\s*|(?:set-)?cookie:\s*)[^'"\r\n]+"#)
});

/// An option with its value in the next word of a line.
static OPTION_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    let value = r#"(?:"[^"]*"|'[^']*'|[^\s'";-][^\s'";]*)"#;
    pattern(&format!(r"(?i)((?:^|\s)--?{SECRET_NAME}\s+){value}"))
});

/// The password in a URL's authority (RFC 3986, section 3.2.1).
static URL_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@"));

/// An argument that is a secret's name and its value, whatever characters the value has.
static NAMED_ARGUMENT: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?is)^(-{{0,2}}{SECRET_NAME}=).+$")));

/// An option whose next argument is a secret.
static SECRET_OPTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)^--?{SECRET_NAME}$")));

/// Programs whose short options carry a secret: the option, and whether its value may be the next
/// argument (it may always follow in the same one).
const SHORT_OPTIONS: &[(&[&str], &str, bool)] = &[
    (
        &[
            "mysql",
            "mysqldump",
            "mysqladmin",
            "mariadb",
            "mariadb-dump",
            "mariadb-admin",
        ],
        "-p",
        false,
    ),
    (&["sshpass"], "-p", true),
    (&["redis-cli"], "-a", true),
    (&["curl"], "-u", true),
];

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant of this file, compiled by its tests")
}

/// A command as one line, masked.
pub(crate) fn argv(words: &[String]) -> String {
    masked(words).join(" ")
}

/// A command as a line that a shell would read as these words, masked.
pub(crate) fn quoted_argv(words: &[String]) -> String {
    let quoted: Vec<String> = masked(words).iter().map(|word| quoted(word)).collect();
    quoted.join(" ")
}

/// A word as a POSIX shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(&byte);
    match !word.is_empty() && word.bytes().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn masked(words: &[String]) -> Vec<String> {
    let mut line: Vec<String> = Vec::with_capacity(words.len());
    let mut after_secret_option = false;
    for word in words {
        let short = short_option_of(words).filter(|(option, _)| word.starts_with(option));
        let masked = match short {
            _ if after_secret_option && !word.starts_with('-') => MASK.to_owned(),
            Some((option, _)) if word.len() > option.len() => format!("{option}{MASK}"),
            _ => text(&NAMED_ARGUMENT.replace(word, format!("${{1}}{MASK}"))),
        };
        after_secret_option = SECRET_OPTION.is_match(word)
            || short.is_some_and(|(option, next)| next && word == option);
        line.push(masked);
    }
    line
}

fn short_option_of(words: &[String]) -> Option<(&'static str, bool)> {
    let program = base_name(words.first()?);
    let found = SHORT_OPTIONS
        .iter()
        .find(|(programs, ..)| programs.contains(&program));
    found.map(|(_, option, next)| (*option, *next))
}

/// A piece of text, masked.
pub(crate) fn text(text: &str) -> String {
    let text = HEADER.replace_all(text, format!("${{1}}{MASK}"));
    let text = NAMED_VALUE.replace_all(&text, format!("${{1}}{MASK}"));
    let text = OPTION_VALUE.replace_all(&text, format!("${{1}}{MASK}"));
    URL_PASSWORD
        .replace_all(&text, format!("${{1}}{MASK}@"))
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(text(line), expected, "{line:?} as text");
    }

    #[track_caller]
    fn check_argv(words: &[&str], expected: &str) {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        assert_eq!(argv(&words), expected, "{words:?}");
    }

    /// The audit log never shows a value that is marked as a secret by its form.
    #[test]
    fn marked_secrets_are_masked() {
        check("PGPASSWORD=x psql", "PGPASSWORD=*** psql");
        check("export API_TOKEN='a b'; run", "export API_TOKEN=***; run");
        check(
            "curl -H 'Authorization: Bearer abc.def' u",
            "curl -H 'Authorization: ***' u",
        );
        check(
            "curl -H \"cookie: a=b; c=d\" u",
            "curl -H \"cookie: ***\" u",
        );
        check(r#"{"password": "a b"}"#, r#"{"password": ***}"#);
        check("mysql --password hunter2 shop", "mysql --password *** shop");
        check(
            "git clone https://me:tok@host/x",
            "git clone https://me:***@host/x",
        );
        check(
            "curl 'https://h/?api_key=abc&x=1'",
            "curl 'https://h/?api_key=***&x=1'",
        );
        check("aws --secret-access-key abc", "aws --secret-access-key ***");
        check_argv(
            &["mysql", "--password", "a b", "shop"],
            "mysql --password *** shop",
        );
        check_argv(
            &["/usr/bin/mysql", "-phunter2", "-p", "shop"],
            "/usr/bin/mysql -p*** -p shop",
        );
        check_argv(&["sshpass", "-p", "x", "ssh", "h"], "sshpass -p *** ssh h");
        check_argv(
            &["x", "--db-password=a b;c", "T_TOKEN=a\nb"],
            "x --db-password=*** T_TOKEN=***",
        );
        check_argv(&["x", "--token", "--verbose"], "x --token --verbose");
    }

    /// Ordinary commands are shown as they are.
    #[test]
    fn ordinary_text_is_kept() {
        for line in [
            "ls -la /etc/passwd",
            "passwd alice",
            "git log --author=me",
            "scp a:b c",
            "PWD=/x",
        ] {
            check(line, line);
        }
    }
}
