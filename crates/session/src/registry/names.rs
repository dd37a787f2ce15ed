//! Names of sessions: given, or made from the program's.

use std::path::Path;

use crate::error::{Error, ErrorKind};

/// Characters of a session's name at most.
const MAX_NAME: usize = 64;

/// The names to try for a session, in order: the one asked for, or any number
/// made from the program's: `bash`, `bash-2`, ….
pub(super) fn candidates(
    asked: Option<&str>,
    program: &str,
) -> Result<Box<dyn Iterator<Item = String> + Send>, Error> {
    let Some(name) = asked else {
        let stem = stem_of(program);
        let numbered = {
            let stem = stem.clone();
            (2..=u32::MAX).map(move |number| format!("{stem}-{number}"))
        };
        return Ok(Box::new(std::iter::once(stem).chain(numbered)));
    };
    if !is_name(name) {
        return Err(Error::new(
            ErrorKind::BadName,
            format!("{name:?} is no name for a session"),
            format!("use 1 to {MAX_NAME} letters, digits, dots, dashes and underscores"),
        ));
    }
    Ok(Box::new(std::iter::once(name.to_owned())))
}

/// The name that was asked for is another session's.
pub(super) fn taken(name: &str) -> Error {
    Error::new(
        ErrorKind::NameTaken,
        format!("there is a session {name} already"),
        "choose another name, or drive the session that is there",
    )
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The program's file name with everything replaced that a name may not have.
fn stem_of(program: &str) -> String {
    let file = Path::new(program)
        .file_name()
        .map_or("session".into(), |name| name.to_string_lossy());
    let stem: String = file
        .bytes()
        .take(32)
        .map(|byte| {
            if is_name_byte(byte) {
                char::from(byte)
            } else {
                '_'
            }
        })
        .collect();
    if stem.is_empty() {
        "session".to_owned()
    } else {
        stem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_a_status_line() {
        for good in ["a", "bash-2", "My.session_1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a b", "x]", "ü", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_can_be_made_from_any_program() {
        assert_eq!(stem_of("/usr/bin/python3"), "python3");
        assert_eq!(stem_of("./a b"), "a_b");
        assert_eq!(stem_of("/"), "session");
        assert!(is_name(&stem_of("€€€")));
    }
}
