//! Standard input and output by the book: read, answer, write. A tool that never waits needs no
//! more.

use std::io::{Read, Write};

use anyhow::Result;
use mcp_proto::{LineFramer, Outcome, Outgoing, ToolResult};

use crate::tool::{connection, echo};

/// Serves until standard input ends.
pub(crate) fn serve() -> Result<()> {
    let mut connection = connection()?;
    let mut framer = LineFramer::new();
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout());
    let mut buffer = vec![0; 64 * 1024];
    let mut unsent = Vec::new();
    loop {
        let count = input.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let mut read = &buffer[..count];
        while let Some(line) = framer.next_line(&mut read) {
            for outcome in connection.handle_line(line) {
                let answer = match outcome {
                    Outcome::Send(answer) => Some(answer),
                    Outcome::CallTool(call) => connection.finish(call.key, &echo(call.arguments)),
                    Outcome::InvalidArguments(call, problems) => {
                        connection.finish(call.key, &ToolResult::error(problems.to_string()))
                    }
                    _ => None,
                };
                unsent.extend(answer.into_iter().flat_map(Outgoing::into_line));
            }
        }
        output.write_all(&unsent)?;
        output.flush()?;
        unsent.clear();
    }
}
