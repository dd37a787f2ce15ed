//! Who belongs to a program that was started: its session, its descendants,
//! what it left to us as orphans, and what carries its mark.

use std::collections::{BTreeSet, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;

use super::info::{ProcessInfo, all};
use super::reference::ProcessRef;
use crate::registry::Registry;
use crate::{Pid, Process, Signal, sys};

/// How often [`ProcessTree::signal_all`] looks again for processes that were
/// started while it sent. A tree that forks faster than that is left with the
/// rest of its members signalled.
const MAX_ROUNDS: usize = 32;

/// The processes of one started program, however they try to leave it.
///
/// A member is the program itself, whoever is in its session, every descendant
/// of a member, and, where asked for, processes that were started with a mark
/// in their environment ([`ProcessTree::marker`]) and processes that were
/// handed to this one as orphans ([`ProcessTree::adopted`]). This process
/// itself never is. Zombies are not counted.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Command, ProcessTree, Signal};
/// use std::io::Read;
///
/// let child = Command::new("sh").args(["-c", "setsid sleep 60 & echo ready; wait"])
///     .env("MY_SESSION", "af03").spawn()?;
/// (&child.output).read_exact(&mut [0; 5])?;
/// let tree = ProcessTree::of(&child.process).marker("MY_SESSION", "af03");
/// assert!(tree.snapshot()?.len() >= 2);
/// tree.signal_all(Signal::KILL)?;
/// child.process.wait()?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProcessTree {
    root: Option<ProcessRef>,
    process: Option<Process>,
    marker: Option<(OsString, OsString)>,
    adopted: bool,
}

/// What came of [`ProcessTree::signal_all`].
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Command, ProcessTree, Signal};
///
/// let child = Command::new("cat").spawn()?;
/// let report = ProcessTree::of(&child.process).signal_all(Signal::KILL)?;
/// assert_eq!((report.signalled.len(), report.failed.len()), (1, 0));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SignalReport {
    /// Who got the signal, in the order sent.
    pub signalled: Vec<ProcessRef>,
    /// Who could not be sent it, and why: mostly processes of another user.
    pub failed: Vec<(ProcessRef, io::Error)>,
}

/// What one look at the system's processes showed.
struct Seen {
    /// The members that live, those that started first in front.
    alive: Vec<ProcessRef>,
    /// The process groups of the program's session, without this process's.
    groups: BTreeSet<Pid>,
}

impl ProcessTree {
    /// The tree of a started program.
    #[must_use]
    pub fn of(process: &Process) -> Self {
        Self {
            root: process.start_time().map(|start_time| ProcessRef {
                pid: process.pid(),
                start_time,
            }),
            process: Some(process.clone()),
            ..Self::default()
        }
    }

