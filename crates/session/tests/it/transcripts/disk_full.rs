//! A disk that is full: the session goes on, the transcript says where it stopped.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rejoinder_session::{Offset, SessionId, Transcript};

use super::log;

/// The example that records its input, as Cargo built it beside the tests.
fn record() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let path = folder.join("examples/record");
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --examples` first",
        path.display()
    );
    path
}

/// Guards: when the system lets the file grow no further, in the middle of a line,
/// all input is still taken, the file ends with a whole line, everything up to the
/// place that is told can be read, and the file itself says why it ends.
#[test]
fn recording_stops_at_a_whole_line() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("transcripts");
    // The limit is in blocks of 512 bytes; past it, a write is cut short, then
    // fails. The signal that comes with it stays ignored in the program.
    let mut child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$0\" \"$1\""])
        .arg(record())
        .arg(&dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = log(1 << 20);
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", output.status);

    let said = String::from_utf8(output.stdout).unwrap();
    let mut lines = said.lines();
    let id: SessionId = lines.next().unwrap()["session ".len()..].parse().unwrap();
    assert_eq!(lines.next().unwrap(), "1048576 bytes came");
    let (recorded, why) = lines.next().unwrap().split_once(' ').unwrap();
    assert!(why.contains("File too large"), "{why}");
    let recorded: usize = recorded.parse().unwrap();
    assert!((100_000..307_200).contains(&recorded), "{recorded}");

    let file = std::fs::read(dir.join(format!("{id}.cast"))).unwrap();
    assert!(file.len() <= 307_200);
    assert_eq!(file.last(), Some(&b'\n'));
    let mut transcript = Transcript::open(&dir, id).unwrap();
    let chunk = transcript.read(Offset::ZERO, usize::MAX).unwrap();
    assert!(
        chunk.bytes == bytes[..recorded],
        "{} bytes read",
        chunk.bytes.len()
    );
    let stopped = transcript.stopped().unwrap().unwrap();
    assert_eq!(stopped.at, Offset::new(recorded as u64));
    assert!(
        stopped.reason.contains("File too large"),
        "{}",
        stopped.reason
    );
}
