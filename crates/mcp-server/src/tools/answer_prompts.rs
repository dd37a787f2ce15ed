//! `answer_prompts`: answers whatever a program asks, in any order.

use std::time::Instant;

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Interacted, PatternSpec, ReturnedBy, Session, State, Status};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{OneOrMany, Seconds};
use super::dialogue::{Answer, expect, quoted, respond, seen};
use super::expect_and_respond::thirty_seconds;
use super::schema::{described, object, one_or_many, seconds, string};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::recipes::{Action, Condition, MAX_CONDITIONS, spec};
use crate::reply::{Reply, exit_text};
use crate::server::Server;

/// Where the answers stand as data.
const ANSWERS_META: &str = "rejoinder/answers";

/// Prompts that one call takes note of at most.
const MAX_EVENTS: usize = 200;

/// Answers prompts until something ends it.
#[derive(Debug, Deserialize)]
pub(crate) struct AnswerPrompts {
    session_id: String,
    #[serde(default)]
    conditions: Vec<Condition>,
    recipe: Option<OneOrMany>,
    secret: Option<String>,
    until: Option<String>,
    #[serde(default = "thirty_seconds")]
    timeout: Seconds,
}

impl Act for AnswerPrompts {
    fn describe() -> ToolDefinition {
        let actions = ["respond", "respond_with_secret", "continue", "terminate"];
        let condition = object(&[
            ("pattern!", string("")),
            ("action!", json!({"type": "string", "enum": actions})),
            ("response", string("")),
            ("secret", string("")),
            (
                "max_times",
                json!({"type": "integer", "minimum": 1, "default": 1}),
            ),
        ]);
        ToolDefinition::new(
            "answer_prompts",
            "Answer prompts in any order, by conditions (regexes, any case), a recipe (server_info \
             lists them) or both. Ends when `until` matches, a condition says terminate, the \
             program ends, asks what none answers, or asks again after max_times answers (wrong \
             password). Responses end with Enter.",
        )
        .with_title("Answer prompts")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            (
                "conditions",
                json!({"type": "array", "maxItems": MAX_CONDITIONS, "items": condition}),
            ),
            ("recipe", one_or_many("e.g. sudo")),
            ("secret", string("for conditions that name none")),
            ("until", string("")),
            ("timeout", described(seconds(1, Some(300), 30, ""), "")),
        ]))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let mut this: Self = super::args::read(arguments)?;
        for (index, condition) in this.conditions.iter().enumerate() {
            let path = format!("/conditions/{index}");
            if let Some(problem) = condition.problem() {
                return Err(bad(&path, problem));
            }
            compiles(&format!("{path}/pattern"), &condition.pattern)?;
        }
        for name in this.recipe.iter().flat_map(OneOrMany::texts) {
            let recipe = server.recipes().get("/recipe", name)?;
            this.conditions.extend_from_slice(&recipe.conditions);
            this.until = this.until.or_else(|| recipe.until.clone());
        }
        if this.conditions.is_empty() {
            return Err(bad(
                "/conditions",
                "there is nothing to answer: give some, or a `recipe`",
            ));
        }
        if let Some(until) = &this.until {
            compiles("/until", until)?;
        }
        for condition in &mut this.conditions {
            if condition.action != Action::RespondWithSecret {
                continue;
            }
            condition.secret = condition.secret.take().or_else(|| this.secret.clone());
            let Some(secret) = &condition.secret else {
                let asked = format!(
                    "a secret is to be typed at {:?}: say which",
                    condition.pattern
                );
                return Err(bad("/secret", &asked));
            };
            server.secrets().check("/secret", secret)?;
        }
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        let secrets = self.conditions.iter().filter_map(|it| it.secret.as_deref());
        facts.session(&self.session_id).secret_names(secrets)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let mut run = Run {
            answered: vec![0; self.conditions.len()],
            automation: &self,
            session: &session,
            call: &call,
            reader: call.reader(None),
            events: Vec::new(),
            last: None,
        };
        let ended = run.run().await;
        run.report(ended)
    }
}

