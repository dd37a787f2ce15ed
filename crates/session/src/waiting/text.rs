//! The last line of the output: whether it asks for something. A hint, and
//! where a wait cannot be told by other means, a sign.

use rejoinder_ansi::resolve;

/// Bytes of output from the end that are looked at.
const LOOKED_AT: usize = 4096;

/// Characters of a line that are looked at: a longer one is no prompt.
const LONGEST: usize = 240;

/// The line that the output ends in, as a person would see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LastLine {
    text: String,
}

impl LastLine {
    /// Of output that ends with these bytes.
    pub(crate) fn of(tail: &[u8]) -> Self {
        let mut tail = &tail[tail.len().saturating_sub(LOOKED_AT)..];
        if tail.len() == LOOKED_AT {
            // The first line of it is cut anywhere.
            let start = tail.iter().position(|&byte| byte == b'\n');
            tail = start.map_or(tail, |start| &tail[start..]);
        }
        let resolved = resolve(tail);
        let line = resolved.rsplit('\n').next().unwrap_or_default();
        let count = line.chars().count();
        let text = line.chars().skip(count.saturating_sub(LONGEST)).collect();
        Self { text }
    }

    /// The line, without spaces at its end.
    pub(crate) fn trimmed(&self) -> &str {
        self.text.trim_end()
    }

    /// Whether it is in the middle of a line and looks like a question: it ends
    /// as prompts do, and not as a progress bar does.
    pub(crate) fn asks(&self) -> bool {
        let line = self.trimmed();
        let Some(last) = line.chars().next_back() else {
            return false;
        };
        let before = line[..line.len() - last.len_utf8()].chars().next_back();
        match last {
            '%' => before.is_none_or(|c| !c.is_ascii_digit() && !c.is_whitespace()),
            '$' | '#' | '>' | ':' | '?' | '»' | '❯' | '➜' | 'λ' | '▶' => {
                !line.contains("%|") && !line.contains("[=") && !line.contains("[#")
            }
            ']' | ')' => self.has_choice(),
            _ => false,
        }
    }

    /// Whether it asks for a secret.
    pub(crate) fn asks_secret(&self) -> bool {
        const WORDS: &[&str] = &[
            "password",
            "passphrase",
            "passcode",
            "pass phrase",
            "pin",
            "secret",
            "token",
        ];
        let line = self.trimmed().to_lowercase();
        line.ends_with([':', '?'])
            && line
                .split(|c: char| !c.is_alphanumeric() && c != ' ')
                .any(|part| WORDS.iter().any(|word| has_word(part, word)))
    }

    /// Whether it asks to choose between yes and no: `[Y/n]`, `(yes/no)`…
    pub(crate) fn has_choice(&self) -> bool {
        let line = self.trimmed().to_lowercase();
        let line = line.trim_end_matches([':', '?', ' ', '>']);
        let inside = |open, close| {
            let rest = line.strip_suffix(close)?;
            rest.rsplit(open).next()
        };
        let choice = inside('[', ']').or_else(|| inside('(', ')'));
        choice.is_some_and(|choice| {
            let mut words = choice.split(['/', '|', ',']).map(str::trim);
            let has = |wanted: [&str; 2]| words.clone().any(|word| wanted.contains(&word));
            let (yes, no) = (has(["y", "yes"]), has(["n", "no"]));
            yes && no && words.all(|word| word.len() <= 16)
        })
    }
}

/// Whether a word stands in a text as a word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(output: &str) -> LastLine {
        LastLine::of(output.as_bytes())
    }

    #[test]
    fn prompts_ask_and_progress_does_not() {
        for prompt in [
            "user@host:~$ ",
            "root# ",
            ">>> ",
            "host% ",
            "login: ",
            "Continue? [Y/n] ",
            "Are you sure (yes/no/[fingerprint])? ",
            "\x1b[1m❯\x1b[0m ",
            "mysql> ",
            "text\r\n$ ",
        ] {
            assert!(line(prompt).asks(), "{prompt:?}");
        }
        for other in [
            "",
            "text\r\n",
            "94%",
            " 12%\r 94% ",
            "[=====>    ] 50%",
            "100%[======>",
            "[##  ] 12:30:",
            " 3%|█     | 10/300 [00:01<00:30, 9.6it/s]",
            "done.",
            "$ make",
            "list [1, 2]",
            "$ \r\n",
        ] {
            assert!(!line(other).asks(), "{other:?}");
        }
    }

    #[test]
    fn choices_are_told_from_lists() {
        for choice in [
            "Do you want to continue? [Y/n] ",
            "(y/n)?",
            "Proceed (yes/no): ",
            "ok? [y/N]:",
            "Stage this hunk [y,n,q,a,d,e,?]? ",
            "y/n [y|n] >",
        ] {
            assert!(line(choice).has_choice(), "{choice:?}");
        }
        for other in ["[a/b]", "yes/no", "pick [1-3]: ", "f(y) [n]", "(yes)"] {
            assert!(!line(other).has_choice(), "{other:?}");
        }
    }

    #[test]
    fn secrets_are_asked_for_by_their_words() {
        for secret in [
            "Password: ",
            "[sudo] password for ada: ",
            "Enter passphrase for key '/x': ",
            "Enter PIN: ",
            "user@host's password: ",
        ] {
            assert!(line(secret).asks_secret(), "{secret:?}");
        }
        for other in ["Name: ", "password changed", "Spinning: ", "pinging host: "] {
            assert!(!line(other).asks_secret(), "{other:?}");
        }
    }

    proptest! {
        /// Guards: no output makes it panic, and a line has its limit.
        #[test]
        fn any_output_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..6000)) {
            let line = LastLine::of(&bytes);
            prop_assert!(line.trimmed().chars().count() <= LONGEST);
            let _ = (line.asks(), line.asks_secret(), line.has_choice());
        }
    }
}
