//! What a session's directory tells of it for good.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Pid, ProcessRef, Signal};
use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::state::{Identity, Limits, Mode, State, TranscriptInfo};

/// A process, told from a later one with the same id by when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessMark {
    pid: i32,
    /// In clock ticks since the system's start (proc_pid_stat(5), field 22).
    start_time: u64,
}

impl ProcessMark {
    /// This process, or another one that is there now.
    pub(crate) fn of(pid: Pid) -> Option<Self> {
        let process = ProcessRef::of(pid).ok()?;
        Some(Self {
            pid: pid.as_raw(),
            start_time: process.start_time,
        })
    }

    pub(crate) fn process(&self) -> Option<ProcessRef> {
        Some(ProcessRef {
            pid: Pid::from_raw(self.pid)?,
            start_time: self.start_time,
        })
    }
}

/// `meta.json`: what is fixed about a session. Fields are added, never changed;
/// those that came later have a default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    /// The version of the wire that the holder speaks.
    pub(crate) wire_version: u32,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) command: String,
    pub(crate) args: Vec<String>,
    pub(crate) mode: String,
    pub(crate) pid: i32,
    pub(crate) created_at_ms: u64,
    pub(crate) env_names: Vec<String>,
    pub(crate) ring_bytes: usize,
    pub(crate) idle_timeout_ms: Option<u64>,
    pub(crate) lifetime_ms: Option<u64>,
    pub(crate) program: Option<ProcessMark>,
    pub(crate) holder: Option<ProcessMark>,
    pub(crate) transcript: Option<PathBuf>,
}

impl Meta {
    pub(crate) fn new(
        identity: &Identity,
        limits: &Limits,
        program: Option<ProcessMark>,
        transcript: Option<PathBuf>,
    ) -> Self {
        Self {
            wire_version: crate::wire::VERSION,
            id: identity.id.to_string(),
            name: identity.name.clone(),
            owner: identity.owner.clone(),
            command: identity.command.clone(),
            args: identity.args.clone(),
            mode: identity.mode.name().to_owned(),
            pid: identity.pid,
            created_at_ms: to_ms(identity.created_at),
            env_names: identity.env_names.clone(),
            ring_bytes: limits.ring_bytes,
            idle_timeout_ms: limits.idle_timeout.map(|limit| limit.as_millis() as u64),
            lifetime_ms: limits.lifetime.map(|limit| limit.as_millis() as u64),
            program,
            holder: ProcessMark::of(Pid::this()),
            transcript,
        }
    }

    /// The session's identity; `None` when the file is not about this session.
    pub(crate) fn identity(&self, id: SessionId) -> Option<Identity> {
        if self.id != id.to_string() {
            return None;
        }
        Some(Identity {
            id,
            name: self.name.clone(),
            owner: self.owner.clone(),
            command: self.command.clone(),
            args: self.args.clone(),
            mode: if self.mode == Mode::Pipe.name() {
                Mode::Pipe
            } else {
                Mode::Pty
            },
            pid: self.pid,
            created_at: from_ms(self.created_at_ms),
            env_names: self.env_names.clone(),
        })
    }

    /// Where its transcript was begun.
    pub(crate) fn transcript_info(&self) -> Option<TranscriptInfo> {
        Some(TranscriptInfo {
            path: self.transcript.as_ref()?.display().to_string(),
            first: Offset::ZERO,
            stopped: None,
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            ring_bytes: self.ring_bytes,
            idle_timeout: self.idle_timeout_ms.map(Duration::from_millis),
            lifetime: self.lifetime_ms.map(Duration::from_millis),
        }
    }
}

/// `exit.json`: how a session's program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) exit_code: Option<i32>,
    pub(crate) signal: Option<i32>,
    #[serde(default)]
    pub(crate) core_dumped: bool,
    pub(crate) at_ms: u64,
    /// Where the output ended.
    pub(crate) end: u64,
}

impl Ended {
    pub(crate) fn new(status: ExitStatus, end: Offset) -> Self {
        let (exit_code, signal, core_dumped) = match status {
            ExitStatus::Code(code) => (Some(code), None, false),
            ExitStatus::Signal {
                signal,
                core_dumped,
            } => (None, Some(signal.number()), core_dumped),
        };
        Self {
            exit_code,
            signal,
            core_dumped,
            at_ms: to_ms(SystemTime::now()),
            end: end.get(),
        }
    }

    /// The session was lost, and how its program ended will not be known.
    pub(crate) fn lost(end: Offset) -> Self {
        Self {
            exit_code: None,
            signal: None,
            core_dumped: false,
            at_ms: to_ms(SystemTime::now()),
            end: end.get(),
        }
    }

    /// The state that the session is in for good.
    pub(crate) fn state(&self) -> State {
        let signal = || {
            Some(ExitStatus::Signal {
                signal: Signal::from_number(self.signal?)?,
                core_dumped: self.core_dumped,
            })
        };
        let status = self.exit_code.map(ExitStatus::Code).or_else(signal);
        status.map_or(State::Lost, State::Exited)
    }

    /// When that was.
    pub(crate) fn at(&self) -> SystemTime {
        from_ms(self.at_ms)
    }
}

fn to_ms(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

fn from_ms(ms: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(ms)
}
