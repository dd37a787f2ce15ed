//! Two peers on nothing but system calls: the read loop without a search, which nothing can be
//! faster than, and the one that searches everything again after every read.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::Duration;

use regex::bytes::RegexBuilder;
use rustix::fs::{Mode, OFlags};
use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::{Hit, Peer};

/// How much is asked for in one read.
const SPACE: usize = 64 * 1024;

/// A program and the leader of its terminal.
struct Running {
    leader: File,
    child: Child,
}

impl Running {
    fn start(mut program: Command, echo: bool) -> Running {
        let leader = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&leader).expect("grantpt");
        unlockpt(&leader).expect("unlockpt");
        let name = ptsname(&leader, Vec::new()).expect("a name");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let follower: OwnedFd = rustix::fs::open(name, flags, Mode::empty()).expect("a follower");
        if !echo {
            let mut modes = tcgetattr(&follower).expect("its modes");
            modes.local_modes.remove(LocalModes::ECHO);
            tcsetattr(&follower, OptionalActions::Now, &modes).expect("new modes");
        }
        let copy = || follower.try_clone().expect("another descriptor");
        program.stdin(copy()).stdout(copy()).stderr(copy());
        // SAFETY: both calls are plain system calls, which may be made after fork(2).
        unsafe {
            program.pre_exec(|| {
                setsid()?;
                ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        let child = program.spawn().expect("the program starts");
        // `program` holds the other copies of the follower, and goes with this function.
        Running {
            leader: leader.into(),
            child,
        }
    }

    /// 0 at the end of the output.
    fn read(&mut self, space: &mut [u8]) -> usize {
        loop {
            match self.leader.read(space) {
                Ok(count) => return count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.raw_os_error() == Some(5) => return 0,
                Err(error) => panic!("cannot read: {error}"),
            }
        }
    }
}

/// Reads and does nothing else.
pub(crate) struct ReadLoop;

impl Peer for ReadLoop {
    /// The "match" is all there is: the caller knows how much that must be.
    fn stream(&self, _: &[String], program: Command) -> Option<Hit> {
        let mut running = Running::start(program, true);
        let mut space = vec![0; SPACE];
        let mut end = 0;
        loop {
            match running.read(&mut space) {
                0 => {
                    return Some(Hit {
                        pattern: 0,
                        start: 0,
                        end,
                    });
                }
                count => end += count,
            }
        }
    }

    fn conversation(&self) -> Box<dyn FnMut(&str)> {
        let mut running = Running::start(Command::new("cat"), false);
        let mut space = vec![0; SPACE];
        Box::new(move |line| {
            running
                .leader
                .write_all(format!("{line}\n").as_bytes())
                .expect("it is taken");
            let mut got = 0;
            while got < line.len() + 2 {
                got += running.read(&mut space[got..]);
            }
            assert!(
                space[..got].strip_suffix(b"\r\n") == Some(line.as_bytes()),
                "other answer"
            );
        })
    }

    fn run(&self, program: Command) {
        let mut running = Running::start(program, true);
        let mut space = [0; 4096];
        while running.read(&mut space) > 0 {}
        assert!(running.child.wait().expect("it ends").success());
    }

    fn wait(&self, _: Command, _: Duration) {
        unreachable!("a read loop has no timeout")
    }
}

/// Keeps everything and searches all of it after each read.
pub(crate) struct Rescan;

impl Peer for Rescan {
    fn stream(&self, patterns: &[String], program: Command) -> Option<Hit> {
        let searches: Vec<_> = patterns
            .iter()
            .map(|pattern| RegexBuilder::new(pattern).build().expect("a valid pattern"))
            .collect();
        let mut running = Running::start(program, true);
        let mut space = vec![0; SPACE];
        let mut all = Vec::new();
        loop {
            let count = running.read(&mut space);
            if count == 0 {
                return None;
            }
            all.extend_from_slice(&space[..count]);
            let found = searches.iter().enumerate().filter_map(|(pattern, search)| {
                let found = search.find(&all)?;
                Some(Hit {
                    pattern,
                    start: found.start(),
                    end: found.end(),
                })
            });
            if let Some(hit) = found.min_by_key(|hit| hit.start) {
                return Some(hit);
            }
        }
    }

    fn conversation(&self) -> Box<dyn FnMut(&str)> {
        unreachable!("as the read loop's")
    }

    fn run(&self, _: Command) {
        unreachable!("as the read loop's")
    }

    fn wait(&self, _: Command, _: Duration) {
        unreachable!("as the read loop's")
    }
}
