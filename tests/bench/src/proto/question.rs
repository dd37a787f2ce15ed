//! What is asked: the same call of the same tool, as each era writes it.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use serde_json::{Value, json};

/// How clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Era {
    /// After `initialize`, by 2025-11-25.
    Initialize,
    /// Without it, by 2026-07-28.
    Stateless,
}

impl Era {
    pub(super) const ALL: [Era; 2] = [Era::Initialize, Era::Stateless];

    /// The revision, as it stands in messages and headers.
    pub(super) fn revision(self) -> &'static str {
        match self {
            Era::Initialize => crate::server::LEGACY,
            Era::Stateless => "2026-07-28",
        }
    }

    /// Adds a call whose answer is known by its number. The id comes first, and so does that of an
    /// answer.
    pub(super) fn write_call(self, number: usize, out: &mut Vec<u8>) {
        let meta = match self {
            Era::Initialize => "",
            Era::Stateless => {
                r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{}}"#
            }
        };
        let written = write!(
            out,
            r#"{{"id":{number},"jsonrpc":"2.0","method":"tools/call","params":{{"name":"echo","arguments":{{"text":"{}","times":1}}{meta}}}}}"#,
            text(number)
        );
        // A buffer takes everything.
        debug_assert!(written.is_ok());
    }
}

/// The opening of the older era: what asks for it, and what is said when it is answered.
pub(super) fn opening() -> [Value; 2] {
    let initialize = json!({
        "jsonrpc": "2.0", "id": 0, "method": "initialize",
        "params": {
            "protocolVersion": Era::Initialize.revision(), "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1.0.0"}
        }
    });
    [
        initialize,
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ]
}

/// A sentence as an agent's might be, and no other call's.
fn text(number: usize) -> String {
    format!("Call {number} asks to hear this sentence, which has some length, once again.")
}

/// The number of the call that this answers.
///
/// # Errors
///
/// When it is no answer, or the wrong one.
pub(super) fn answered(message: &[u8]) -> Result<usize> {
    let number = number_of(message);
    let number = number.with_context(|| format!("no answer: {}", shown(message)))?;
    let said = format!("Call {number} asks to hear");
    ensure!(
        memmem::find(message, said.as_bytes()).is_some(),
        "not the answer of call {number}: {}",
        shown(message)
    );
    Ok(number)
}

fn number_of(message: &[u8]) -> Option<usize> {
    const ID: &[u8] = b"\"id\":";
    let digits = &message[memmem::find(message, ID)? + ID.len()..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

/// The beginning of what came, for a message.
pub(super) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call is JSON of its era, and taken for the answer of itself: a floor sends it back.
    #[test]
    fn a_call_says_which_it_is() {
        for era in Era::ALL {
            let mut call = Vec::new();
            era.write_call(17, &mut call);
            let json: Value = serde_json::from_slice(&call).unwrap();
            assert_eq!(json["id"], 17);
            let has_meta = json["params"].get("_meta").is_some();
            assert_eq!(has_meta, era == Era::Stateless);
            assert_eq!(answered(&call).unwrap(), 17);
        }
    }

    /// Promise: a fast wrong answer ends the run.
    #[test]
    fn wrong_answers_are_noticed() {
        let wrong = [
            r#"{"jsonrpc":"2.0","id":17,"result":{"content":[{"text":"Call 1 asks to hear"}]}}"#,
            r#"{"jsonrpc":"2.0","id":17,"error":{"code":-32602}}"#,
            r#"{"jsonrpc":"2.0","method":"x"}"#,
        ];
        for message in wrong {
            assert!(answered(message.as_bytes()).is_err(), "{message}");
        }
    }
}
