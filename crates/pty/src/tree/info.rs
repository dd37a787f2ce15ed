//! What the system tells about a process: a parsed `/proc/<pid>/stat`, and
//! its companions read on demand (`proc(5)`, Linux).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::Pid;

/// How much of an environment block is read at a time.
const ENVIRON_CHUNK: usize = 64 * 1024;

/// How long a process is looked at again that is between two programs: an
/// `execve(2)` takes well under a millisecond when the file is in memory, and
/// longer only where the process has to wait for a processor or for the disk.
const EXEC_PATIENCE: Duration = Duration::from_millis(100);

/// The pause between two such looks.
const EXEC_PAUSE: Duration = Duration::from_micros(100);

/// How often a process that runs its program has to show no environment, or a
/// part of one, for that to be true: it may have come to run just after the look, or execute
/// yet another program.
const SETTLED_LOOKS: u32 = 5;

/// `PF_EXITING` of Linux's `include/linux/sched.h`, as field 9 of `stat` has it.
const EXITING: u64 = 0x4;

/// A process as `/proc/<pid>/stat` describes it at one moment. Linux only:
/// elsewhere nothing can be read.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Pid, ProcessInfo};
///
/// let me = ProcessInfo::read(Pid::this())?;
/// assert_eq!(me.pid, Pid::this());
/// assert!(me.command_line()?.len() >= 1);
/// assert!(!me.is_zombie());
/// assert_eq!(me.exe()?, std::env::current_exe()?.canonicalize()?);
/// assert_eq!(me.cwd()?, std::env::current_dir()?.canonicalize()?);
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// Its id.
    pub pid: Pid,
    /// The name of its executable or main thread, at most 15 bytes. A process
    /// may set it to anything, brackets and line ends included.
    pub comm: OsString,
    /// Its state: `R` running, `S` sleeping, `D` in an uninterruptible sleep,
    /// `T` stopped, `Z` exited and not yet reaped, and others of `proc(5)`.
    pub state: char,
    /// Its parent; `None` for the first process and kernel threads.
    pub parent: Option<Pid>,
    /// Its process group; `None` for kernel threads.
    pub group: Option<Pid>,
    /// Its session; `None` for kernel threads.
    pub session: Option<Pid>,
    /// The device number of its controlling terminal, in the encoding of
    /// [`Follower::rdev`](crate::Follower::rdev).
    pub terminal: Option<u64>,
    /// The foreground process group of its controlling terminal.
    pub foreground_group: Option<Pid>,
    /// How many threads it has.
    pub threads: u32,
    /// When it started, in clock ticks (mostly 1/100 s) since the system's
    /// start.
    pub start_time: u64,
}

impl ProcessInfo {
    /// Reads about a process.
    ///
    /// # Errors
    /// `NotFound` when there is no such process, `Unsupported` elsewhere than
    /// on Linux, `InvalidData` when the file is not of the form known.
    pub fn read(pid: Pid) -> io::Result<Self> {
        require_proc()?;
        Self::read_at(&format!("/proc/{pid}/stat"))
    }

