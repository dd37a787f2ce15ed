//! What is left of a session whose holder has died: its program is ended, its
//! output is read from the transcript.

use std::time::{Instant, SystemTime};

use rejoinder_expect::Offset;
use rejoinder_pty::{ProcessTree, Signal};
use rejoinder_screen::{Screen, ScreenConfig};
use tokio::sync::mpsc;

use crate::answer::{Answer, Followed};
use crate::core::Core;
use crate::driver::terminal::no_screen;
use crate::driver::{Command, Reply};
use crate::error::{Error, ErrorKind};
use crate::home::{Meta, Place, Snapshot};
use crate::launch::MARKER;
use crate::request::{Request, ScreenLook, Seen};
use crate::search::Checked;
use crate::state::{Identity, Info, Mode, State};
use crate::transcript::Transcript;

/// Rounds of looking for processes and killing them: one that is being started
/// during a round is found by the next.
const ROUNDS: usize = 16;

/// Kills everything that a session without a holder has left running.
pub(crate) fn end_processes(place: &Place, meta: &Meta) {
    let id = place.id().to_string();
    for _ in 0..ROUNDS {
        let marked = ProcessTree::marked(MARKER, &id).signal_all(Signal::KILL);
        let program = meta.program.and_then(|mark| mark.process());
        let below = program.map(|program| {
            ProcessTree::of_reference(program)
                .marker(MARKER, &id)
                .signal_all(Signal::KILL)
        });
        let hit = |report: &rejoinder_pty::SignalReport| !report.signalled.is_empty();
        let more = marked.as_ref().is_ok_and(hit)
            || below.is_some_and(|report| report.as_ref().is_ok_and(hit));
        if !more {
            return;
        }
    }
}

/// Answers for a session without a holder until nobody asks any more.
pub(crate) async fn serve(
    place: &Place,
    meta: &Meta,
    identity: &Identity,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    end_processes(place, meta);
    let snapshot = place.status().ok().and_then(|(snapshot, _)| snapshot);
    let mut remains = Remains {
        place,
        core: restore(place, meta, snapshot.as_ref()),
        identity: identity.clone(),
        meta,
        last_activity: snapshot.map_or(identity.created_at, |snapshot| snapshot.last_activity),
    };
    while let Some(command) = commands.recv().await {
        if let Command::Ask {
            token,
            request,
            reply,
        } = command
        {
            remains.ask(token, request, reply);
        }
    }
}

/// The end of the output as far as it was kept, and where readers stood.
fn restore(place: &Place, meta: &Meta, snapshot: Option<&Snapshot>) -> Core {
    let (start, bytes) = transcript_tail(meta).unwrap_or_else(|| {
        (
            snapshot.map_or(Offset::ZERO, |snapshot| snapshot.end),
            Vec::new(),
        )
    });
    let readers = snapshot.map_or(&[][..], |snapshot| &snapshot.readers);
    Core::lost(
        meta.ring_bytes,
        start,
        &bytes,
        place.ended().map_or(State::Lost, |ended| ended.state()),
        readers
            .iter()
            .map(|position| (position.reader.as_str(), position.read)),
    )
}

struct Remains<'a> {
    place: &'a Place,
    core: Core,
    identity: Identity,
    meta: &'a Meta,
    last_activity: SystemTime,
}

impl Remains<'_> {
    fn ask(&mut self, token: crate::core::Token, request: Request, reply: Reply) {
        let answer = match request {
            Request::Interact(interact) if interact.input.is_some() => Err(self.gone()),
            Request::Interact(interact) => {
                // Nothing is to come any more, so every wait ends at once.
                Checked::new(*interact).and_then(|checked| {
                    self.core.begin(token, checked, None, Instant::now());
                    match self.core.poll_answer() {
                        Some((_, answer)) => {
                            answer.map(|interacted| Answer::Interacted(Box::new(interacted)))
                        }
                        None => Err(Error::lost()),
                    }
                })
            }
            Request::Info { reader, .. } => Ok(Answer::Info(Box::new(self.info(&reader)))),
            Request::Screen(look) => self.see(look),
            Request::Follow(_) => Ok(Answer::Followed(Box::new(self.followed()))),
            Request::Close => self.close(),
            Request::Terminate(_) => Ok(Answer::Done(self.core.status())),
            _ => Err(self.gone()),
        };
        // Whoever asked may have gone since.
        let _ = reply.send(answer);
    }

    /// The screen, as far as the end of the output tells.
    fn see(&mut self, look: ScreenLook) -> Result<Answer, Error> {
        if self.identity.mode == Mode::Pipe {
            return Err(no_screen(&self.identity));
        }
        let mut screen = Screen::new(ScreenConfig::default());
        screen.push(self.core.kept(), &mut Vec::new());
        let seen = look.at(&mut screen, self.core.status());
        Ok(Answer::Screen(Box::new(seen)))
    }

    /// Nothing is to change any more.
    fn followed(&self) -> Followed {
        let status = self.core.status();
        Followed {
            seen: Seen {
                end: status.end,
                facts: 0,
            },
            status,
        }
    }

    /// Nobody wants what is left any more.
    fn close(&self) -> Result<Answer, Error> {
        self.place
            .remove()
            .map_err(|error| Error::io("cannot remove the session's directory", error))?;
        Ok(Answer::Done(self.core.status()))
    }

    fn gone(&self) -> Error {
        Error::new(
            ErrorKind::Exited,
            format!(
                "session {} is lost: its holder died, and its program was ended with it",
                self.identity.name
            ),
            "read what it left with read_output, or start a new session",
        )
    }

    fn info(&self, reader: &str) -> Info {
        Info {
            identity: self.identity.clone(),
            status: self.core.status(),
            last_activity: self.last_activity,
            idle_s: self
                .last_activity
                .elapsed()
                .map_or(0.0, |idle| idle.as_secs_f64()),
            unread_bytes: self.core.unread(reader),
            title: None,
            size: None,
            cwd: None,
            foreground: None,
            limits: self.meta.limits(),
            transcript: self.meta.transcript_info(),
            human_in_control: false,
        }
    }
}

/// The last bytes that the transcript has, and where they start.
fn transcript_tail(meta: &Meta) -> Option<(Offset, Vec<u8>)> {
    let id = meta.id.parse().ok()?;
    let directory = meta.transcript.as_ref()?.parent()?;
    match Transcript::open(directory, id).and_then(|mut it| it.tail(meta.ring_bytes)) {
        Ok(tail) => Some((tail.start, tail.bytes.into())),
        Err(error) => {
            tracing::warn!(%error, "the transcript of a lost session cannot be read");
            None
        }
    }
}
