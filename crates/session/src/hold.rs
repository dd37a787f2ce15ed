//! The holder: a process of its own that runs one session, so that neither the
//! end of the server nor a signal to its process group touches the program.
//!
//! A server starts it with an [`Order`] on standard input. It leaves the server
//! behind ([`rejoinder_pty::detach`]), starts the program, listens on a socket in
//! the session's directory, tells how that went on standard output, and then has
//! no tie to the server any more. It ends when the program has ended and nobody
//! may want its output any longer.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use minicbor::{Decode, Encode};
use rejoinder_pty::{Pid, close_standard_streams, detach, reap_orphans, set_child_subreaper};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::driver::Phase;
use crate::error::{Error, ErrorKind};
use crate::home::{Home, Meta, Place, ProcessMark};
use crate::id::SessionId;
use crate::launch::Launch;
use crate::request::Termination;
use crate::session::Session;
use crate::transcript::{Recorder, TranscriptLimits};
use crate::wire::{WireError, codec};
use crate::witness::Witness;

mod client;

/// Clients of one holder at once; more wait for their turn.
const MAX_CLIENTS: usize = 64;

/// How long after a client could not be let in, as there was no descriptor for it, the
/// next one is tried: it would fail again at once until one is closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What listings of processes call a holder (15 bytes at most, prctl(2)).
const PROCESS_NAME: &std::ffi::CStr = c"rejoinder-hold";

/// What a holder is to run.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Order {
    #[n(0)]
    pub(crate) home: Home,
    #[cbor(n(1), with = "codec::session_id")]
    pub(crate) id: SessionId,
    /// The session's name, which is claimed for it.
    #[n(2)]
    pub(crate) name: String,
    #[n(3)]
    pub(crate) launch: Launch,
    /// How long the ended session stays readable.
    #[n(4)]
    pub(crate) linger: Duration,
}

/// What a holder tells whoever started it: the program's process id, or why
/// there is none.
pub(crate) type Report = Result<i32, WireError>;

/// Runs a holder, as ordered on standard input. Call it first thing in a process
/// of its own, before any thread is started. `log` gets the file that the holder's
/// warnings go to, which stays in the session's directory should the holder die.
///
/// # Errors
///
/// When there is no order on standard input. What goes wrong later is told on
/// standard output.
pub fn hold(log: impl FnOnce(File)) -> Result<(), Error> {
    // It may hold secrets.
    let mut order = Zeroizing::new(Vec::new());
    std::io::stdin()
        .read_to_end(&mut order)
        .map_err(|error| Error::io("cannot read the order", error))?;
    let order: Order = minicbor::decode(&order).map_err(|error| {
        Error::new(
            ErrorKind::Unsupported,
            format!("standard input is no order for a holder: {error}"),
            "this command is the server's own; `mcp-server sessions` lists what runs",
        )
    })?;
    if let Err(error) = detach() {
        report(Err(WireError::from(&Error::spawn(error))));
        return Ok(());
    }
    // A holder without a log works as well.
    if let Ok(file) = order.home.place(order.id).create_log() {
        log(file);
        std::panic::set_hook(Box::new(
            |panic| tracing::error!(%panic, "a fault of this program"),
        ));
    }
    if let Err(error) = nix::sys::prctl::set_name(PROCESS_NAME) {
        tracing::debug!(%error, "the process keeps its name");
    }
    let run = || {
        set_child_subreaper(true).map_err(|error| Error::io("cannot adopt daemons", error))?;
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::io("cannot start the runtime", error))
    };
    match run() {
        Ok(runtime) => runtime.block_on(run_session(order)),
        Err(error) => report(Err(WireError::from(&error))),
    }
    Ok(())
}

/// Tells how the start went; nobody is told anything after that.
fn report(report: Report) {
    let report = minicbor::to_vec(report).unwrap_or_default();
    let told = std::io::stdout()
        .write_all(&report)
        .and_then(|()| std::io::stdout().flush())
        .and_then(|()| close_standard_streams());
    if let Err(error) = told {
        tracing::warn!(%error, "the starter could not be told");
    }
}

