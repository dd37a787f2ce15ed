//! `search_output`: lines of a session's output that match.

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{LineFound, LineSearch, LinesFound, PatternSpec, SearchIn};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::schema::{a, boolean, facts, integer, list_of, object, one_of, string, strings};
use super::{Act, Call, failure};
use crate::failure::Failure;
use crate::server::Server;

/// Searches what a session has printed.
#[derive(Debug, Deserialize)]
pub(crate) struct SearchOutput {
    session_id: String,
    pattern: String,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default = "two")]
    context: usize,
    #[serde(default = "twenty")]
    max_matches: usize,
    #[serde(default)]
    from: From,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    #[default]
    Ring,
    Transcript,
}

fn two() -> usize {
    2
}

fn twenty() -> usize {
    20
}

impl Act for SearchOutput {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "search_output",
            "Find lines of output by regex, with the offset that read_output takes as `since`. `ring` \
             is the last 1 MiB, `transcript` all of it.",
        )
        .with_title("Search output")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("pattern!", string("")),
            ("case_sensitive", boolean(false, "")),
            (
                "context",
                integer(0, Some(50), 2, "lines around"),
            ),
            ("max_matches", integer(1, Some(1000), 20, "")),
            ("from", one_of(&["ring", "transcript"], "ring", "")),
        ]))
        .with_output_schema(facts(&[
            (
                "matches",
                list_of(&facts(&[
                    ("line", a("integer")),
                    ("offset", a("integer")),
                    ("text", a("string")),
                    ("before", strings("")),
                    ("after", strings("")),
                ])),
            ),
            ("total", a("integer")),
            ("lines", a("integer")),
            ("start", a("integer")),
            ("end", a("integer")),
        ]))
        .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let mut search = LineSearch::new(PatternSpec {
            text: self.pattern,
            literal: false,
            case_sensitive: self.case_sensitive,
        });
        search.context = self.context;
        search.max_matches = self.max_matches;
        let place = match self.from {
            From::Ring => SearchIn::Ring,
            From::Transcript => SearchIn::Transcript,
        };
        let found = session
            .search(search, place)
            .await
            .map_err(|error| failure(&error))?;
        let matches: Vec<Value> = found.matches.iter().map(facts_of).collect();
        Ok(ToolResult::text(shown(&found)).with_structured(json!({
            "matches": matches,
            "total": found.total,
            "lines": found.lines,
            "start": found.start.get(),
            "end": found.end.get(),
        })))
    }
}

fn facts_of(found: &LineFound) -> Value {
    json!({
        "line": found.line,
        "offset": found.offset.get(),
        "text": found.text,
        "before": found.before,
        "after": found.after,
    })
}

/// The matches as grep(1) shows them: `:` behind the number of a line that
/// matches, `-` behind one around it.
fn shown(found: &LinesFound) -> String {
    let mut text = String::new();
    let mut shown_to = 0;
    for one in &found.matches {
        let first = one.line - one.before.len() as u64;
        if shown_to > 0 && first > shown_to + 1 {
            text.push_str("--\n");
        }
        let lines = one.before.iter().chain([&one.text]).chain(&one.after);
        for (number, line) in (first..).zip(lines) {
            if number > shown_to {
                let mark = if number == one.line { ':' } else { '-' };
                text.push_str(&format!("{number}{mark} {line}\n"));
                shown_to = number;
            }
        }
        text.push_str(&format!("  (since {})\n", one.offset.get()));
    }
    let more = found.total - found.matches.len() as u64;
    text.push_str(&format!("{} of {} lines match", found.total, found.lines));
    if more > 0 {
        text.push_str(&format!("; {more} not shown (max_matches)"));
    }
    if found.start.get() > 0 {
        text.push_str(&format!(
            "; searched from byte {} on (from: transcript has more)",
            found.start.get()
        ));
    }
    text
}
