//! The programs in the sessions: this binary itself, told by its arguments which one to be.

use std::io::{self, BufRead, Read, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Signal, getpid, kill_process, setsid};
use rustix::termios::{LocalModes, OptionalActions, isatty, tcgetattr, tcsetattr};

use crate::stream;

/// How long a program that was left behind stays at most.
const LINGER: Duration = Duration::from_secs(900);

/// A program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Prints when it is told to, one line of input after the other.
    Talker,
    /// Prints and ends at once.
    Brief,
    /// Sends every byte back as it comes, the terminal in raw mode, until `^D`.
    Raw,
    /// A daemon that keeps the terminal open.
    Linger,
}

/// A program and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    pub(crate) seed: u64,
    /// Lines to print at the start.
    pub(crate) lines: u64,
    /// The exit code; a number beyond 255 is 256 and a signal.
    pub(crate) code: u32,
}

impl Kind {
    const ALL: [(Self, &str); 4] = [
        (Self::Talker, "talker"),
        (Self::Brief, "brief"),
        (Self::Raw, "raw"),
        (Self::Linger, "linger"),
    ];

    /// The one of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| *kind)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }
}

/// A line of input for the talker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    /// Stands in the answer.
    pub(crate) number: u64,
    /// Lines to print.
    pub(crate) lines: u64,
    pub(crate) then: Then,
}

/// What the talker does after it has printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Wait,
    /// Starts a daemon.
    Daemon,
    /// Ends, as [`Part::code`] has it.
    End(u32),
}

impl Order {
    /// As it is typed.
    pub(crate) fn typed(&self) -> String {
        let then = match self.then {
            Then::Wait => "wait 0".to_owned(),
            Then::Daemon => "daemon 0".to_owned(),
            Then::End(code) => format!("end {code}"),
        };
        format!("{} {} {then}", self.number, self.lines)
    }

    fn read(line: &str) -> anyhow::Result<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [number, lines, then, code] = words[..] else {
            bail!("{line:?} is no order");
        };
        Ok(Self {
            number: number.parse()?,
            lines: lines.parse()?,
            then: match then {
                "wait" => Then::Wait,
                "daemon" => Then::Daemon,
                "end" => Then::End(code.parse()?),
                _ => bail!("{then:?} is no word of an order"),
            },
        })
    }

    /// What the talker answers, `next` being the first line of its stream not yet printed.
    pub(crate) fn answer(&self, seed: u64, next: u64) -> Vec<u8> {
        let number = self.number;
        let mut answer = format!("<{number}\n").into_bytes();
        answer.extend(stream::lines(seed, next, self.lines));
        answer.extend(format!(">{number}\n").into_bytes());
        answer
    }
}

/// The first line of a talker and of a raw echo.
pub(crate) fn greeting(seed: u64) -> String {
    format!("ready {seed:x}\n")
}

/// Is the program.
pub(crate) fn run(part: &Part) -> anyhow::Result<()> {
    match part.kind {
        Kind::Talker => talk(part),
        Kind::Brief => {
            print(&stream::lines(part.seed, 0, part.lines))?;
            end(part.code)
        }
        Kind::Raw => echo(part),
        Kind::Linger => {
            setsid().context("cannot leave the session")?;
            rejoinder_pty::poll(&mut [], Some(LINGER))?;
            Ok(())
        }
    }
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

fn end(code: u32) -> ! {
    if let Some(signal) = code
        .checked_sub(256)
        .and_then(|number| Signal::from_named_raw(number.cast_signed()))
    {
        // Where the signal is not sent, the code shows it.
        let _ = kill_process(getpid(), signal);
    }
    std::process::exit(i32::try_from(code).unwrap_or(255))
}

fn talk(part: &Part) -> anyhow::Result<()> {
    let stdin = io::stdin();
    if isatty(&stdin) {
        let mut modes = tcgetattr(&stdin)?;
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &modes)?;
    }
    let mut start = greeting(part.seed).into_bytes();
    start.extend(stream::lines(part.seed, 0, part.lines));
    print(&start)?;
    let mut next = part.lines;
    for line in stdin.lock().lines() {
        let order = Order::read(&line?)?;
        print(&order.answer(part.seed, next))?;
        next += order.lines;
        match order.then {
            Then::Wait => {}
            Then::Daemon => daemon()?,
            Then::End(code) => end(code),
        }
    }
    Ok(())
}

/// Starts a process that keeps the terminal open and leaves the session.
fn daemon() -> anyhow::Result<()> {
    Command::new(std::env::current_exe()?)
        .args(["play", Kind::Linger.name(), "0", "0", "0"])
        .stdin(Stdio::null())
        .spawn()?;
    Ok(())
}

fn echo(part: &Part) -> anyhow::Result<()> {
    let stdin = io::stdin();
    let mut modes = tcgetattr(&stdin)?;
    modes.make_raw();
    tcsetattr(&stdin, OptionalActions::Now, &modes)?;
    print(greeting(part.seed).as_bytes())?;
    let mut buffer = [0; 4096];
    let mut stdin = stdin.lock();
    loop {
        let count = stdin.read(&mut buffer)?;
        let bytes = &buffer[..count];
        match bytes.iter().position(|&byte| byte == 4) {
            Some(at) => {
                print(&bytes[..at])?;
                end(part.code);
            }
            None if count == 0 => return Ok(()),
            None => print(bytes)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order is understood as it was meant, and its answer goes on with the stream.
    #[test]
    fn orders() {
        for then in [Then::Wait, Then::Daemon, Then::End(265)] {
            let order = Order {
                number: 7,
                lines: 3,
                then,
            };
            assert_eq!(Order::read(&order.typed()).unwrap(), order);
            let answer = order.answer(9, 5);
            let expected = [b"<7\n".to_vec(), stream::lines(9, 5, 3), b">7\n".to_vec()].concat();
            assert_eq!(answer, expected);
        }
        assert!(Order::read("1 2 wait").is_err() && Order::read("1 2 go 0").is_err());
    }

    /// Programs are found by the names they are started with.
    #[test]
    fn names() {
        for (kind, name) in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
            assert_eq!(kind.name(), name);
        }
    }
}
