//! `multi_step_automation`: a dialogue written down beforehand.
//!
//! Each step waits for its prompt and answers it. While it waits it also looks
//! for its branches and, being optional, for the steps behind it, all in one
//! search, so that a step that does not come up costs no time.

use std::time::{Duration, Instant};

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Interacted, PatternSpec, ReturnedBy, Session, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{OneOrMany, Seconds, yes};
use super::dialogue::{Answer, answer, expect, quoted, respond, seen};
use super::expect_and_respond::thirty_seconds;
use super::schema::{boolean, described, object, one_or_many, seconds, string};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::{Reply, exit_text};
use crate::server::Server;

/// Where the results of the steps stand as data.
pub(crate) const STEPS_META: &str = "rejoinder/steps";

/// How often branches may send the automation on or back before it is given up.
const MAX_BRANCHES: usize = 100;

/// A dialogue of 1 to 100 steps.
#[derive(Debug, Deserialize)]
pub(crate) struct MultiStepAutomation {
    session_id: String,
    steps: Vec<Step>,
    #[serde(default = "yes")]
    stop_on_failure: bool,
}

/// One prompt and its answer.
#[derive(Debug, Deserialize)]
struct Step {
    name: Option<String>,
    expect: OneOrMany,
    #[serde(default)]
    respond: String,
    secret: Option<String>,
    #[serde(default = "thirty_seconds")]
    timeout: Seconds,
    #[serde(default)]
    optional: bool,
    #[serde(default = "yes")]
    press_enter: bool,
    #[serde(default)]
    on: Vec<Branch>,
}

impl Step {
    /// What it types; the step's number is for messages.
    fn answer(&self, step: usize, server: &Server) -> Result<Answer<'_>, Failure> {
        let path = format!("/steps/{step}");
        answer(&path, &self.respond, self.secret.as_deref(), server)
    }
}

/// What else may come instead of a step's prompt.
#[derive(Debug, Deserialize)]
struct Branch {
    expect: OneOrMany,
    #[serde(default)]
    respond: String,
    action: Action,
}

/// What a branch does, after typing its response if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Respond,
    Continue,
    Retry,
    Terminate,
    Fail,
}

impl Act for MultiStepAutomation {
    fn describe() -> ToolDefinition {
        let branch = json!({
            "type": "object",
            "properties": {
                "expect": one_or_many(""),
                "respond": string(""),
                "action": {"type": "string", "enum": ["respond", "continue", "retry", "terminate", "fail"]}
            },
            "required": ["expect", "action"],
            "additionalProperties": false
        });
        let step = object(&[
            ("name", string("")),
            ("expect!", one_or_many("regex(es), any case")),
            ("respond", string("")),
            ("secret", string("")),
            ("timeout", seconds(0, Some(300), 30, "")),
            ("optional", boolean(false, "")),
            ("press_enter", boolean(true, "")),
            ("on", json!({"type": "array", "items": branch})),
        ]);
        ToolDefinition::new(
            "multi_step_automation",
            "Run a dialogue: each step waits for `expect` and types `respond` or a secret. `on`: what \
             else may come up; its response is typed, then respond = step done, continue = wait on, \
             retry = back to the step before, terminate = end, fail = step failed. Returns what \
             each step saw.",
        )
        .with_title("Run a dialogue")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("steps!", described(json!({"type": "array", "minItems": 1, "maxItems": 100, "items": step}), "")),
            ("stop_on_failure", boolean(true, "")),
        ]))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let this: Self = super::args::read(arguments)?;
        for step in 0..this.steps.len() {
            this.steps[step].answer(step, server)?;
            let patterns = this.watch_list(step).patterns;
            rejoinder_session::check_patterns(&patterns).map_err(|error| {
                let mut failure = failure(&error);
                failure.message = format!("/steps/{step}: {}", failure.message);
                failure
            })?;
        }
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        let secrets = self.steps.iter().filter_map(|step| step.secret.as_deref());
        facts.session(&self.session_id).secret_names(secrets)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let deadline = call.started + call.server.config().limits.max_wait();
        let mut run = Run {
            reader: call.reader(None),
            automation: &self,
            session: &session,
            call: &call,
            deadline,
            outcomes: Vec::new(),
            last: None,
        };
        match run.run().await {
            Ok(()) => Ok(run.into_result(&call)),
            // What was done by then is told all the same.
            Err(failure) => Err(match run.reply() {
                Some(mut reply) => {
                    reply.took(call.elapsed());
                    failure.after(reply)
                }
                None => failure,
            }),
        }
    }
}

