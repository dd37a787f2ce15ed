//! Follows the shells of a session by their marks: which of them is at its
//! prompt, which runs a command, and how that ended.
//!
//! Shells stand on a stack: one that was started in another is above it, and is
//! gone as soon as one below it speaks. Marks count with the key of a shell on
//! the stack only; where a mark tells the shell's process id, a shell that has
//! inherited the prompt of another is not taken for it.

use std::time::{Duration, Instant};

use rejoinder_screen::{Event, EventKind, Mark, MarkKind};

use super::Family;
use super::answer::CommandEnd;

/// Shells inside shells that are followed at most; the lowest is forgotten.
const MAX_SHELLS: usize = 16;

/// Bytes of a command that are kept to name it by.
const NAMED_BY: usize = 80;

/// The shells of one session.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    shells: Vec<Shell>,
    /// Something was typed since the last mark, and not by a run.
    is_dirty: bool,
    /// Where the output of the command that began last starts.
    output_from: u64,
    ends: u64,
    last: Option<Ended>,
    untold: Option<CommandEnd>,
}

/// A shell that prints marks.
#[derive(Debug)]
pub(crate) struct Shell {
    key: String,
    pub(crate) family: Family,
    /// Its process id as it tells it itself, in whatever namespace that is.
    pid: Option<String>,
    pub(crate) stage: Stage,
    /// The command that was left to itself.
    pending: Option<String>,
}

/// What a shell is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It has not printed a prompt yet.
    Starting,
    /// It waits for a command.
    Prompt,
    /// It runs one, since then.
    Running(Instant),
    /// One has ended; the prompt is still to come.
    Ended,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Where its output starts and ends.
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) exit_code: Option<i32>,
    pub(crate) cwd: Option<String>,
    pub(crate) duration: Duration,
}

impl Tracker {
    /// A shell with this key is about to speak: one that has just been started,
    /// or one that is being taught the marks.
    pub(crate) fn learn(&mut self, key: String, family: Family, now: Instant) {
        // One without hooks runs what somebody typed there.
        if self.is_dirty
            && let Some(top) = self.shells.last_mut()
            && top.family == Family::Posix
            && top.stage == Stage::Prompt
        {
            top.stage = Stage::Running(now);
        }
        // Any other at its prompt that has to be taught again is replaced.
        if self
            .shells
            .last()
            .is_some_and(|top| !matches!(top.stage, Stage::Running(_)))
        {
            self.shells.pop();
        }
        if self.shells.len() == MAX_SHELLS {
            self.shells.remove(0);
        }
        self.shells.push(Shell {
            key,
            family,
            pid: None,
            stage: Stage::Starting,
            pending: None,
        });
    }

    /// A shell that was to be taught has not learned it.
    pub(crate) fn unlearn(&mut self, key: &str) {
        self.shells
            .retain(|shell| shell.key != key || shell.stage != Stage::Starting);
    }

    /// What the program told its terminal in its next output.
    pub(crate) fn told(&mut self, events: impl Iterator<Item = Event>, now: Instant) {
        for event in events {
            if let EventKind::Mark(mark) = event.kind {
                self.mark(&mark, event.start, event.end, now);
            }
        }
    }

    /// Somebody types, and no run does.
    pub(crate) fn typed(&mut self) {
        self.is_dirty = true;
    }

    /// The shell that would have what is typed now.
    pub(crate) fn top(&self) -> Option<&Shell> {
        self.shells.last()
    }

    /// The shell that is at its prompt, nothing typed yet.
    pub(crate) fn at_prompt(&self) -> Option<&Shell> {
        self.top()
            .filter(|top| top.stage == Stage::Prompt && !self.is_dirty)
    }

    /// Whether the shell is at its prompt with something typed there.
    pub(crate) fn is_half_typed(&self) -> bool {
        self.is_dirty && self.top().is_some_and(|top| top.stage == Stage::Prompt)
    }

    /// How many commands have ended.
    pub(crate) fn ends(&self) -> u64 {
        self.ends
    }

    /// The command that ended last.
    pub(crate) fn last(&self) -> Option<&Ended> {
        self.last.as_ref()
    }

    /// Where the output of the command that began last starts.
    pub(crate) fn output_from(&self) -> u64 {
        self.output_from
    }

    /// The command that runs is left to itself; its end is told later.
    pub(crate) fn leave(&mut self, command: &str) {
        if let Some(top) = self.shells.last_mut() {
            top.pending = Some(named(command));
        }
    }

    /// The command that was left to itself and still runs.
    pub(crate) fn left(&self) -> Option<&str> {
        self.top().and_then(|top| top.pending.as_deref())
    }