async fn run_session(order: Order) {
    let place = order.home.place(order.id);
    match start(&order, &place) {
        Ok((session, listener)) => {
            report(Ok(session.identity().pid));
            serve(session, listener, order.linger).await;
        }
        Err(error) => report(Err(WireError::from(&error))),
    }
    let owner = &order.launch.owner;
    if let Err(error) = order.home.remove(order.id, owner, &order.name) {
        tracing::warn!(%error, "the session's directory cannot be removed");
    }
}

/// Starts the program and begins to listen.
fn start(order: &Order, place: &Place) -> Result<(Session, UnixListener), Error> {
    let trouble = |what: &'static str| move |error| Error::io(what, error);
    let status = place
        .create_status()
        .map_err(trouble("cannot make the session's status file"))?;
    let (path, directory) = place
        .socket()
        .map_err(trouble("cannot open the session's directory"))?;
    let listener =
        UnixListener::bind(&path).map_err(trouble("cannot listen in the session's directory"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600))
        .map_err(trouble("cannot make the session's socket private"))?;
    drop(directory);
    let recorder = order.launch.record.then(|| recorder(order)).flatten();
    let transcript = recorder.as_ref().map(|recorder| recorder.path().to_owned());
    let witness = Witness::at(place.clone(), status).recording(recorder);
    let session = Session::run_here(&order.launch, order.id, order.name.clone(), witness)?;
    let identity = session.identity();
    let program = Pid::from_raw(identity.pid).and_then(ProcessMark::of);
    let meta = Meta::new(identity, &order.launch.limits, program, transcript);
    place
        .write_meta(&meta)
        .map_err(trouble("cannot write the session's meta.json"))?;
    Ok((session, listener))
}

/// The session's transcript; a session goes on without one where there is no
/// room for it.
fn recorder(order: &Order) -> Option<Recorder> {
    let header = order.launch.header(&order.name);
    let directory = order.home.transcript_dir();
    let limits = TranscriptLimits::default();
    match Recorder::create(
        directory,
        order.id,
        header,
        limits,
        std::time::Instant::now(),
    ) {
        Ok(recorder) => Some(recorder),
        Err(error) => {
            tracing::warn!(%error, "the session has no transcript");
            None
        }
    }
}

/// Serves clients until the session is over.
async fn serve(session: Session, listener: UnixListener, linger: Duration) {
    // Without a handler, a limit on the size of files would end this process
    // where it is to end the transcript only.
    let _file_too_large = signal(SignalKind::from_raw(nix::libc::SIGXFSZ));
    let room = Arc::new(Semaphore::new(MAX_CLIENTS));
    let (Ok(mut children), Ok(mut stop)) =
        (signal(SignalKind::child()), signal(SignalKind::terminate()))
    else {
        tracing::error!("signals cannot be watched");
        return;
    };
    let mut phase = session.watch_phase();
    let mut over: Option<Instant> = None;
    let mut pause: Option<Instant> = None;
    loop {
        tokio::select! {
            accepted = accept(&listener, &room), if pause.is_none() => match accepted {
                Ok((stream, permit)) => {
                    let session = session.clone();
                    tokio::spawn(async move {
                        client::serve(stream, session).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a client could not be let in");
                    pause = Some(Instant::now() + ACCEPT_PAUSE);
                }
            },
            () = until(pause), if pause.is_some() => pause = None,
            changed = phase.changed() => match *phase.borrow() {
                // The driver is gone, which it never is before its handles.
                _ if changed.is_err() => return,
                Phase::Closed => return,
                Phase::Exited => over = Some(Instant::now() + linger),
                Phase::Running => {}
            },
            () = until(over), if over.is_some() => return,
            _ = children.recv() => {
                if let Err(error) = reap_orphans(&|_| false) {
                    tracing::warn!(%error, "cannot look for ended orphans");
                }
            }
            _ = stop.recv() => {
                if let Err(error) = session.terminate(Termination::default()).await {
                    tracing::warn!(%error, "the session could not be ended");
                }
                return;
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next client, when there is room for one.
async fn accept(
    listener: &UnixListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(tokio::net::UnixStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room)
        .acquire_owned()
        .await
        .map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}
