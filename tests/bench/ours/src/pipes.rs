//! Standard input and output as pipes of the runtime, each call a task: tools may wait, and be
//! overtaken.

use anyhow::Result;
use mcp_proto::{Connection, Line, LineFramer, Outcome, Outgoing, RequestKey, ToolResult};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe::OpenOptions;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::tool::{connection, echo};

type Finished = (RequestKey, ToolResult);

struct Desk {
    connection: Connection,
    unsent: Vec<u8>,
    finished: UnboundedSender<Finished>,
}

/// Serves until standard input ends.
///
/// The pipes are opened anew, so that not blocking is this process's own affair.
pub(crate) async fn serve() -> Result<()> {
    let mut input = OpenOptions::new().open_receiver("/proc/self/fd/0")?;
    let mut output = OpenOptions::new().open_sender("/proc/self/fd/1")?;
    let (finished, mut inbox) = unbounded_channel();
    let mut desk = Desk {
        connection: connection()?,
        unsent: Vec::new(),
        finished,
    };
    let mut framer = LineFramer::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            biased;
            Some(call) = inbox.recv() => desk.finish(call, &mut inbox),
            count = input.read(&mut buffer) => {
                let mut read = &buffer[..count?];
                if read.is_empty() {
                    return Ok(());
                }
                while let Some(line) = framer.next_line(&mut read) {
                    desk.received(line);
                }
            }
        }
        output.write_all(&desk.unsent).await?;
        desk.unsent.clear();
    }
}

impl Desk {
    fn received(&mut self, line: Line<'_>) {
        for outcome in self.connection.handle_line(line) {
            match outcome {
                Outcome::Send(answer) => self.send(Some(answer)),
                Outcome::CallTool(call) => {
                    let finished = self.finished.clone();
                    tokio::spawn(async move {
                        // Without the loop there is nobody to tell.
                        let _ = finished.send((call.key, echo(call.arguments)));
                    });
                }
                Outcome::InvalidArguments(call, problems) => {
                    let refused = ToolResult::error(problems.to_string());
                    let answer = self.connection.finish(call.key, &refused);
                    self.send(answer);
                }
                _ => {}
            }
        }
    }

    /// Answers a call, and those that have finished along with it.
    fn finish(&mut self, first: Finished, inbox: &mut UnboundedReceiver<Finished>) {
        let mut next = Some(first);
        while let Some((key, result)) = next {
            let answer = self.connection.finish(key, &result);
            self.send(answer);
            next = inbox.try_recv().ok();
        }
    }

    fn send(&mut self, answer: Option<Outgoing>) {
        self.unsent
            .extend(answer.into_iter().flat_map(Outgoing::into_line));
    }
}