    /// The end of a command that was left to itself, told once.
    pub(crate) fn take_untold(&mut self) -> Option<CommandEnd> {
        self.untold.take()
    }

    fn mark(&mut self, mark: &Mark, start: u64, end: u64, now: Instant) {
        let value = |name: &str| mark.parameters.iter().find_map(|it| it.strip_prefix(name));
        let Some(key) = value("k=") else {
            return;
        };
        let pid = value("p=");
        let speaks = |shell: &Shell| {
            shell.key == key
                && match (&shell.pid, pid) {
                    (Some(known), Some(pid)) => known == pid,
                    _ => true,
                }
        };
        let Some(index) = self.shells.iter().rposition(speaks) else {
            return;
        };
        self.shells.truncate(index + 1);
        let shell = &mut self.shells[index];
        if shell.pid.is_none() {
            shell.pid = pid.map(str::to_owned);
        }
        match mark.kind {
            MarkKind::OutputStart => {
                // Said again, it is said by the command itself.
                let since = match shell.stage {
                    Stage::Running(since) => since,
                    _ => now,
                };
                shell.stage = Stage::Running(since);
                self.output_from = end;
                self.is_dirty = false;
            }
            MarkKind::CommandEnd => {
                let exit_code = mark.parameters.first().and_then(|code| code.parse().ok());
                self.ended(index, start, exit_code, directory(mark), now);
            }
            // Where the mark of the end is missing, the prompt tells as much.
            MarkKind::PromptStart => {
                let exit_code = value("x=").and_then(|code| code.parse().ok());
                self.ended(index, start, exit_code, None, now);
            }
            MarkKind::PromptEnd => {
                self.ended(index, start, None, None, now);
                self.shells[index].stage = Stage::Prompt;
                self.is_dirty = false;
            }
            _ => {}
        }
    }

    /// The command has ended, if one was running.
    fn ended(
        &mut self,
        index: usize,
        to: u64,
        exit_code: Option<i32>,
        cwd: Option<String>,
        now: Instant,
    ) {
        let shell = &mut self.shells[index];
        let Stage::Running(since) = shell.stage else {
            return;
        };
        shell.stage = Stage::Ended;
        let duration = now.saturating_duration_since(since);
        if let Some(command) = shell.pending.take() {
            self.untold = Some(CommandEnd {
                command,
                exit_code,
                cwd: cwd.clone(),
                duration,
            });
        }
        self.ends += 1;
        self.last = Some(Ended {
            from: self.output_from.min(to),
            to,
            exit_code,
            cwd,
            duration,
        });
    }
}

impl Shell {
    /// Whether this is the process with this id, as far as the shell tells.
    pub(crate) fn is_process(&self, pid: i32) -> bool {
        self.pid
            .as_deref()
            .is_some_and(|own| own == pid.to_string())
    }

    /// The key of its marks.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }
}

/// The directory that a mark tells: its last parameter, in which there may be
/// semicolons.
fn directory(mark: &Mark) -> Option<String> {
    let at = mark.parameters.iter().position(|it| it.starts_with("d="))?;
    let directory = mark.parameters[at..].join(";");
    Some(directory[2..].to_owned()).filter(|directory| !directory.is_empty())
}

/// The first line of a command, short.
fn named(command: &str) -> String {
    let line = command.trim().lines().next().unwrap_or_default();
    let mut end = line.len().min(NAMED_BY);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let more = if end < command.trim().len() {
        "…"
    } else {
        ""
    };
    format!("{}{more}", &line[..end])
}

#[cfg(test)]
mod tests {
    use std::ops::{Deref, DerefMut};

    use proptest::prelude::*;
    use rejoinder_screen::Scanner;

    use super::*;

    /// A tracker and what finds marks for it.
    #[derive(Default)]
    struct Heard {
        tracker: Tracker,
        scanner: Scanner,
    }

    impl Deref for Heard {
        type Target = Tracker;

        fn deref(&self) -> &Tracker {
            &self.tracker
        }
    }

    impl DerefMut for Heard {
        fn deref_mut(&mut self) -> &mut Tracker {
            &mut self.tracker
        }
    }

    impl Heard {
        fn output(&mut self, bytes: &[u8]) {
            let mut events = Vec::new();
            self.scanner.push(bytes, &mut events);
            self.tracker.told(events.into_iter(), Instant::now());
        }
    }

    fn tracker(keys: &[&str]) -> Heard {
        let mut heard = Heard::default();
        for key in keys {
            heard.learn((*key).to_owned(), Family::Bash, Instant::now());
        }
        heard
    }

    fn feed(heard: &mut Heard, output: &str) {
        heard.output(output.as_bytes());
    }