impl AnswerPrompts {
    /// `until` stands first: where it and a prompt begin at one place, it counts.
    fn patterns(&self) -> Vec<PatternSpec> {
        let conditions = self.conditions.iter().map(Condition::spec);
        self.until
            .as_deref()
            .map(spec)
            .into_iter()
            .chain(conditions)
            .collect()
    }

    /// The condition that a match is of; `None` for `until`.
    fn condition(&self, matched: usize) -> Option<usize> {
        matched.checked_sub(usize::from(self.until.is_some()))
    }
}

/// What was done at one prompt.
struct Event {
    condition: usize,
    matched: String,
    seen: String,
}

/// Why it ended.
enum Ended {
    /// `until` was found: this text.
    Until(String),
    /// This condition says so.
    Terminated,
    /// This prompt came up more often than it may be answered.
    Again(usize),
    /// The program waits for input, and no condition knows what.
    Unanswered,
    /// The program has ended.
    Exit,
    /// Time is up.
    Timeout,
    /// There were too many prompts.
    TooMany,
}

/// A dialogue under way.
struct Run<'a> {
    automation: &'a AnswerPrompts,
    session: &'a Session,
    call: &'a Call,
    reader: String,
    /// How often each condition was answered.
    answered: Vec<u32>,
    events: Vec<Event>,
    last: Option<Interacted>,
}

