//! The look at a foreground process group: who of it waits for the input.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use rejoinder_pty::{Leader, Pid, ProcessInfo, SystemCall, Thread};

use super::calls::waits_for;
use super::files::{Origin, Source};
use super::{LineModes, Reader, Sighting};

/// Processes of a group, and threads of a process, that are looked at.
const MAX_MEMBERS: usize = 256;
const MAX_THREADS: usize = 512;

/// Programs that pass a terminal's input on to somewhere else, key by key, whose
/// own wait says nothing of what goes on there. Told by name where one cannot
/// tell by what they wait for: they use local sockets, or a thread for each
/// direction.
const RELAYS: &[&str] = &[
    "ssh",
    "mosh-client",
    "telnet",
    "docker",
    "podman",
    "nerdctl",
    "kubectl",
    "crictl",
    "lxc",
    "incus",
    "machinectl",
    "virsh",
    "dtach",
    "abduco",
    "socat",
];

/// Programs whose terminal is read by a server of theirs, which is in no
/// foreground group: they themselves only wait for it.
const HANDED_OVER: &[&str] = &["tmux: client", "screen", "emacsclient"];

/// Looks at the group that has a terminal.
#[derive(Debug)]
pub(crate) struct Probe {
    leader: Leader,
    origin: Origin,
    /// Members are mostly below it.
    root: Pid,
}

impl Probe {
    /// For the terminal of a program that was started as `root`.
    pub(crate) fn new(leader: Leader, root: Pid) -> Self {
        let follower = leader.follower();
        let device = std::fs::metadata(&follower.path)
            .ok()
            .filter(|meta| meta.rdev() == follower.rdev)
            .map(|meta| meta.dev());
        let rdev = follower.rdev;
        Self {
            leader,
            origin: Origin::Terminal { rdev, device },
            root,
        }
    }

    /// Looks. A `thorough` look finds also members that are nobody's children
    /// any more, at the cost of looking at every process there is.
    pub(crate) fn look(&self, thorough: bool) -> Option<Sighting> {
        let before = self.modes()?;
        let group = self.leader.foreground_process_group().ok()??;
        let gaze = Gaze {
            origin: self.origin,
            by_keys: !before.canonical,
        };
        let mut sighting = look_at(group, self.root, gaze, thorough);
        let modes = self.modes()?;
        if modes != before {
            // It is about to do something: what was seen is of neither moment.
            sighting.reader = None;
        }
        sighting.modes = Some(modes);
        Some(sighting)
    }

    /// Whether all that was typed has been read; `None` where nobody can tell.
    pub(crate) fn is_input_taken(&self) -> Option<bool> {
        self.leader.is_input_taken().ok()
    }

    fn modes(&self) -> Option<LineModes> {
        let modes = self.leader.modes().ok()?;
        Some(LineModes {
            canonical: modes.canonical,
            echo: modes.echo,
            icrnl: modes.icrnl,
        })
    }
}

/// What a look is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gaze {
    /// Where the input comes from.
    pub(super) origin: Origin,
    /// Input is handed over key by key.
    pub(super) by_keys: bool,
}

/// Looks at every thread of a group.
pub(super) fn look_at(group: Pid, root: Pid, gaze: Gaze, thorough: bool) -> Sighting {
    let mut members = members(group, root, thorough);
    members.truncate(MAX_MEMBERS);
    let mut sighting = Sighting::default();
    for process in &members {
        let found = look_into(process, gaze);
        let is_first = process.pid == group || sighting.foreground.is_empty();
        if found.is_hidden || (is_first && !sighting.is_hidden) {
            sighting.foreground = name(process);
        }
        sighting.is_busy |= found.is_busy;
        sighting.is_hidden |= found.is_hidden;
        let better = match (&found.reader, &sighting.reader) {
            (Some(_), None) => true,
            (Some(new), Some(old)) => new.tells_more_than(old),
            (None, _) => false,
        };
        if better {
            sighting.reader = found.reader;
        }
    }
    sighting.is_hidden &= !sighting.is_busy;
    sighting
}

/// The members of a group that live.
fn members(group: Pid, root: Pid, thorough: bool) -> Vec<ProcessInfo> {
    let below = if thorough {
        None
    } else {
        below(root).or_else(|| below(group))
    };
    let mut members = match below {
        Some(all) => all,
        None => ProcessInfo::of_group(group).unwrap_or_default(),
    };
    members.retain(|process| process.group == Some(group) && !process.is_zombie());
    if members.is_empty() && !thorough {
        // Its first process may have ended, and the others belong to nobody.
        return self::members(group, root, true);
    }
    members
}

