//! A person's agreement, where the policy asks for one and the client can ask its user.
//!
//! The question travels as a form with a sealed state ([`StateSealer`]): good for one principal,
//! one tool with one set of arguments, what was shown of them, and [`GOOD_FOR`]. An agreement
//! runs the call once: the server remembers those that were used until they are too old to be
//! used at all. Nothing else is kept, and no form ever asks for a secret.

mod question;
mod seek;
mod used;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use mcp_proto::{Elicited, Input, InputRequest, InputRequired, StateSealer};
use rejoinder_policy::{CallFacts, Verdict};
use serde_json::{Map, Value, json};

pub(crate) use seek::Held;
use used::{Nonce, Used};

/// How long a question may be answered: five minutes.
pub(crate) const GOOD_FOR: Duration = Duration::from_secs(300);

/// The question's name among a request's questions.
const QUESTION: &str = "approval";

/// The form's one field.
const FIELD: &str = "approve";

/// How a call may ask back, and what came back with it.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    /// The client can show its user a form.
    pub(crate) can_ask: bool,
    /// What it answered to an earlier attempt.
    pub(crate) input: Input,
}

/// A call that a person has to agree to.
pub(crate) struct Matter<'a> {
    /// Whose call it is.
    pub(crate) principal: &'a str,
    /// The tool.
    pub(crate) tool: &'a str,
    /// Its arguments, as they came.
    pub(crate) arguments: &'a Map<String, Value>,
    /// What the call would do.
    pub(crate) facts: &'a CallFacts<'a>,
    /// What the policy says of that.
    pub(crate) verdict: &'a Verdict,
}

/// What became of a matter.
#[derive(Debug)]
pub(crate) enum Consent {
    /// A person agreed, under this name: the call is to be carried out, now and once.
    Given(String),
    /// A person refused, or dismissed the question, under this name.
    Refused {
        /// The question's name, where it is known which it was.
        name: Option<String>,
        /// Dismissed rather than refused.
        dismissed: bool,
    },
    /// The person is to be asked this, under this name.
    Ask(String, InputRequired),
    /// The question cannot be asked: there is nobody to ask, or no way to show it.
    Impossible,
    /// Too much was agreed to lately for more to be kept account of.
    TooMany,
}

/// The server's part in agreements.
#[derive(Debug)]
pub(crate) struct Approvals {
    sealer: StateSealer,
    used: parking_lot::Mutex<Used>,
}

impl Approvals {
    /// Seals with a key that no other process has.
    ///
    /// # Errors
    ///
    /// When the system has no random numbers.
    pub(crate) fn new() -> Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).context("the system has no random numbers")?;
        Ok(Self {
            sealer: StateSealer::new(&key),
            used: parking_lot::Mutex::default(),
        })
    }

    /// Looks for a person's answer, or for a way to ask.
    pub(crate) fn consent(&self, matter: &Matter<'_>, asking: &Asking, at: SystemTime) -> Consent {
        let now = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let Some(message) = question::message(matter) else {
            return Consent::Impossible;
        };
        let request = sealed_parts(matter, &message);
        let request: Vec<&[u8]> = request.iter().map(Vec::as_slice).collect();
        let answer = asking.input.responses.as_ref();
        let answer = answer.and_then(|answers| answers.elicited(QUESTION));
        let nonce = asking.input.state.as_deref().and_then(|state| {
            let opened = self.sealer.open(state, matter.principal, &request, now);
            Nonce::try_from(opened.ok()?).ok()
        });
        match (answer, nonce) {
            (Some(Elicited::Accepted(content)), Some(nonce)) => {
                match self.used.lock().spend(nonce, now) {
                    Ok(()) if content.get(FIELD) == Some(&Value::Bool(true)) => {
                        return Consent::Given(used::name(nonce));
                    }
                    Ok(()) => return refused(Some(nonce), false),
                    Err(used::NotSpent::Before) => {}
                    Err(used::NotSpent::Full) => return Consent::TooMany,
                }
            }
            (Some(Elicited::Declined), nonce) => return self.refused(nonce, false, now),
            (Some(Elicited::Cancelled), nonce) => return self.refused(nonce, true, now),
            // An agreement to something else, an old one, or a forged one: none at all.
            (Some(Elicited::Accepted(_)), None) | (None, _) => {}
        }
        if !asking.can_ask {
            return Consent::Impossible;
        }
        self.ask(matter, &request, message, now)
    }

    /// What was refused cannot be agreed to afterwards.
    fn refused(&self, nonce: Option<Nonce>, dismissed: bool, now: u64) -> Consent {
        if let Some(nonce) = nonce {
            // Where there is no room the answer is no all the same.
            let _ = self.used.lock().spend(nonce, now);
        }
        refused(nonce, dismissed)
    }

    fn ask(&self, matter: &Matter<'_>, request: &[&[u8]], message: String, now: u64) -> Consent {
        let mut nonce = [0; used::NONCE_BYTES];
        if getrandom::fill(&mut nonce).is_err() {
            return Consent::Impossible;
        }
        let until = now.saturating_add(GOOD_FOR.as_secs());
        let Ok(state) = self.sealer.seal(matter.principal, request, until, &nonce) else {
            return Consent::Impossible;
        };
        let form = InputRequest::form(message, form());
        let needed = InputRequired::one(QUESTION, form).with_state(state);
        Consent::Ask(used::name(nonce), needed)
    }
}

fn refused(nonce: Option<Nonce>, dismissed: bool) -> Consent {
    Consent::Refused {
        name: nonce.map(used::name),
        dismissed,
    }
}

/// The form: whether to do it, and nothing else.
fn form() -> Value {
    json!({
        "type": "object",
        "properties": {
            FIELD: {
                "type": "boolean",
                "title": "Allow it this once",
                "description": "Nothing else is allowed by this, and nothing later.",
                "default": false,
            }
        },
        "required": [FIELD],
    })
}

/// What an agreement is good for.
fn sealed_parts(matter: &Matter<'_>, message: &str) -> [Vec<u8>; 4] {
    let mut arguments = Vec::new();
    write_sorted(matter.arguments, &mut arguments);
    [
        b"tools/call".to_vec(),
        matter.tool.as_bytes().to_vec(),
        arguments,
        message.as_bytes().to_vec(),
    ]
}

/// An object as JSON with its members in one order, so that the same arguments are the same bytes.
fn write_sorted(object: &Map<String, Value>, out: &mut Vec<u8>) {
    let mut members: Vec<(&String, &Value)> = object.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    out.push(b'{');
    for (name, value) in members {
        write_plain(&Value::String(name.clone()), out);
        out.push(b':');
        write_value(value, out);
        out.push(b',');
    }
    out.push(b'}');
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(object) => write_sorted(object, out),
        Value::Array(items) => {
            out.push(b'[');
            for item in items {
                write_value(item, out);
                out.push(b',');
            }
            out.push(b']');
        }
        plain => write_plain(plain, out),
    }
}

fn write_plain(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
}

#[cfg(test)]
mod tests;
