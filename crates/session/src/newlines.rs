//! Line ends in patterns.
//!
//! A terminal prints `\r\n`; the text that is shown and searched has `\n`. Who
//! writes a pattern for either means the same, so `\r\n` in a pattern matches `\n`.

/// A regular expression in which a carriage return before a newline, outside a
/// class, need not be there. `None` when nothing has to change.
pub(crate) fn in_regex(pattern: &str) -> Option<String> {
    if !(pattern.contains("\\r") || pattern.contains('\r')) {
        return None;
    }
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut classes = 0_usize;
    while let Some(character) = rest.chars().next() {
        let returned = rest.strip_prefix("\\r").or(rest.strip_prefix('\r'));
        if let Some(after) = returned.filter(|_| classes == 0)
            && (after.starts_with("\\n") || after.starts_with('\n'))
        {
            out.push_str("\\r?");
            rest = after;
            continue;
        }
        let length = match (character, rest.chars().nth(1)) {
            ('\\', Some(escaped)) => 1 + escaped.len_utf8(),
            _ => character.len_utf8(),
        };
        match character {
            '[' => classes += 1,
            ']' => classes = classes.saturating_sub(1),
            _ => {}
        }
        let (taken, after) = rest.split_at(length);
        out.push_str(taken);
        rest = after;
    }
    Some(out)
}

/// A literal whose line ends are those of the text.
pub(crate) fn in_literal(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriage_return_before_a_newline_may_be_missing() {
        let changed = [
            (r"END\r\n", r"END\r?\n"),
            ("END\r\n", "END\\r?\n"),
            (r"a\r\n\r\nb", r"a\r?\n\r?\nb"),
            (r"[\r\n]x\r\n", r"[\r\n]x\r?\n"),
            (r"\[a\r\n\]", r"\[a\r?\n\]"),
            (r"50%\rx", r"50%\rx"),
            (r"\\r\n", r"\\r\n"),
        ];
        for (pattern, expected) in changed {
            assert_eq!(in_regex(pattern).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn patterns_without_carriage_returns_stay_as_they_are() {
        for pattern in [r"\$ $", "a.b\n", "[abc]\\n"] {
            assert_eq!(in_regex(pattern), None, "{pattern}");
        }
        assert_eq!(in_literal("a\r\nb\n"), "a\nb\n");
    }
}
