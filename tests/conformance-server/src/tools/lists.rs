//! Tools that change what there is, so that whoever listens hears of it.

use mcp_proto::{ChangedList, ToolResult};

use super::{Call, Shown, Tool};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "test_trigger_tool_change",
            "Adds a tool to the list, or takes it away again.",
            change_tools,
        ),
        Tool::new(
            "test_trigger_prompt_change",
            "Says that the list of prompts changed.",
            change_prompts,
        ),
        Tool::new(
            "test_trigger_resource_change",
            "Says that the list of resources changed.",
            change_resources,
        ),
        Tool::new(
            "test_touch_watched_resource",
            "Changes the resource test://watched-resource.",
            touch,
        ),
        Tool::new("test_sometimes", "A tool that comes and goes.", sometimes)
            .shown(Shown::Sometimes),
    ]
}

async fn change_tools(call: Call) -> ToolResult {
    call.fixture.change_tools();
    ToolResult::text("The list of tools is another now.")
}

async fn change_prompts(call: Call) -> ToolResult {
    call.fixture.announce(ChangedList::Prompts);
    ToolResult::text("Who wants to know of prompts has been told.")
}

async fn change_resources(call: Call) -> ToolResult {
    call.fixture.announce(ChangedList::Resources);
    ToolResult::text("Who wants to know of resources has been told.")
}

async fn touch(call: Call) -> ToolResult {
    call.fixture.edition.send_modify(|edition| *edition += 1);
    ToolResult::text("The resource is another now.")
}

async fn sometimes(_: Call) -> ToolResult {
    ToolResult::text("Here now.")
}
