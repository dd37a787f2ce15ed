//! Masking what looks like a secret in a command, for the audit log.
//!
//! This is recognition by form, and so a help only: a secret in a place that nothing marks as one
//! is not found. Secrets proper are named, and their values never come near this crate.

use std::sync::LazyLock;

use regex::Regex;

/// What stands for a masked value.
const MASK: &str = "***";

/// A name that says its value is secret.
const SECRET_NAME: &str = r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|auth(?:orization)?|api[_-]?key|access[_-]?key|private[_-]?key|session[_-]?key|cookie)s?";

/// A name with `=` or `:` and its value, the value quoted or not.
static NAMED_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r#"(?i)\b((?:[\w.-]*[_.-])?{SECRET_NAME}(?:[_.-][\w.-]*)?["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|(?:bearer|basic)\s+\S+|[^\s'"&;]+)"#
    ))
});

/// A long option with its value in the next word.
static OPTION_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r#"(?i)((?:^|\s)--?(?:[\w-]+-)?{SECRET_NAME}\s+)(?:"[^"]*"|'[^']*'|[^\s'";]+)"#
    ))
});

/// The password in a URL's authority (RFC 3986, section 3.2.1).
static URL_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@"));

/// An option whose next argument is a secret.
static SECRET_OPTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(&format!(r"(?i)^--?(?:[\w-]+-)?{SECRET_NAME}$")));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant of this file, compiled by its tests")
}

/// A command as one line, masked.
pub(crate) fn argv(words: &[String]) -> String {
    let mut line = String::new();
    let mut after_secret_option = false;
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        if after_secret_option && !word.starts_with('-') {
            line.push_str(MASK);
        } else {
            line.push_str(&text(word));
        }
        after_secret_option = SECRET_OPTION.is_match(word);
    }
    line
}

/// A piece of text, masked.
pub(crate) fn text(text: &str) -> String {
    let text = NAMED_VALUE.replace_all(text, format!("${{1}}{MASK}"));
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
        check_argv(&["x", "--db-password=a b"], "x --db-password=***");
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
        ] {
            check(line, line);
        }
    }
}
