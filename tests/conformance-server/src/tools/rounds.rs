//! Tools that take several rounds: what they ask, and what they remember in between.

use mcp_proto::{Answer, Elicited, InputRequest, InputRequired, ToolResult};
use serde_json::{Map, Value, json};

use super::asking::{sample, sampled};
use super::{Call, Tool};

const USER_NAME: &str = "user_name";
const CONFIRM: &str = "confirm";
const CAPITAL: &str = "capital_question";
const GREETING: &str = "greeting";
const ROOTS: &str = "client_roots";

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "test_input_required_result_elicitation",
            "Asks for a name and greets it.",
            greet,
        ),
        Tool::new(
            "test_input_required_result_sampling",
            "Asks the client's model for a capital.",
            capital,
        ),
        Tool::new(
            "test_input_required_result_list_roots",
            "Asks for the client's roots and names them.",
            list_roots,
        ),
        Tool::new(
            "test_input_required_result_request_state",
            "Asks for a confirmation and remembers that it did.",
            with_state,
        ),
        Tool::new(
            "test_input_required_result_multiple_inputs",
            "Asks for a name, a greeting and the roots at once.",
            everything,
        ),
        Tool::new(
            "test_input_required_result_multi_round",
            "Asks for a name, then for a colour.",
            two_questions,
        ),
        Tool::new(
            "test_input_required_result_tampered_state",
            "Asks for a confirmation and refuses a state that was changed.",
            with_state,
        ),
        Tool::new(
            "test_input_required_result_capabilities",
            "Asks for as much as the client can be asked.",
            whatever_is_declared,
        ),
    ]
}

/// A form with one field, which has to be filled in.
fn form(message: &str, field: &str, kind: &str) -> InputRequest {
    let schema = json!({
        "type": "object",
        "properties": {field: {"type": kind}},
        "required": [field],
    });
    InputRequest::form(message, schema)
}

fn name_form() -> InputRequest {
    form("What is your name?", "name", "string")
}

/// What the user filled in under this name; an error for a user who didn't want to.
fn filled_in(call: &Call, question: &str) -> Option<Result<Map<String, Value>, Answer>> {
    let answer = call.responses()?.elicited(question)?;
    Some(match answer {
        Elicited::Accepted(content) => Ok(content),
        Elicited::Declined | Elicited::Cancelled => {
            Err(ToolResult::error("The user did not want to answer").into())
        }
    })
}

fn text<'a>(content: &'a Map<String, Value>, field: &str) -> &'a str {
    content.get(field).and_then(Value::as_str).unwrap_or("")
}

async fn greet(call: Call) -> Answer {
    match filled_in(&call, USER_NAME) {
        Some(Ok(content)) => ToolResult::text(format!("Hello, {}!", text(&content, "name"))).into(),
        Some(Err(answer)) => answer,
        None => InputRequired::one(USER_NAME, name_form()).into(),
    }
}

async fn capital(call: Call) -> Answer {
    let answer = call.responses().and_then(|it| it.get(CAPITAL));
    match answer.and_then(sampled) {
        Some(text) => ToolResult::text(text).into(),
        None => {
            let question = sample("What is the capital of France?", 100);
            InputRequired::one(CAPITAL, question).into()
        }
    }
}

/// The client's roots, in words.
fn roots(call: &Call) -> Option<String> {
    let answer = call.responses()?.get(ROOTS)?;
    let roots = answer.get("roots")?.as_array()?.iter();
    let words: Vec<String> = roots
        .map(|root| {
            let member = |name| root.get(name).and_then(Value::as_str).unwrap_or("");
            format!("{} ({})", member("uri"), member("name"))
        })
        .collect();
    Some(words.join(", "))
}

async fn list_roots(call: Call) -> Answer {
    match roots(&call) {
        Some(roots) => ToolResult::text(format!("The client's roots: {roots}")).into(),
        None => InputRequired::one(ROOTS, InputRequest::Roots).into(),
    }
}

/// Adds a sealed state to what is asked.
fn remember(call: &Call, needed: InputRequired, state: &Value) -> Answer {
    match call.fixture.seals.seal(call, state) {
        Ok(state) => needed.with_state(state).into(),
        Err(error) => error.into(),
    }
}

async fn with_state(call: Call) -> Answer {
    let state = match call.fixture.seals.open(&call) {
        Ok(state) => state,
        Err(error) => return error.into(),
    };
    match (state, filled_in(&call, CONFIRM)) {
        (Some(_), Some(Ok(_))) => ToolResult::text("state-ok").into(),
        (Some(_), Some(Err(answer))) => answer,
        _ => {
            let needed = InputRequired::one(CONFIRM, form("Please confirm", "ok", "boolean"));
            remember(&call, needed, &json!("confirm"))
        }
    }
}

async fn everything(call: Call) -> Answer {
    if let Err(error) = call.fixture.seals.open(&call) {
        return error.into();
    }
    let greeting = call.responses().and_then(|it| it.get(GREETING));
    let name = match filled_in(&call, USER_NAME) {
        Some(Err(answer)) => return answer,
        Some(Ok(content)) => Some(content),
        None => None,
    };
    if let (Some(name), Some(greeting), Some(roots)) =
        (name, greeting.and_then(sampled), roots(&call))
    {
        let name = text(&name, "name");
        return ToolResult::text(format!("{greeting} {name}, of {roots}")).into();
    }
    let needed = InputRequired::one(USER_NAME, name_form())
        .with_request(GREETING, sample("Generate a greeting", 50))
        .with_request(ROOTS, InputRequest::Roots);
    remember(&call, needed, &json!("everything"))
}

async fn two_questions(call: Call) -> Answer {
    let state = match call.fixture.seals.open(&call) {
        Ok(state) => state.unwrap_or_default(),
        Err(error) => return error.into(),
    };
    if let Some(name) = state.get("name").and_then(Value::as_str) {
        return match filled_in(&call, "step2") {
            Some(Ok(content)) => {
                let colour = text(&content, "color");
                ToolResult::text(format!("{name} likes {colour}.")).into()
            }
            Some(Err(answer)) => answer,
            None => ask_colour(&call, name),
        };
    }
    match filled_in(&call, "step1") {
        Some(Ok(content)) => ask_colour(&call, text(&content, "name")),
        Some(Err(answer)) => answer,
        None => {
            let question = form("Step 1: What is your name?", "name", "string");
            remember(
                &call,
                InputRequired::one("step1", question),
                &json!({"step": 1}),
            )
        }
    }
}

fn ask_colour(call: &Call, name: &str) -> Answer {
    let question = form("Step 2: What is your favorite color?", "color", "string");
    let state = json!({"step": 2, "name": name});
    remember(call, InputRequired::one("step2", question), &state)
}

async fn whatever_is_declared(call: Call) -> Answer {
    let declared = &call.call.context.capabilities;
    let possible = [
        (
            declared.sampling(),
            CAPITAL,
            sample("What is the capital of France?", 100),
        ),
        (declared.elicitation_form(), USER_NAME, name_form()),
        (declared.roots(), ROOTS, InputRequest::Roots),
    ];
    let needed = possible.into_iter().filter(|(declared, ..)| *declared);
    let needed = needed.fold(InputRequired::default(), |needed, (_, name, request)| {
        needed.with_request(name, request)
    });
    let answered = |name: &str| call.responses().is_some_and(|it| it.get(name).is_some());
    if needed.requests.iter().all(|(name, _)| answered(name)) {
        let count = needed.requests.len();
        return ToolResult::text(format!("All of {count} questions are answered.")).into();
    }
    needed.into()
}