/// A process and all that descend from it; `None` where the system does not
/// say.
fn below(root: Pid) -> Option<Vec<ProcessInfo>> {
    let mut found = Vec::new();
    let mut seen = HashSet::from([root]);
    let mut next = vec![root];
    while let Some(pid) = next.pop() {
        let Ok(process) = ProcessInfo::read(pid) else {
            continue;
        };
        match process.children() {
            Ok(children) => next.extend(children.into_iter().filter(|&child| seen.insert(child))),
            Err(_) if pid == root => return None,
            Err(_) => {}
        }
        found.push(process);
    }
    (!found.is_empty()).then_some(found)
}

/// What one process is doing.
#[derive(Debug, Default)]
struct Found {
    reader: Option<Reader>,
    is_busy: bool,
    is_hidden: bool,
}

fn look_into(process: &ProcessInfo, gaze: Gaze) -> Found {
    let Gaze { origin, by_keys } = gaze;
    let mut found = Found::default();
    let mut has_other_sources = by_keys && RELAYS.contains(&name(process).as_str());
    for thread in process.threads(MAX_THREADS).unwrap_or_default() {
        let call = match thread.call {
            SystemCall::Hidden => {
                found.is_hidden = true;
                found.is_busy |= at_work(&thread);
                continue;
            }
            SystemCall::Running => {
                found.is_busy = true;
                continue;
            }
            SystemCall::Blocked(call) => call,
        };
        found.is_busy |= at_work(&thread);
        let Some(wait) = waits_for(process, &call) else {
            continue;
        };
        let sources = wait
            .descriptors
            .iter()
            .map(|&fd| origin.source(process, fd));
        let (mut for_input, mut for_others) = (false, false);
        for source in sources {
            for_input |= source == Source::Input;
            for_others |= source == Source::Outside;
        }
        has_other_sources |= for_others;
        if !for_input || thread.state != 'S' {
            continue;
        }
        let reader = Reader {
            name: name(process),
            in_read: wait.in_read,
            tick: wait.timeout,
            has_other_sources: false,
        };
        if found
            .reader
            .as_ref()
            .is_none_or(|old| reader.tells_more_than(old))
        {
            found.reader = Some(reader);
        }
    }
    if let Some(reader) = &mut found.reader {
        reader.has_other_sources = has_other_sources;
    } else if HANDED_OVER.contains(&name(process).as_str()) && !found.is_busy {
        found.reader = (origin.source(process, 0) == Source::Input).then(|| Reader {
            name: name(process),
            in_read: false,
            tick: None,
            has_other_sources: true,
        });
    } else if found.is_hidden {
        found.reader = by_wait_channel(process, origin);
        found.is_hidden = found.reader.is_none();
    }
    found
}

/// Where calls are hidden and descriptors are not (`kernel.yama.ptrace_scope` 2
/// and more), the function of the kernel that the process sleeps in tells a
/// read of a terminal; a socket is read in the same one.
fn by_wait_channel(process: &ProcessInfo, origin: Origin) -> Option<Reader> {
    let channel = process.wait_channel()?;
    if !["wait_woken", "n_tty_read", "pipe_read"].contains(&channel.as_str()) {
        return None;
    }
    let mut has_input = false;
    for fd in process.descriptors().ok()? {
        match origin.source(process, fd) {
            Source::Input => has_input = true,
            Source::Outside => return None,
            Source::Own => {}
        }
    }
    has_input.then(|| Reader {
        name: name(process),
        in_read: true,
        tick: None,
        has_other_sources: false,
    })
}

/// Runs, is about to, or waits for a disk.
fn at_work(thread: &Thread) -> bool {
    matches!(thread.state, 'R' | 'D')
}

fn name(process: &ProcessInfo) -> String {
    process.comm.to_string_lossy().into_owned()
}

impl Reader {
    /// Of two that wait, the one by which the program is known to do nothing
    /// else.
    fn tells_more_than(&self, other: &Self) -> bool {
        let rank = |reader: &Self| {
            let tick = reader.tick.unwrap_or(Duration::MAX);
            (!reader.has_other_sources, reader.in_read, tick)
        };
        rank(self) > rank(other)
    }
}