impl Run<'_> {
    async fn run(&mut self) -> Result<Ended, Failure> {
        let patterns = self.automation.patterns();
        let deadline = self.call.started + self.call.wait(self.automation.timeout);
        while self.events.len() < MAX_EVENTS {
            let left = deadline.saturating_duration_since(Instant::now());
            let interacted =
                expect(self.session, &self.reader, patterns.clone(), true, left).await?;
            let (matched, by) = (interacted.matched.clone(), interacted.returned_by);
            let seen = seen(&interacted);
            self.last = Some(interacted);
            let Some(matched) = matched else {
                return Ok(match by {
                    Some(ReturnedBy::Waiting) => Ended::Unanswered,
                    Some(ReturnedBy::Exit) => Ended::Exit,
                    _ => Ended::Timeout,
                });
            };
            let Some(index) = self.automation.condition(matched.index) else {
                return Ok(Ended::Until(matched.text));
            };
            let condition = &self.automation.conditions[index];
            let answers = matches!(
                condition.action,
                Action::Respond | Action::RespondWithSecret
            );
            if answers && self.answered[index] >= condition.max_times {
                return Ok(Ended::Again(index));
            }
            self.events.push(Event {
                condition: index,
                matched: matched.text,
                seen,
            });
            let answer = match condition.action {
                Action::Respond => Answer::Line(condition.response.as_deref().unwrap_or_default()),
                Action::RespondWithSecret => {
                    Answer::Secret(condition.secret.as_deref().unwrap_or_default())
                }
                Action::Continue => continue,
                Action::Terminate => return Ok(Ended::Terminated),
            };
            let typed = respond(self.call, self.session, answer, true).await;
            if let Err(failure) = typed {
                self.events.pop();
                return Err(failure);
            }
            self.answered[index] += 1;
        }
        Ok(Ended::TooMany)
    }

    fn report(self, ended: Result<Ended, Failure>) -> Result<ToolResult, Failure> {
        let Some(last) = &self.last else {
            // Not even the first wait came to anything.
            return match ended {
                Ok(_) => Ok(ToolResult::text("Nothing came up.")),
                Err(failure) => Err(failure),
            };
        };
        let mut reply = Reply::new(self.session.identity(), last.status.clone());
        for (index, event) in self.events.iter().enumerate() {
            let what = self.describe(event);
            reply.note(&format!("{}. {what}{}", index + 1, quoted(&event.seen)));
        }
        let answers = self.as_data();
        let failed = match ended {
            Ok(ended) => {
                reply.ended_by(last.returned_by);
                reply.fact("ended", json!(ended.name()));
                self.conclude(&ended, last, &mut reply)
            }
            Err(failure) => {
                reply.note(&format!("Before that was answered:{}", quoted(&seen(last))));
                Some(failure)
            }
        };
        reply.took(self.call.elapsed());
        let result = match failed {
            None => reply.into_result(),
            Some(failure) => failure.after(reply).into_result(),
        };
        Ok(result.with_meta(ANSWERS_META, answers))
    }

    /// Says how it ended; a failure where something was asked again and again.
    fn conclude(&self, ended: &Ended, last: &Interacted, reply: &mut Reply) -> Option<Failure> {
        let seen = seen(last);
        match ended {
            Ended::Until(text) => reply.note(&format!("Done: {text:?} came up.{}", quoted(&seen))),
            Ended::Terminated => reply.note("Ended by that condition; the program goes on."),
            Ended::Unanswered => reply.note(&format!(
                "The program waits for input that no condition answers ({}):{}\nAnswer it with \
                 send_and_read, or call again with a condition for it.",
                last.status.state,
                quoted(&seen)
            )),
            Ended::Exit => reply.note(&format!(
                "The program has ended{}.{}",
                exit(&last.status),
                quoted(&seen)
            )),
            Ended::Timeout => reply.note(&format!(
                "Time is up, and nothing more came up; call again to go on.{}",
                quoted(&seen)
            )),
            Ended::Again(index) => {
                reply.note(&format!("It was asked again:{}", quoted(&seen)));
                return Some(self.asked_again(*index));
            }
            Ended::TooMany => {
                return Some(Failure::new(
                    ErrorType::ExecutionError,
                    format!("{MAX_EVENTS} prompts came up, and more were to come"),
                    "look at what the program does with read_output; make the patterns narrower",
                ));
            }
        }
        None
    }

    fn asked_again(&self, index: usize) -> Failure {
        let condition = &self.automation.conditions[index];
        let times = match condition.max_times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        let what = match &condition.secret {
            Some(secret) => format!("the secret `{secret}` was typed {times}"),
            None => format!("it was answered {times}"),
        };
        Failure::new(
            ErrorType::ExecutionError,
            format!(
                "the prompt {:?} came up again after {what}; it was not answered any more",
                condition.pattern
            ),
            "the answer was most likely not accepted: use another one, or allow more with max_times; \
             send_signal INT leaves most prompts",
        )
    }

    fn describe(&self, event: &Event) -> String {
        let condition = &self.automation.conditions[event.condition];
        let did = match condition.action {
            Action::Respond => {
                format!(
                    "typed {:?}",
                    condition.response.as_deref().unwrap_or_default()
                )
            }
            Action::RespondWithSecret => format!(
                "typed the secret `{}`",
                condition.secret.as_deref().unwrap_or_default()
            ),
            Action::Continue => "took note".to_owned(),
            Action::Terminate => "terminate".to_owned(),
        };
        format!("{:?}: {did}", event.matched)
    }

    fn as_data(&self) -> Value {
        let answers = self.events.iter().map(|event| {
            let condition = &self.automation.conditions[event.condition];
            json!({
                "pattern": condition.pattern,
                "matched": event.matched,
                "action": condition.action.name(),
                "response": condition.response,
                "secret": condition.secret,
                "seen": event.seen,
            })
        });
        answers.collect()
    }
}

impl Ended {
    fn name(&self) -> &'static str {
        match self {
            Self::Until(_) => "until",
            Self::Terminated => "terminate",
            Self::Again(_) => "asked_again",
            Self::Unanswered => "unanswered",
            Self::Exit => "exit",
            Self::Timeout => "timeout",
            Self::TooMany => "too_many",
        }
    }
}

fn exit(status: &Status) -> String {
    match status.state {
        State::Exited(status) => format!(" (exit {})", exit_text(status)),
        _ => String::new(),
    }
}

fn compiles(path: &str, pattern: &str) -> Result<(), Failure> {
    rejoinder_session::check_patterns(&[spec(pattern)]).map_err(|error| {
        let mut failure = failure(&error);
        failure.message = format!("{path}: {}", failure.message);
        failure
    })
}

fn bad(path: &str, rule: &str) -> Failure {
    Failure::new(
        ErrorType::ValidationError,
        format!("{path}: {rule}"),
        "correct the arguments and call again; nothing was done",
    )
}
