//! A newline in a pattern stands for a line's end as terminals print it.
//!
//! Output is shown with `\n`, but a terminal prints `\r\n`. Who writes a pattern
//! after what was shown means either, so `\n` also matches behind a `\r`.

/// What a newline in a pattern turns into.
const LINE_END: &str = r"(?:\r?\n)";

/// A regular expression in which every newline outside a class, written as an
/// escape or as itself, may have a carriage return before it. `None` when there
/// is no newline in it, or white space does not count (`(?x)`).
pub(crate) fn in_regex(pattern: &str) -> Option<String> {
    if !(pattern.contains("\\n") || pattern.contains('\n')) || is_verbose(pattern) {
        return None;
    }
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut characters = pattern.chars();
    let mut classes = 0_usize;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') if classes == 0 => out.push_str(LINE_END),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            '\n' if classes == 0 => out.push_str(LINE_END),
            '[' => {
                classes += 1;
                out.push('[');
            }
            ']' => {
                classes = classes.saturating_sub(1);
                out.push(']');
            }
            other => out.push(other),
        }
    }
    Some(out)
}

/// Whether some flags switch on the verbose syntax.
fn is_verbose(pattern: &str) -> bool {
    pattern.match_indices("(?").any(|(at, _)| {
        let flags = pattern[at + 2..].chars();
        flags
            .take_while(char::is_ascii_alphabetic)
            .any(|flag| flag == 'x')
    })
}

/// A regular expression for a literal with newlines in it; `None` without one.
pub(crate) fn in_literal(text: &str) -> Option<String> {
    if !text.contains('\n') {
        return None;
    }
    let lines: Vec<String> = text.split('\n').map(escape).collect();
    Some(lines.join(LINE_END))
}

/// The text with everything escaped that a regular expression would interpret.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newlines_outside_classes_may_follow_a_carriage_return() {
        let changed = [
            (r"END\n", r"END(?:\r?\n)"),
            ("END\n", r"END(?:\r?\n)"),
            (r"a\r\nb", r"a\r(?:\r?\n)b"),
            (r"\n+[^\n]*\n", r"(?:\r?\n)+[^\n]*(?:\r?\n)"),
            (r"[[:alpha:]\n]x\n", r"[[:alpha:]\n]x(?:\r?\n)"),
        ];
        for (pattern, expected) in changed {
            assert_eq!(in_regex(pattern).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn patterns_without_newlines_stay_as_they_are() {
        for pattern in [r"\$ $", "a.b", "[abc]"] {
            assert_eq!(in_regex(pattern), None, "{pattern}");
        }
        assert_eq!(in_regex(r"\\n").as_deref(), Some(r"\\n"));
        assert_eq!(in_regex("(?ix) a\n"), None);
        assert!(in_regex("(?i)exit\n").is_some());
    }

    #[test]
    fn literals_are_escaped_around_their_newlines() {
        assert_eq!(
            in_literal("a.b\n(c)").as_deref(),
            Some(r"a\.b(?:\r?\n)\(c\)")
        );
        assert_eq!(in_literal("a.b"), None);
    }
}
