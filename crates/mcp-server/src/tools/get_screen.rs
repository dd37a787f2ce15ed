//! `get_screen`: what a person would see.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mcp_proto::{Content, ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_screen::render::{self, PictureOptions, TextOptions};
use rejoinder_session::{ScreenLook, ScreenView, Session};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::schema::{integer, object, offset, one_of, string};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::Reply;
use crate::server::Server;

/// Rows of scrollback in one answer at most.
const MAX_SCROLLBACK: u64 = 2000;

/// Shows a session's screen.
#[derive(Debug, Deserialize)]
pub(crate) struct GetScreen {
    session_id: String,
    #[serde(default)]
    format: ScreenFormat,
    #[serde(default)]
    scrollback_lines: u32,
    since_version: Option<u64>,
}

/// How a screen is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScreenFormat {
    #[default]
    Text,
    Ansi,
    Png,
    Svg,
}

impl Act for GetScreen {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "get_screen",
            "Show the terminal's screen as a person sees it: for full-screen programs, menus, \
             editors. text tells cursor, title and what is highlighted; png is a picture. With \
             since_version (`version` of an earlier answer) only rows that changed.",
        )
        .with_title("Look at the screen")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            (
                "format",
                one_of(&["text", "ansi", "png", "svg"], "text", ""),
            ),
            (
                "scrollback_lines",
                integer(0, Some(MAX_SCROLLBACK), 0, "rows above the screen"),
            ),
            ("since_version", offset("")),
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
        let look = ScreenLook {
            scrollback: self.scrollback_lines,
            since: self.since_version,
        };
        let view = see(&session, look).await?;
        let mut reply = Reply::new(session.identity(), view.status.clone());
        reply.fact("screen_version", json!(view.snapshot.version));
        let picture = match self.format {
            ScreenFormat::Text => {
                reply.screen(&as_text(&view, look));
                None
            }
            ScreenFormat::Ansi => {
                let bytes = render::ansi(&view.snapshot);
                reply.screen(&String::from_utf8_lossy(&bytes));
                None
            }
            ScreenFormat::Svg => {
                reply.screen(&picture(render::svg(&view.snapshot, &options()))?);
                None
            }
            ScreenFormat::Png => {
                let snapshot = view.snapshot;
                let drawn = tokio::task::spawn_blocking(move || render::png(&snapshot, &options()));
                let png = drawn.await.map_err(|error| {
                    Failure::new(ErrorType::Internal, error.to_string(), "use format `text`")
                })?;
                Some(Content::image(STANDARD.encode(picture(png)?), "image/png"))
            }
        };
        reply.took(call.elapsed());
        let result = reply.into_result();
        Ok(match picture {
            Some(picture) => result.with_content(picture),
            None => result,
        })
    }
}

/// Looks at a session's screen.
pub(crate) async fn see(session: &Session, look: ScreenLook) -> Result<ScreenView, Failure> {
    session.screen(look).await.map_err(|error| failure(&error))
}

/// The screen as text, or the rows of it that have changed.
pub(crate) fn as_text(view: &ScreenView, look: ScreenLook) -> String {
    let snapshot = &view.snapshot;
    let Some(changed) = &view.changed else {
        let scrollback_lines = usize::try_from(look.scrollback).unwrap_or(usize::MAX);
        return render::text(snapshot, &TextOptions { scrollback_lines });
    };
    let rows: Vec<_> = changed
        .iter()
        .filter_map(|&row| Some((row, snapshot.rows.get(usize::from(row))?)))
        .collect();
    render::text_changes(&rows, snapshot)
}

fn options() -> PictureOptions {
    PictureOptions::default()
}

fn picture<T>(drawn: Result<T, render::PictureError>) -> Result<T, Failure> {
    drawn.map_err(|error| {
        Failure::new(
            ErrorType::ResourceExhausted,
            error.to_string(),
            "use format `text`, or make the terminal smaller with resize_pty",
        )
    })
}
