//! Why a key was refused, said so that the next attempt succeeds.

use std::fmt;

/// A key name that means nothing, or a key that cannot be typed.
///
/// # Example
/// ```
/// use rejoinder_ansi::Key;
///
/// let error = "PageUpp".parse::<Key>().unwrap_err();
/// assert_eq!(error.name(), "PageUpp");
/// assert_eq!(error.suggestions(), ["PageUp"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Message(self))]
pub struct KeyError {
    name: String,
    kind: KeyErrorKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyErrorKind {
    Empty,
    Unknown {
        suggestions: Vec<&'static str>,
    },
    ModifierAlone,
    /// `S-` before a character that has no upper case.
    NoShifted(char),
    NoBytes,
}

impl KeyError {
    pub(super) fn new(name: String, kind: KeyErrorKind) -> Self {
        Self { name, kind }
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names that are spelt nearly so, without modifiers, the nearest first; at most three.
    pub fn suggestions(&self) -> &[&'static str] {
        match &self.kind {
            KeyErrorKind::Unknown { suggestions } => suggestions,
            _ => &[],
        }
    }
}

struct Message<'a>(&'a KeyError);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::escape_hidden(&self.0.name);
        match &self.0.kind {
            KeyErrorKind::Empty => f.write_str(
                "a key name is empty; write one character (`a`) or a name (`Enter`, `C-c`, `F5`)",
            ),
            KeyErrorKind::Unknown { suggestions } if suggestions.is_empty() => write!(
                f,
                "`{name}` is not a key; a key is one character (`a`), a name (`Enter`, `PageUp`, \
                 `F5`) or one of these with modifiers (`C-c`, `M-Left`), and text is sent as text"
            ),
            KeyErrorKind::Unknown { suggestions } => {
                write!(f, "`{name}` is not a key; did you mean ")?;
                for (n, suggestion) in suggestions.iter().enumerate() {
                    let separator = if n == 0 { "" } else { " or " };
                    write!(f, "{separator}`{suggestion}`")?;
                }
                f.write_str("?")
            }
            KeyErrorKind::ModifierAlone => {
                write!(
                    f,
                    "`{name}` is a modifier without a key; write for example `C-c`"
                )
            }
            KeyErrorKind::NoShifted(character) => write!(
                f,
                "`{name}`: what shift makes of `{character}` depends on the keyboard; write the \
                 character that is meant"
            ),
            KeyErrorKind::NoBytes => write!(
                f,
                "`{name}` cannot be typed here: a terminal sends the same bytes for it as without \
                 the modifier, unless the program switches on the kitty keyboard protocol or \
                 modifyOtherKeys, which it has not; send the key without the modifier if that is what is meant"
            ),
        }
    }
}