    const PROMPT: &str = "\x1b]133;A;k=one;p=7\x07$ \x1b]133;B;k=one;p=7\x07";

    /// Promise: exit code, directory and the exact output of a command.
    #[test]
    fn a_command_has_an_end() {
        let mut tracker = tracker(&["one"]);
        feed(&mut tracker, PROMPT);
        assert!(tracker.at_prompt().is_some());
        feed(&mut tracker, " eval x\r\n\x1b]133;C;k=one;p=7\x07");
        assert!(tracker.at_prompt().is_none());
        feed(&mut tracker, "trace\x1b]133;C;k=one\x07out");
        let from = tracker.output_from();
        feed(&mut tracker, "\x1b]133;D;3;k=one;p=7;d=/a;b\x07");
        let last = tracker.last().unwrap();
        assert_eq!(
            (last.exit_code, last.cwd.as_deref()),
            (Some(3), Some("/a;b"))
        );
        assert_eq!((last.from, last.to), (from, from + 3));
        assert_eq!(tracker.ends(), 1);
        assert!(tracker.at_prompt().is_none(), "the prompt is still to come");
        feed(&mut tracker, PROMPT);
        assert!(tracker.at_prompt().is_some());
    }

    /// Promise: what programs print for marks does not count, nor does what a
    /// shell inherits of another's prompt.
    #[test]
    fn other_marks_do_not_count() {
        let mut tracker = tracker(&["one"]);
        feed(&mut tracker, PROMPT);
        feed(&mut tracker, "\x1b]133;C;k=one;p=7\x07");
        for foreign in [
            "\x1b]133;D;0\x07",
            "\x1b]133;D;0;k=two\x07",
            "\x1b]133;B\x07",
            "\x1b]133;A;k=one;p=8\x07$ \x1b]133;B;k=one;p=8\x07",
        ] {
            feed(&mut tracker, foreign);
            assert_eq!(tracker.ends(), 0, "{foreign:?}");
            assert!(tracker.at_prompt().is_none(), "{foreign:?}");
        }
    }

    /// Promise: the end of a shell inside another is the end of its command, and
    /// a command that was left to itself is told of at its end, once.
    #[test]
    fn shells_inside_shells() {
        let mut tracker = tracker(&["one"]);
        feed(&mut tracker, PROMPT);
        feed(&mut tracker, "\x1b]133;C;k=one;p=7\x07");
        tracker.leave("ssh host\nuptime");
        assert_eq!(tracker.left(), Some("ssh host…"));
        tracker.learn("two".to_owned(), Family::Posix, Instant::now());
        feed(&mut tracker, "\x1b]133;B;k=two;p=7\x07");
        assert_eq!(tracker.at_prompt().unwrap().family, Family::Posix);
        feed(
            &mut tracker,
            "\x1b]133;C;k=two\x07bye\r\n\x1b]133;D;4;k=one;p=7\x07",
        );
        assert_eq!(tracker.last().unwrap().exit_code, Some(4));
        assert_eq!(tracker.top().unwrap().key(), "one");
        let untold = tracker.take_untold().unwrap();
        assert_eq!(
            (untold.command.as_str(), untold.exit_code),
            ("ssh host…", Some(4))
        );
        assert_eq!(tracker.take_untold(), None);
    }

    /// Promise: what somebody typed at the prompt is not run with the next command.
    #[test]
    fn a_half_typed_line_is_seen() {
        let mut tracker = tracker(&["one"]);
        feed(&mut tracker, PROMPT);
        tracker.typed();
        assert!(tracker.is_half_typed() && tracker.at_prompt().is_none());
        feed(&mut tracker, PROMPT);
        assert!(!tracker.is_half_typed() && tracker.at_prompt().is_some());
    }

    proptest! {
        /// Promise: however output is cut into pieces, it means the same.
        #[test]
        fn splits_do_not_matter(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
            let output = format!(
                "{PROMPT} x\r\n\x1b]133;C;k=one;p=7\x07a\x1b]133;C;k=one\x07b\r\n\x1b]133;D;1;k=one;p=7;d=/x\x07{PROMPT}"
            );
            let mut whole = tracker(&["one"]);
            feed(&mut whole, &output);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(output.len())).collect();
            at.extend([0, output.len()]);
            at.sort_unstable();
            let mut parts = tracker(&["one"]);
            for pair in at.windows(2) {
                parts.output(&output.as_bytes()[pair[0]..pair[1]]);
            }
            let facts = |tracker: &Tracker| {
                let last = tracker.last().unwrap();
                (tracker.ends(), last.from, last.to, last.exit_code, tracker.at_prompt().is_some())
            };
            prop_assert_eq!(facts(&whole), facts(&parts));
        }
    }
}
