//! The question's words: what would be done, whole, where, and by which rule it is asked.
//!
//! What stands in it comes from the caller. Every line of that is marked, and hidden characters
//! are shown, so that none of it passes for words of the server.

use rejoinder_ansi::escape_hidden;

use super::Matter;

/// Bytes of a question at most. What does not fit is not asked: a person agrees to what can be
/// read, and to nothing that was cut off.
pub(super) const MAX_BYTES: usize = 4096;

/// The question; `None` where it cannot be shown whole.
pub(super) fn message(matter: &Matter<'_>) -> Option<String> {
    let facts = matter.facts;
    let mut message = String::from("An agent wants to do what your policy asks about.\n");
    let mut say = |what: &str, text: &str| {
        message.push_str(what);
        message.push_str(":\n");
        for line in text.split('\n') {
            message.push_str("  | ");
            message.push_str(&escape_hidden(line));
            message.push('\n');
        }
    };
    say("Tool", matter.tool);
    if let Some(session) = facts.session_name() {
        say("In session", session);
    }
    for command in facts.commands() {
        say("It would run", &command);
    }
    if let Some(directory) = facts.directory() {
        say("In directory", &directory.to_string_lossy());
    }
    if !facts.env().is_empty() {
        say("With variables", &facts.env().join(" "));
    }
    if !facts.secrets().is_empty() {
        say("With secrets", &facts.secrets().join(" "));
    }
    say("Rule", matter.verdict.rule().as_str());
    say("Because", matter.verdict.reason());
    message.push_str("Allow it? What looks like a secret is shown as ***.");
    (message.len() <= MAX_BYTES).then_some(message)
}