/// What one wait looks for, and what each pattern means.
struct WatchList {
    patterns: Vec<PatternSpec>,
    meanings: Vec<Meaning>,
}

/// What a match means for the step under way.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The prompt of this step, or of one behind it.
    Step(usize),
    /// A branch of the step under way.
    Branch(usize),
}

impl MultiStepAutomation {
    /// The step's own prompt, its branches, and the prompts of the steps behind
    /// it as far as everything before them is optional.
    fn watch_list(&self, step: usize) -> WatchList {
        let mut list = WatchList {
            patterns: Vec::new(),
            meanings: Vec::new(),
        };
        list.add(&self.steps[step].expect, Meaning::Step(step));
        for (index, branch) in self.steps[step].on.iter().enumerate() {
            list.add(&branch.expect, Meaning::Branch(index));
        }
        let mut later = step;
        while self.steps[later].optional && later + 1 < self.steps.len() {
            later += 1;
            list.add(&self.steps[later].expect, Meaning::Step(later));
        }
        list
    }

    fn name(&self, step: usize) -> String {
        self.steps[step]
            .name
            .clone()
            .unwrap_or_else(|| format!("step {}", step + 1))
    }
}

impl WatchList {
    fn add(&mut self, expect: &OneOrMany, meaning: Meaning) {
        for pattern in expect.patterns(false, false) {
            self.patterns.push(pattern);
            self.meanings.push(meaning);
        }
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StepResult {
    Done,
    Skipped,
    TimedOut,
    Failed,
    Exited,
    Terminated,
    Retried,
    NotReached,
}

impl StepResult {
    fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed out",
            Self::Failed => "failed",
            Self::Exited => "program ended",
            Self::Terminated => "terminated",
            Self::Retried => "retried",
            Self::NotReached => "out of time",
        }
    }

    fn is_failure(self) -> bool {
        matches!(self, Self::TimedOut | Self::Failed | Self::Exited)
    }
}

/// What became of one step.
struct Outcome {
    step: usize,
    result: StepResult,
    seen: String,
    matched: Option<String>,
}

/// An automation under way.
struct Run<'a> {
    automation: &'a MultiStepAutomation,
    session: &'a Session,
    call: &'a Call,
    reader: String,
    deadline: Instant,
    outcomes: Vec<Outcome>,
    last: Option<Interacted>,
}

/// Where to go after a wait.
enum Next {
    Step(usize),
    Stay,
    Stop,
}