    /// Reads a `stat` file, that of a process or of a thread.
    pub(super) fn read_at(path: &str) -> io::Result<Self> {
        // 52 numbers of at most 20 digits and a name of at most 64 bytes: it
        // comes in one piece, and thousands are read for a look at a tree.
        let mut text = [0; 2048];
        let mut file = File::open(path).map_err(gone)?;
        let length = file.read(&mut text).map_err(gone)?;
        Self::parse(&text[..length]).ok_or_else(|| {
            let what = format!("{path} is not of the form described in proc(5)");
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    /// The members of a process group, by a look at every process there is.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, ProcessInfo};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let members = ProcessInfo::of_group(child.process.pid())?;
    /// assert_eq!(members[0].pid, child.process.pid());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When `/proc` cannot be read; `Unsupported` elsewhere than on Linux.
    pub fn of_group(group: Pid) -> io::Result<Vec<Self>> {
        let mut members = all()?;
        members.retain(|info| info.group == Some(group));
        Ok(members)
    }

    /// Whether it has exited and only its status is left. A process whose
    /// first thread has exited while others run on is none.
    #[must_use]
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x') && self.threads <= 1
    }

    /// The path of its executable.
    ///
    /// # Errors
    /// `NotFound` when it is gone, `PermissionDenied` when it is another
    /// user's.
    pub fn exe(&self) -> io::Result<PathBuf> {
        std::fs::read_link(format!("/proc/{}/exe", self.pid))
    }

    /// Its working directory.
    ///
    /// # Errors
    /// As for [`ProcessInfo::exe`].
    pub fn cwd(&self) -> io::Result<PathBuf> {
        std::fs::read_link(format!("/proc/{}/cwd", self.pid))
    }

    /// Its arguments, the name it was started by among them. Empty for a
    /// zombie; a process may overwrite them.
    ///
    /// # Errors
    /// As for [`ProcessInfo::exe`].
    pub fn command_line(&self) -> io::Result<Vec<OsString>> {
        let mut block = Vec::new();
        open_file(self.pid, "cmdline")?
            .read_to_end(&mut block)
            .map_err(gone)?;
        let arguments = block.strip_suffix(b"\0").unwrap_or(&block);
        if arguments.is_empty() {
            return Ok(Vec::new());
        }
        let arguments = arguments.split(|byte| *byte == 0);
        Ok(arguments
            .map(|argument| OsString::from_vec(argument.to_vec()))
            .collect())
    }

    /// Whether the environment it was started with has this variable with
    /// this value.
    ///
    /// While a process executes a new program there is a moment at which it
    /// shows no environment; it is then looked at again, for at most 100 ms.
    /// (An environment of more than 64 KiB can be missed at that moment.)
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Command, ProcessInfo};
    ///
    /// let child = Command::new("cat").env("MY_MARK", "77ab").spawn()?;
    /// let info = ProcessInfo::read(child.process.pid())?;
    /// assert!(info.was_started_with("MY_MARK", "77ab")?);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ProcessInfo::exe`].
    pub fn was_started_with(
        &self,
        name: impl AsRef<OsStr>,
        value: impl AsRef<OsStr>,
    ) -> io::Result<bool> {
        let entry = [name.as_ref().as_bytes(), b"=", value.as_ref().as_bytes()].concat();
        let mut give_up = None;
        let mut settled = 0;
        loop {
            match contains_entry(open_file(self.pid, "environ")?, &entry)? {
                Found::Yes => return Ok(true),
                Found::No => return Ok(false),
                Found::Cut => {}
            }
            let now = Instant::now();
            let give_up = *give_up.get_or_insert(now + EXEC_PATIENCE);
            // A kernel thread never has one.
            if self.group.is_none() || now >= give_up {
                return Ok(false);
            }
            match self.stage()? {
                Stage::Ending => return Ok(false),
                Stage::Loading => pause(),
                // It may have become so since the look at the environment.
                Stage::Running if settled < SETTLED_LOOKS => settled += 1,
                Stage::Running => return Ok(false),
            }
        }
    }

    /// How far it is with its program.
    fn stage(&self) -> io::Result<Stage> {
        let mut text = Vec::new();
        open_file(self.pid, "stat")?
            .read_to_end(&mut text)
            .map_err(gone)?;
        Ok(Stage::parse(&text).unwrap_or(Stage::Ending))
    }

    /// Parses the content of a `stat` file.
    fn parse(text: &[u8]) -> Option<Self> {
        let open = text.iter().position(|byte| *byte == b'(')?;
        let (close, mut fields) = fields(text)?;
        let pid = number(text.get(..open)?.trim_ascii())?;
        let comm = text.get(open + 1..close)?;
        let state = char::from(*fields.next()?.first()?);
        let parent = number(fields.next()?)?;
        let group = number(fields.next()?)?;
        let session = number(fields.next()?)?;
        let terminal: i32 = number(fields.next()?)?;
        let foreground = number(fields.next()?)?;
        // What lies between are counters; num_threads is field 20, starttime
        // field 22, of which eight are read.
        let threads = number(fields.nth(11)?)?;
        let start_time = number(fields.nth(1)?)?;
        Some(Self {
            pid: Pid::from_raw(pid)?,
            comm: OsString::from_vec(comm.to_vec()),
            state,
            parent: Pid::from_raw(parent),
            group: Pid::from_raw(group),
            session: Pid::from_raw(session),
            terminal: (terminal != 0).then_some(u64::from(terminal.cast_unsigned())),
            foreground_group: Pid::from_raw(foreground),
            threads,
            start_time,
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when another process's execve is through"
)]
fn pause() {
    std::thread::sleep(EXEC_PAUSE);
}

/// How far a process is with its program.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// Its memory is being filled by `execve(2)`.
    Loading,
    Running,
    /// It has no memory any more, or soon will not.
    Ending,
}

impl Stage {
    /// Parses the content of a `stat` file.
    fn parse(text: &[u8]) -> Option<Self> {
        let (_, mut fields) = fields(text)?;
        // The first is field 3; flags is field 9. Linux sets startcode, field
        // 26, last of all, after the environment (`load_elf_binary`).
        let flags: u64 = number(fields.nth(6)?)?;
        let start_code: u64 = number(fields.nth(16)?)?;
        Some(match (flags & EXITING, start_code) {
            (0, 0) => Self::Loading,
            (0, _) => Self::Running,
            _ => Self::Ending,
        })
    }
}

/// Where the name in a `stat` file ends, and the fields after it.
fn fields(text: &[u8]) -> Option<(usize, impl Iterator<Item = &[u8]>)> {
    // The name stands in brackets and may contain some: its end is the last
    // closing one.
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let fields = text.get(close + 1..)?.trim_ascii();
    Some((close, fields.split(|byte| *byte == b' ')))
}

/// The processes there are now, in no order. What ends meanwhile is left out.
pub(crate) fn all() -> io::Result<Vec<ProcessInfo>> {
    require_proc()?;
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = number(name.as_bytes()).and_then(Pid::from_raw) else {
            continue;
        };
        if let Ok(info) = ProcessInfo::read(pid) {
            found.push(info);
        }
    }
    Ok(found)
}

pub(super) fn require_proc() -> io::Result<()> {
    if cfg!(target_os = "linux") {
        return Ok(());
    }
    let what = "processes can be examined on Linux only so far";
    Err(io::Error::new(io::ErrorKind::Unsupported, what))
}

fn open_file(pid: Pid, name: &str) -> io::Result<File> {
    require_proc()?;
    File::open(format!("/proc/{pid}/{name}")).map_err(gone)
}

/// A process that went between open and read is as gone as one before.
pub(super) fn gone(error: io::Error) -> io::Error {
    if error.raw_os_error() == Some(nix::libc::ESRCH) {
        return io::ErrorKind::NotFound.into();
    }
    error
}

pub(super) fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// What a search in a block of entries came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Yes,
    No,
    /// The block ends within an entry, or there is none: what it is read from
    /// may just have been replaced.
    Cut,
}

