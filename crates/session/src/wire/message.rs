//! The messages that frames carry.

use bytes::BytesMut;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::frame::Frame;
use crate::answer::Answer;
use crate::error::{Error, ErrorKind};
use crate::request::Request;

/// The version of the wire that this code speaks. It grows when something is
/// said that an older side could not skip without harm.
pub(crate) const VERSION: u32 = 1;

/// Bytes of a request beyond what it types, mostly.
const ENVELOPE: usize = 1024;

const HELLO: u8 = 1;
const ASK: u8 = 2;
const FORGET: u8 = 3;
const ANSWER: u8 = 4;
const FAILED: u8 = 5;

/// The first frame of each side.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Hello {
    /// The newest version of the wire that this side speaks; the smaller of both counts.
    #[n(0)]
    pub(crate) version: u32,
    /// Name and version of the program, for logs.
    #[n(1)]
    pub(crate) program: String,
}

/// What a client says.
#[derive(Debug)]
pub(crate) enum ToHolder {
    Hello(Hello),
    /// A request, under a number that its answer will have.
    Ask(u64, Request),
    /// Nobody waits for the answer to this request any more.
    Forget(u64),
    /// A request that this version does not know.
    Unknown(u64),
}

/// What a holder says.
#[derive(Debug)]
pub(crate) enum FromHolder {
    Hello(Hello),
    Answer(u64, Result<Answer, Error>),
}

/// A frame's body is not what its kind says.
#[derive(Debug, thiserror::Error)]
#[error("a frame of kind {kind} cannot be read")]
pub(crate) struct Broken {
    kind: u8,
    source: minicbor::decode::Error,
}

/// An error as it crosses the socket.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WireError {
    #[n(0)]
    kind: ErrorKind,
    #[n(1)]
    message: String,
    #[n(2)]
    remedy: String,
    /// Which kind of error starting the program was, by its place in [`SPAWN_KINDS`].
    #[n(3)]
    spawn: Option<u8>,
}

/// The kinds of [`rejoinder_pty::ErrorKind`] by their number on the wire; new
/// ones are added at the end.
const SPAWN_KINDS: [rejoinder_pty::ErrorKind; 10] = [
    rejoinder_pty::ErrorKind::NotFound,
    rejoinder_pty::ErrorKind::PermissionDenied,
    rejoinder_pty::ErrorKind::NotExecutable,
    rejoinder_pty::ErrorKind::BadCwd,
    rejoinder_pty::ErrorKind::InvalidInput,
    rejoinder_pty::ErrorKind::ArgumentsTooLong,
    rejoinder_pty::ErrorKind::ResourceExhausted,
    rejoinder_pty::ErrorKind::Unsupported,
    rejoinder_pty::ErrorKind::TimedOut,
    rejoinder_pty::ErrorKind::Io,
];

impl From<&Error> for WireError {
    fn from(error: &Error) -> Self {
        let spawn = error.spawn_kind().and_then(|kind| {
            let number = SPAWN_KINDS.iter().position(|known| *known == kind)?;
            u8::try_from(number).ok()
        });
        Self {
            kind: error.kind(),
            message: error.to_string(),
            remedy: error.remedy().to_owned(),
            spawn,
        }
    }
}

impl From<WireError> for Error {
    fn from(wire: WireError) -> Self {
        let error = Error::new(wire.kind, wire.message, wire.remedy);
        let spawn = wire
            .spawn
            .and_then(|number| SPAWN_KINDS.get(usize::from(number)));
        match spawn {
            Some(kind) => error.with_spawn_kind(*kind),
            None => error,
        }
    }
}

fn write<T: Encode<()>>(kind: u8, body: &T, out: &mut BytesMut) {
    // Writing into memory does not fail, and no value here refuses to be written.
    if let Ok(body) = minicbor::to_vec(body) {
        Frame::write(kind, &body, out);
    }
}

fn read<'b, T: Decode<'b, ()>>(frame: &'b Frame) -> Result<T, Broken> {
    minicbor::decode(&frame.body).map_err(|source| Broken {
        kind: frame.kind,
        source,
    })
}

impl Hello {
    /// What this program says first.
    pub(crate) fn ours() -> Self {
        Self {
            version: VERSION,
            program: concat!("rejoinder ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    pub(crate) fn write(&self, out: &mut BytesMut) {
        write(HELLO, self, out);
    }
}

impl ToHolder {
    pub(crate) fn write_ask(token: u64, request: &Request, out: &mut BytesMut) {
        // In one piece that is wiped: a request may carry secrets.
        let mut body = Zeroizing::new(Vec::with_capacity(ENVELOPE + request.room()));
        // Writing into memory does not fail, and no value here refuses to be written.
        if minicbor::encode((token, request), &mut *body).is_ok() {
            Frame::write(ASK, &body, out);
        }
    }

    pub(crate) fn write_forget(token: u64, out: &mut BytesMut) {
        write(FORGET, &token, out);
    }

    /// Reads a frame of a client; `None` for a kind that this version does not know.
    pub(crate) fn read(frame: &Frame) -> Result<Option<Self>, Broken> {
        Ok(Some(match frame.kind {
            HELLO => Self::Hello(read(frame)?),
            ASK => match read(frame) {
                Ok((token, request)) => Self::Ask(token, request),
                Err(broken) => Self::Unknown(first_number(frame).ok_or(broken)?),
            },
            FORGET => Self::Forget(read(frame)?),
            _ => return Ok(None),
        }))
    }
}

/// The number in front of a request that cannot be read as a whole.
fn first_number(frame: &Frame) -> Option<u64> {
    let mut decoder = minicbor::Decoder::new(&frame.body);
    decoder.array().ok()?;
    decoder.u64().ok()
}

impl FromHolder {
    pub(crate) fn write_answer(token: u64, answer: &Result<Answer, Error>, out: &mut BytesMut) {
        match answer {
            Ok(answer) => write(ANSWER, &(token, answer), out),
            Err(error) => write(FAILED, &(token, WireError::from(error)), out),
        }
    }

    /// Reads a frame of a holder; `None` for a kind that this version does not know.
    pub(crate) fn read(frame: &Frame) -> Result<Option<Self>, Broken> {
        Ok(Some(match frame.kind {
            HELLO => Self::Hello(read(frame)?),
            ANSWER => {
                let (token, answer) = read(frame)?;
                Self::Answer(token, Ok(answer))
            }
            FAILED => {
                let (token, error): (_, WireError) = read(frame)?;
                Self::Answer(token, Err(error.into()))
            }
            _ => return Ok(None),
        }))
    }
}