impl Run<'_> {
    async fn run(&mut self) -> Result<(), Failure> {
        let mut step = 0;
        let mut branches = 0;
        while step < self.automation.steps.len() {
            match self.wait(step).await? {
                Next::Step(next) => {
                    branches += usize::from(next <= step);
                    step = next;
                }
                Next::Stay => branches += 1,
                Next::Stop => break,
            }
            if branches > MAX_BRANCHES {
                self.note(step, StepResult::Failed, String::new(), None);
                break;
            }
        }
        Ok(())
    }

    /// Waits for what this step looks for and does what that asks for.
    async fn wait(&mut self, step: usize) -> Result<Next, Failure> {
        let list = self.automation.watch_list(step);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let wanted = self.automation.steps[step].timeout.at_most(Duration::MAX);
        let timeout = wanted.min(left);
        let interacted = expect(self.session, &self.reader, list.patterns, false, timeout).await?;
        let seen = seen(&interacted);
        let matched = interacted.matched.clone();
        let by = interacted.returned_by;
        self.last = Some(interacted);
        let Some(matched) = matched else {
            return Ok(self.unmatched(step, by, seen, wanted > left));
        };
        match list.meanings[matched.index] {
            Meaning::Step(reached) => {
                for skipped in step..reached {
                    self.note(skipped, StepResult::Skipped, String::new(), None);
                }
                let answered = &self.automation.steps[reached];
                let answer = answered.answer(reached, &self.call.server)?;
                self.answer(answer, answered.press_enter).await?;
                self.note(reached, StepResult::Done, seen, Some(matched.text));
                Ok(Next::Step(reached + 1))
            }
            Meaning::Branch(index) => self.branch(step, index, seen, matched.text).await,
        }
    }

    async fn branch(
        &mut self,
        step: usize,
        index: usize,
        seen: String,
        matched: String,
    ) -> Result<Next, Failure> {
        let branch = &self.automation.steps[step].on[index];
        let press_enter = self.automation.steps[step].press_enter;
        self.answer(Answer::Text(&branch.respond), press_enter)
            .await?;
        let (result, next) = match branch.action {
            Action::Respond => (StepResult::Done, Next::Step(step + 1)),
            Action::Continue => (StepResult::Retried, Next::Stay),
            Action::Retry => (StepResult::Retried, Next::Step(step.saturating_sub(1))),
            Action::Terminate => (StepResult::Terminated, Next::Stop),
            Action::Fail => (StepResult::Failed, self.after_failure(step)),
        };
        self.note(step, result, seen, Some(matched));
        Ok(next)
    }

    fn unmatched(
        &mut self,
        step: usize,
        by: Option<ReturnedBy>,
        seen: String,
        out_of_time: bool,
    ) -> Next {
        if by == Some(ReturnedBy::Exit) {
            self.note(step, StepResult::Exited, seen, None);
            return Next::Stop;
        }
        if out_of_time {
            self.note(step, StepResult::NotReached, seen, None);
            return Next::Stop;
        }
        if self.automation.steps[step].optional {
            self.note(step, StepResult::Skipped, seen, None);
            return Next::Step(step + 1);
        }
        self.note(step, StepResult::TimedOut, seen, None);
        self.after_failure(step)
    }

    fn after_failure(&self, step: usize) -> Next {
        if self.automation.stop_on_failure {
            Next::Stop
        } else {
            Next::Step(step + 1)
        }
    }

    async fn answer(&mut self, answer: Answer<'_>, press_enter: bool) -> Result<(), Failure> {
        let typed = respond(self.call, self.session, answer, press_enter).await?;
        if let Some(interacted) = typed {
            self.last = Some(interacted);
        }
        Ok(())
    }

    fn note(&mut self, step: usize, result: StepResult, seen: String, matched: Option<String>) {
        self.outcomes.push(Outcome {
            step,
            result,
            seen,
            matched,
        });
    }

    /// What became of the steps so far; `None` before the first wait.
    fn reply(&self) -> Option<Reply> {
        let last = self.last.as_ref()?;
        let mut reply = Reply::new(self.session.identity(), last.status.clone());
        for outcome in &self.outcomes {
            reply.note(&self.describe(outcome));
        }
        Some(reply)
    }

    fn into_result(self, call: &Call) -> ToolResult {
        let (Some(mut reply), Some(last)) = (self.reply(), &self.last) else {
            return ToolResult::text("There were no steps.");
        };
        let status = last.status.clone();
        let failed = self
            .outcomes
            .iter()
            .any(|outcome| outcome.result.is_failure());
        let unreached = self
            .outcomes
            .last()
            .filter(|outcome| outcome.result == StepResult::NotReached)
            .map(|outcome| outcome.step);
        if let Some(step) = unreached {
            reply.note(&format!(
                "The call's time was up in step {}: call again with the steps from there on.",
                step + 1
            ));
            reply.ended_by(Some(ReturnedBy::Timeout));
        }
        if let State::Exited(status) = status.state {
            reply.note(&format!(
                "The program has ended (exit {}).",
                exit_text(status)
            ));
        }
        reply.took(call.elapsed());
        let steps = self.as_data();
        if failed {
            let ended = status.state.is_exited();
            let error_type = if ended {
                ErrorType::SessionExited
            } else {
                ErrorType::Timeout
            };
            let last = self
                .outcomes
                .iter()
                .rfind(|outcome| outcome.result.is_failure());
            let (step, how) = last.map_or((0, ""), |o| (o.step, o.result.name()));
            let (number, expected) = (step + 1, self.automation.steps[step].expect.describe());
            return Failure::new(
                error_type,
                format!("step {number} of {}: {how}, waiting for {expected}", self.automation.steps.len()),
                "look at what the step saw, then go on from it with expect_and_respond or the remaining steps",
            )
            .after(reply)
            .into_result()
            .with_meta(STEPS_META, steps);
        }
        reply.into_result().with_meta(STEPS_META, steps)
    }

    fn describe(&self, outcome: &Outcome) -> String {
        let name = self.automation.name(outcome.step);
        let mut text = format!("{}. {name}: {}", outcome.step + 1, outcome.result.name());
        if let Some(matched) = &outcome.matched {
            text.push_str(&format!(" (matched {matched:?})"));
        }
        text.push_str(&quoted(&outcome.seen));
        text
    }

    fn as_data(&self) -> Value {
        let steps = self.outcomes.iter().map(|outcome| {
            json!({
                "step": outcome.step + 1,
                "name": self.automation.name(outcome.step),
                "result": outcome.result.name(),
                "matched": outcome.matched,
                "seen": outcome.seen,
            })
        });
        steps.collect()
    }
}