/// Whether a block of NUL-terminated entries has this one. Reads in pieces:
/// an environment may be megabytes long.
fn contains_entry(mut block: impl Read, entry: &[u8]) -> io::Result<Found> {
    // An entry starts at the beginning or after a NUL, and ends before one.
    let needle = [b"\0", entry, b"\0"].concat();
    let mut window = vec![0];
    let mut is_cut = true;
    loop {
        let start = window.len();
        window.resize(start + ENVIRON_CHUNK, 0);
        // One call, within which the block stays what it is.
        let count = block.read(&mut window[start..])?;
        window.truncate(start + count);
        if count == 0 {
            // The last entry of a block that was cut short has no NUL.
            return Ok(match window.ends_with(&needle[..needle.len() - 1]) {
                true => Found::Yes,
                false if is_cut => Found::Cut,
                false => Found::No,
            });
        }
        is_cut = window.last() != Some(&0);
        let from = start.saturating_sub(needle.len() - 1);
        if window[from..]
            .windows(needle.len())
            .any(|part| part == needle)
        {
            return Ok(Found::Yes);
        }
        let keep = window.len().saturating_sub(needle.len());
        window.drain(..keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stat(comm: &[u8]) -> Vec<u8> {
        let rest = b") S 41 42 43 34823 44 4194560 1 2 3 4 5 6 7 8 20 0 3 0 987654 9 9\n";
        [b"4711 (", comm, rest].concat()
    }

    proptest! {
        /// Guards: whatever a process calls itself, the fields after the name
        /// are read from their places.
        #[test]
        fn any_name_is_parsed(comm in proptest::collection::vec(any::<u8>(), 0..40)) {
            let info = ProcessInfo::parse(&stat(&comm)).unwrap();
            prop_assert_eq!(info.comm.as_bytes(), &comm[..]);
            prop_assert_eq!(info.pid.as_raw(), 4711);
            prop_assert_eq!(info.state, 'S');
            prop_assert_eq!(info.parent.map(Pid::as_raw), Some(41));
            prop_assert_eq!(info.group.map(Pid::as_raw), Some(42));
            prop_assert_eq!(info.session.map(Pid::as_raw), Some(43));
            prop_assert_eq!(info.terminal, Some(34823));
            prop_assert_eq!(info.foreground_group.map(Pid::as_raw), Some(44));
            prop_assert_eq!(info.threads, 3);
            prop_assert_eq!(info.start_time, 987_654);
        }

        /// Guards: no content of the file makes the parser panic.
        #[test]
        fn any_content_is_survived(text in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = ProcessInfo::parse(&text);
        }

        /// Guards: an entry is found wherever the pieces it is read in are
        /// cut, and only as a whole entry.
        #[test]
        fn entries_are_found_across_pieces(
            before in proptest::collection::vec("[A-C]=[a-c]{0,3}", 0..4),
            after in proptest::collection::vec("[A-C]=[a-c]{0,3}", 0..4),
            wanted in "[A-C]=[a-c]{0,3}",
            present in any::<bool>(),
            piece in 1usize..5,
        ) {
            let mut entries = before;
            if present {
                entries.push(wanted.clone());
            }
            entries.extend(after);
            let block: Vec<u8> = entries.iter().flat_map(|e| [e.as_bytes(), b"\0"].concat()).collect();
            let expected = match entries.contains(&wanted) {
                true => Found::Yes,
                false if entries.is_empty() => Found::Cut,
                false => Found::No,
            };
            let slow = Pieces { block: &block, piece };
            prop_assert_eq!(contains_entry(slow, wanted.as_bytes()).unwrap(), expected);
        }
    }

    /// A reader that gives a few bytes at a time.
    struct Pieces<'a> {
        block: &'a [u8],
        piece: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.piece.min(self.block.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.block[..count]);
            self.block = &self.block[count..];
            Ok(count)
        }
    }

    /// Guards: the stages are told by the right fields.
    #[test]
    fn stages_are_told() {
        let stat = |flags: u32, start_code: u64| {
            let rest = "1 2 3 4 5 6 7 8 20 0 3 0 987654 9 9 99";
            let text = format!("4711 (a) b) R 41 42 43 34823 44 {flags} {rest} {start_code} 7 8");
            Stage::parse(text.as_bytes())
        };
        assert_eq!(stat(4_194_560, 0), Some(Stage::Loading));
        assert_eq!(stat(4_194_560, 94_000_000), Some(Stage::Running));
        assert_eq!(stat(4_194_564, 0), Some(Stage::Ending));
        assert_eq!(Stage::parse(b"4711 (a) R 41"), None);
    }

    /// Guards: an environment longer than one piece is searched to its end.
    #[test]
    fn long_blocks_are_searched_whole() {
        let filler = b"X=1\0".repeat(ENVIRON_CHUNK / 4 * 3);
        for cut in 0..10 {
            let block = [&filler[cut..], b"\0MARK=yes\0".as_slice()].concat();
            assert_eq!(contains_entry(&block[..], b"MARK=yes").unwrap(), Found::Yes);
            assert_eq!(contains_entry(&block[..], b"MARK=ye").unwrap(), Found::No);
            assert_eq!(contains_entry(&block[..], b"ARK=yes").unwrap(), Found::No);
        }
        assert_eq!(
            contains_entry(&b"A=1\0B="[..], b"MARK=yes").unwrap(),
            Found::Cut
        );
        assert_eq!(
            contains_entry(&b"A=1\0MARK=yes"[..], b"MARK=yes").unwrap(),
            Found::Yes
        );
    }
}
