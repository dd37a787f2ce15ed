//! The prompts, and completion.

use mcp_proto::{
    Answer, CatalogueBuilder, Completion, CompletionRequest, CompletionTarget, Content, Elicited,
    Input, InputRequest, InputRequired, Prompt, PromptArgument, PromptResult, ResourceBody, Role,
    RpcError,
};
use serde_json::{Map, Value, json};

use crate::resources::TEMPLATE;
use crate::tools::content::PNG;

const SIMPLE: &str = "test_simple_prompt";
const WITH_ARGUMENTS: &str = "test_prompt_with_arguments";
const WITH_RESOURCE: &str = "test_prompt_with_embedded_resource";
const WITH_IMAGE: &str = "test_prompt_with_image";
const ASKS: &str = "test_input_required_result_prompt";

/// Lists the prompts.
pub(crate) fn offer(builder: CatalogueBuilder) -> CatalogueBuilder {
    let argument =
        |name: &str, what: &str| PromptArgument::new(name).with_description(what).required();
    builder
        .prompt(Prompt::new(SIMPLE).with_description("A prompt without arguments."))
        .prompt(
            Prompt::new(WITH_ARGUMENTS)
                .with_description("A prompt that says its arguments.")
                .with_argument(argument("arg1", "The first text."))
                .with_argument(argument("arg2", "The second text.")),
        )
        .prompt(
            Prompt::new(WITH_RESOURCE)
                .with_description("A prompt with a resource in it.")
                .with_argument(argument("resourceUri", "The URI of the resource.")),
        )
        .prompt(Prompt::new(WITH_IMAGE).with_description("A prompt with an image in it."))
        .prompt(
            Prompt::new(ASKS).with_description("A prompt that asks the user what to put in it."),
        )
}

/// Gets a prompt.
pub(crate) fn get(name: &str, arguments: &Map<String, Value>, input: &Input) -> Answer {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or("");
    match name {
        SIMPLE => says("This is a simple prompt for testing.").into(),
        WITH_ARGUMENTS => says(&format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            argument("arg1"),
            argument("arg2")
        ))
        .into(),
        WITH_RESOURCE => {
            let body = ResourceBody::text(
                argument("resourceUri"),
                "Embedded resource content for testing.",
            );
            let resource = Content::resource(body.with_mime_type("text/plain"));
            let then = Content::text("Please process the embedded resource above.");
            PromptResult::user(resource)
                .with_message(Role::User, then)
                .into()
        }
        WITH_IMAGE => PromptResult::user(Content::image(PNG, "image/png"))
            .with_message(Role::User, Content::text("Please analyze the image above."))
            .into(),
        ASKS => asks(input),
        _ => RpcError::internal("Internal error: a prompt is listed that is not there").into(),
    }
}

fn says(text: &str) -> PromptResult {
    PromptResult::user(Content::text(text))
}

fn asks(input: &Input) -> Answer {
    const QUESTION: &str = "user_context";
    let responses = input.responses.as_ref();
    match responses.and_then(|responses| responses.elicited(QUESTION)) {
        Some(Elicited::Accepted(content)) => {
            let context = content.get("context").and_then(Value::as_str).unwrap_or("");
            says(&format!("The context is: {context}")).into()
        }
        Some(_) => says("There is no context.").into(),
        None => {
            let schema = json!({
                "type": "object",
                "properties": {"context": {"type": "string"}},
                "required": ["context"],
            });
            let question = InputRequest::form("What context should the prompt use?", schema);
            InputRequired::one(QUESTION, question).into()
        }
    }
}

/// Values that begin with what was typed.
pub(crate) fn complete(request: &CompletionRequest) -> Completion {
    let known: &[&str] = match &request.target {
        CompletionTarget::Prompt(name) if name == WITH_ARGUMENTS => &["testValue1", "testValue2"],
        CompletionTarget::Resource(uri) if uri == TEMPLATE => &["123", "456"],
        _ => &[],
    };
    let fit = known.iter().filter(|it| it.starts_with(&request.value));
    Completion::of(fit.copied())
}
