//! How much of a model's context the tools take: a client puts all of `tools/list` before it.

use anyhow::{Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::Value;

use super::binary::Server;
use crate::report::{Row, Unit};

/// What the default tools may come to, in bytes of compact JSON.
const GOAL: f64 = 12.0 * 1024.0;

/// Measures in both eras.
pub(crate) fn measure(server: &Server) -> Result<Vec<Row>> {
    let mut client = server.start()?;
    let legacy = client.list_tools()?;
    client.close()?;

    let mut client = StdioClient::spawn(&mut server.command())?;
    client.discover()?;
    let modern = client.list_tools()?;
    client.close()?;

    ensure!(!legacy.is_empty(), "there are no tools");
    Ok(vec![
        Row::exact("tools/list after initialize", Unit::Bytes, bytes(&legacy)?).below(GOAL),
        Row::exact("tools/list of 2026-07-28", Unit::Bytes, bytes(&modern)?).below(GOAL),
        Row::exact("  tools in it", Unit::Count, modern.len() as f64),
    ])
}

fn bytes(tools: &[Value]) -> Result<f64> {
    Ok(serde_json::to_vec(tools)?.len() as f64)
}
