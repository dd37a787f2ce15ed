//! Tools that are about what a result is made of.

use mcp_proto::{Content, ResourceBody, ToolResult};

use super::{Call, Tool};

/// A picture of one red pixel, in base64.
pub(crate) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4z8AAAAMBAQD3A0FDAAAAAElFTkSuQmCC";

/// A millisecond of silence (8 kHz, 16 bits, mono), in base64.
const WAV: &str =
    "UklGRjQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YRAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new("test_simple_text", "Answers with a text.", simple_text),
        Tool::new("test_image_content", "Answers with an image.", image),
        Tool::new("test_audio_content", "Answers with a sound.", audio),
        Tool::new(
            "test_embedded_resource",
            "Answers with a resource's contents.",
            embedded_resource,
        ),
        Tool::new(
            "test_multiple_content_types",
            "Answers with a text, an image and a resource's contents.",
            multiple_content_types,
        ),
        Tool::new(
            "test_error_handling",
            "Answers with a failure, always.",
            error_handling,
        ),
    ]
}

async fn simple_text(_: Call) -> ToolResult {
    ToolResult::text("This is a simple text response for testing.")
}

async fn image(_: Call) -> ToolResult {
    ToolResult::default().with_content(Content::image(PNG, "image/png"))
}

async fn audio(_: Call) -> ToolResult {
    ToolResult::default().with_content(Content::audio(WAV, "audio/wav"))
}

async fn embedded_resource(_: Call) -> ToolResult {
    let text = "This is an embedded resource content.";
    let body = ResourceBody::text("test://embedded-resource", text).with_mime_type("text/plain");
    ToolResult::default().with_content(Content::resource(body))
}

async fn multiple_content_types(_: Call) -> ToolResult {
    let data = r#"{"test":"data","value":123}"#;
    let body = ResourceBody::text("test://mixed-content-resource", data)
        .with_mime_type("application/json");
    ToolResult::text("Multiple content types test:")
        .with_content(Content::image(PNG, "image/png"))
        .with_content(Content::resource(body))
}

async fn error_handling(_: Call) -> ToolResult {
    ToolResult::error("This tool intentionally returns an error for testing")
}
