//! From a [`Command`] to a [`Child`]: opens the terminal or the pipes, forks,
//! and takes charge of the process.

use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;

use super::explain::{explain, too_late};
use super::{Command, ExecPlan, Stderr, Stdio};
use crate::child::Child;
use crate::endpoint::{Endpoint, Kind};
use crate::error::{Error, Stage};
use crate::registry::Registry;
use crate::stream::{Input, Output};
use crate::sys::exec::{ChildStdio, ForkFailure, Forked, fork, pipe};
use crate::sys::process::Wait;
use crate::terminal::{Leader, Pair, open_pair};
use crate::{Pid, Process, Signal, sys};

/// The parent's ends.
struct Ends {
    input: Input,
    output: Output,
    stderr: Option<Output>,
    leader: Option<Leader>,
}

pub(super) fn spawn(command: &Command) -> Result<Child, Error> {
    let plan = ExecPlan::new(command)?;
    let failed = |(stage, errno)| explain(command, &plan, stage, errno);
    let (ends, stdio) = open(command).map_err(failed)?;
    let (process, forked) = start(&plan, stdio).map_err(failed)?;
    match forked.wait_for_exec(command.exec_timeout) {
        Ok(()) => Ok(Child {
            process,
            input: ends.input,
            output: ends.output,
            stderr: ends.stderr,
            leader: ends.leader,
        }),
        Err(ForkFailure::Call(stage, errno)) => {
            end(process);
            Err(failed((stage, errno)))
        }
        Err(ForkFailure::TimedOut) => {
            end(process);
            Err(too_late(command))
        }
    }
}

fn open(command: &Command) -> Result<(Ends, ChildStdio), (Stage, Errno)> {
    match command.stdio {
        Stdio::Pty => open_pty(command).map_err(|errno| (Stage::OpenPty, errno)),
        Stdio::Pipe { stderr } => open_pipes(stderr).map_err(|errno| (Stage::Pipe, errno)),
    }
}

fn open_pty(command: &Command) -> Result<(Ends, ChildStdio), Errno> {
    let Pair { leader, follower } = open_pair(command.winsize, command.modes)?;
    let ends = Ends {
        input: leader.input(),
        output: leader.output(),
        stderr: None,
        leader: Some(leader),
    };
    Ok((ends, ChildStdio::Terminal(follower)))
}

fn open_pipes(stderr: Stderr) -> Result<(Ends, ChildStdio), Errno> {
    let (stdin, typed) = pipe()?;
    let (printed, stdout) = pipe()?;
    let (complaints, child_stderr) = match stderr {
        Stderr::Merged => (None, None),
        Stderr::Separate => {
            let (complaints, child_stderr) = pipe()?;
            (Some(complaints), Some(child_stderr))
        }
    };
    let output = |fd| {
        Ok(Output {
            endpoint: Arc::new(Endpoint::new(fd, Kind::Pipe)?),
        })
    };
    let ends = Ends {
        input: Input {
            endpoint: Arc::new(Endpoint::new(typed, Kind::Pipe)?),
        },
        output: output(printed)?,
        stderr: complaints.map(output).transpose()?,
        leader: None,
    };
    let stdio = ChildStdio::Pipes {
        stdin,
        stdout,
        stderr: child_stderr,
    };
    Ok((ends, stdio))
}

/// Forks and takes charge of the child. This process's copies of the child's
/// ends are closed when this returns.
fn start(plan: &ExecPlan, stdio: ChildStdio) -> Result<(Process, Forked), (Stage, Errno)> {
    let mut registry = Registry::lock();
    let forked = fork(plan, stdio)?;
    let pid = Pid::from_raw(forked.pid.as_raw()).expect("fork(2) returns a positive number");
    registry.enter(pid);
    match Process::adopt(pid) {
        Ok(process) => Ok((process, forked)),
        Err(errno) => {
            registry.leave(pid);
            // Without a handle there is nothing to wait on but the child
            // itself, which dies of this wherever it is.
            let _ = sys::process::kill(pid, Signal::KILL);
            let _ = sys::process::wait(pid, Wait::Reap);
            Err((Stage::Watch, errno))
        }
    }
}

/// Ends a child that did not get to its program. Mostly it has exited by
/// itself; one that hangs in a system call may take its time to die, and a
/// thread waits for it so that this one goes on.
fn end(process: Process) {
    let _ = process.signal(Signal::KILL);
    let patience = Duration::from_millis(100);
    if !matches!(process.wait_timeout(patience), Ok(None)) {
        return;
    }
    let reaper = std::thread::Builder::new().name(format!("reap-{}", process.pid()));
    // Without a thread the child becomes an orphan to be reaped.
    let _ = reaper.spawn(move || process.wait());
}