    /// The tree of a program that another process started, as one that takes
    /// over from a dead driver has it.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, ProcessRef, ProcessTree};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let noted = ProcessRef::of(child.process.pid())?; // two numbers, to keep on disk
    /// assert_eq!(ProcessTree::of_reference(noted).snapshot()?, [noted]);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_reference(root: ProcessRef) -> Self {
        Self {
            root: Some(root),
            ..Self::default()
        }
    }

    /// Only what carries this mark, and its descendants.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, ProcessTree};
    ///
    /// let child = Command::new("cat").env("MY_MARK", "77aa").spawn()?;
    /// let found = ProcessTree::marked("MY_MARK", "77aa").snapshot()?;
    /// assert_eq!(found[0].pid, child.process.pid());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn marked(name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        Self::default().marker(name, value)
    }

    /// Counts in every process of this machine that was started with this
    /// variable in its environment and that this user may examine: also one
    /// that left the session and whose parents are gone. The value is to be
    /// unique to the program.
    #[must_use]
    pub fn marker(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.marker = Some((name.into(), value.into()));
        self
    }

    /// Counts in the children of this process that have no [`Process`] handle:
    /// what was handed to it as orphans when it is a child subreaper
    /// ([`set_child_subreaper`](crate::set_child_subreaper)). Only for a
    /// process that holds one program and starts nothing else.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, ProcessTree};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let tree = ProcessTree::of(&child.process).adopted(true);
    /// assert!(tree.snapshot()?.iter().any(|member| member.pid == child.process.pid()));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn adopted(mut self, adopted: bool) -> Self {
        self.adopted = adopted;
        self
    }

    /// The members that live now, those that started first in front.
    ///
    /// # Errors
    /// When `/proc` cannot be read; `Unsupported` elsewhere than on Linux.
    pub fn snapshot(&self) -> io::Result<Vec<ProcessRef>> {
        Ok(self.look()?.alive)
    }

    /// Sends a signal to every member once, parents before what they started,
    /// and looks again until no new member shows.
    ///
    /// `KILL` is sent to the process groups of the program's session as well,
    /// which hits also what forks and exits faster than it can be looked at.
    /// Of such a program the last is caught for sure as long as its exit
    /// status has not been taken ([`Process::try_wait`]): until then the
    /// number of its group cannot be another's.
    ///
    /// A stopped process acts on a signal other than `KILL` when it is
    /// continued: send `CONT` after it.
    ///
    /// # Errors
    /// As for [`ProcessTree::snapshot`]. A member that cannot be signalled is
    /// no error but in the report.
    pub fn signal_all(&self, signal: Signal) -> io::Result<SignalReport> {
        let mut report = SignalReport::default();
        let mut handled = BTreeSet::new();
        for _ in 0..MAX_ROUNDS {
            let mut seen = self.look()?;
            seen.alive.retain(|member| handled.insert(*member));
            let is_last = seen.alive.is_empty();
            for member in seen.alive {
                match member.signal(signal) {
                    Ok(true) => report.signalled.push(member),
                    Ok(false) => {}
                    Err(error) => report.failed.push((member, error)),
                }
            }
            if signal == Signal::KILL {
                self.kill_groups(&seen.groups);
            }
            if is_last {
                break;
            }
        }
        Ok(report)
    }

    /// Mostly they are empty by now. Who is left shows in the next look, so
    /// errors are of no interest.
    fn kill_groups(&self, groups: &BTreeSet<Pid>) {
        if let Some(process) = &self.process {
            let _ = process.signal_group(Signal::KILL);
        }
        for group in groups {
            let _ = sys::process::kill_group(*group, Signal::KILL);
        }
    }

    fn look(&self) -> io::Result<Seen> {
        let processes = all()?;
        let (members, session) = self.members(&processes, Pid::this());
        let alive = |info: &&ProcessInfo| members.contains(&info.pid) && !info.is_zombie();
        let mut seen = Seen {
            alive: processes
                .iter()
                .filter(alive)
                .map(ProcessRef::from)
                .collect(),
            groups: processes
                .iter()
                .filter(|info| session.is_some() && info.session == session)
                .filter_map(|info| info.group)
                .collect(),
        };
        seen.alive
            .sort_unstable_by_key(|process| (process.start_time, process.pid));
        // Who asks for its own session does not mean itself.
        let mine = processes.iter().find(|info| info.pid == Pid::this());
        if let Some(mine) = mine.and_then(|info| info.group) {
            seen.groups.remove(&mine);
        }
        Ok(seen)
    }

    /// The ids of the members among `processes`, seen by process `me`, and the
    /// session of the program.
    fn members(&self, processes: &[ProcessInfo], me: Pid) -> (BTreeSet<Pid>, Option<Pid>) {
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for info in processes {
            if let Some(parent) = info.parent {
                children.entry(parent).or_default().push(info.pid);
            }
        }
        let session = self.session(processes);
        let registry = self.adopted.then(Registry::lock);
        let not_before = self.root.map_or(0, |root| root.start_time);
        let is_adopted = |info: &ProcessInfo| {
            info.parent == Some(me) && registry.as_ref().is_some_and(|r| !r.contains(info.pid))
        };

        let mut members = BTreeSet::new();
        let mut open: Vec<Pid> = Vec::new();
        // What started before the program is not of its making, whatever
        // numbers it has.
        for info in processes.iter().filter(|i| i.start_time >= not_before) {
            let is_root = self.root == Some(ProcessRef::from(info));
            let in_session = session.is_some() && info.session == session;
            if is_root || in_session || is_adopted(info) || self.is_marked(info) {
                open.push(info.pid);
            }
        }
        while let Some(pid) = open.pop() {
            if pid != me && members.insert(pid) {
                open.extend(children.get(&pid).into_iter().flatten());
            }
        }
        (members, session)
    }

    /// The root's session, which has the root's id; `None` when that id is
    /// another process's now. While a session has members, the kernel gives
    /// its id to no new process.
    fn session(&self, processes: &[ProcessInfo]) -> Option<Pid> {
        let root = self.root?;
        let taken = processes
            .iter()
            .any(|info| info.pid == root.pid && info.start_time != root.start_time);
        (!taken).then_some(root.pid)
    }

    fn is_marked(&self, info: &ProcessInfo) -> bool {
        let Some((name, value)) = &self.marker else {
            return false;
        };
        let (name, value): (&OsStr, &OsStr) = (name, value);
        // One that may not be examined, or is gone, is not known to be marked.
        !info.is_zombie() && info.was_started_with(name, value).unwrap_or(false)
    }
}
