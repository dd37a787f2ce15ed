//! Files: whose they are, how large they become, how long they are kept.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rejoinder_session::{
    Offset, Recorder, SessionId, Transcript, TranscriptErrorKind, TranscriptHeader, Winsize, prune,
};

use super::{Bench, SMALL, log};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Guards: nobody but the user can look at a transcript, segments included.
#[test]
fn transcripts_are_private() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    recorder.output(&log(200_000), bench.at(0));
    recorder.flush();
    assert_eq!(mode(&bench.dir()), 0o700);
    let files: Vec<_> = fs::read_dir(bench.dir()).unwrap().collect();
    assert!(files.len() > 2);
    for file in files {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

/// Guards: a directory that others may look into is refused, and left as it is.
#[test]
fn an_open_directory_is_refused() {
    let bench = Bench::new();
    fs::create_dir(bench.dir()).unwrap();
    fs::set_permissions(bench.dir(), Permissions::from_mode(0o750)).unwrap();
    let header = TranscriptHeader::default();
    let error = Recorder::create(&bench.dir(), bench.id, header, SMALL, bench.start).unwrap_err();
    assert_eq!(error.kind(), TranscriptErrorKind::Insecure);
    assert!(error.to_string().contains("mode 750"), "{error}");
    assert_eq!(mode(&bench.dir()), 0o750);
}

/// Guards: no transcript is overwritten, and nothing is written through a link.
#[test]
fn what_is_there_stays() {
    let bench = Bench::new();
    bench.record(b"first");
    let create = || {
        let header = TranscriptHeader::default();
        Recorder::create(&bench.dir(), bench.id, header, SMALL, bench.start)
    };
    assert_eq!(create().unwrap_err().kind(), TranscriptErrorKind::Exists);
    assert_eq!(bench.transcript().tail(10).unwrap().bytes, "first");
    fs::remove_file(bench.path()).unwrap();
    let victim = bench.parent.path().join("victim");
    std::os::unix::fs::symlink(&victim, bench.path()).unwrap();
    assert_eq!(create().unwrap_err().kind(), TranscriptErrorKind::Exists);
    assert!(!victim.exists());
}

/// Guards: segments and all of them together stay within their limits, each is an
/// asciicast by itself with the size of its time, and what was removed is told.
#[test]
fn large_transcripts_rotate() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    let bytes = log(1 << 20);
    let (before, after) = bytes.split_at(bytes.len() / 2);
    for piece in before.chunks(2048) {
        recorder.output(piece, bench.at(1000));
    }
    recorder.resize(Winsize::new(50, 132).unwrap(), bench.at(1000));
    for piece in after.chunks(2048) {
        recorder.output(piece, bench.at(3000));
        let total: u64 = sizes(&bench).iter().sum();
        assert!(total <= SMALL.max_bytes, "{total} bytes in all");
    }
    recorder.flush();
    let sizes = sizes(&bench);
    assert!(
        sizes.iter().all(|&size| size <= SMALL.segment_bytes),
        "{sizes:?}"
    );
    assert!(sizes.len() >= 3, "{sizes:?}");

    let mut transcript = bench.transcript();
    let first = transcript.first();
    assert!(first > Offset::ZERO);
    assert_eq!(first, recorder.first());
    assert_eq!(transcript.end().unwrap(), recorder.end());
    assert_eq!(transcript.header().size, Winsize::new(50, 132).ok());
    let kept = &bytes[usize::try_from(first.get()).unwrap()..];
    let chunk = transcript.read(Offset::ZERO, usize::MAX).unwrap();
    assert_eq!((chunk.start, chunk.dropped), (first, first.get()));
    assert_eq!(chunk.bytes, kept);
    assert_eq!(
        transcript.tail(5000).unwrap().bytes,
        kept[kept.len() - 5000..]
    );
}

fn sizes(bench: &Bench) -> Vec<u64> {
    fs::read_dir(bench.dir())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .collect()
}

/// Guards: a segment plays by itself: opened alone, it has a header and its text.
#[test]
fn a_segment_is_a_transcript_by_itself() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    let bytes = log(150_000);
    recorder.output(&bytes, bench.at(0));
    recorder.flush();
    let whole = bench.transcript();
    assert_eq!(whole.first(), Offset::ZERO);
    let alone = Bench::new();
    fs::create_dir(alone.dir()).unwrap();
    let second = bench.dir().join(format!("{}.1.cast", bench.id));
    fs::copy(second, alone.path()).unwrap();
    let mut alone = alone.transcript();
    let first = usize::try_from(alone.first().get()).unwrap();
    assert!(first > 0);
    let chunk = alone.read(alone.first(), usize::MAX).unwrap();
    assert_eq!(chunk.bytes, bytes[first..first + chunk.bytes.len()]);
    assert_eq!(alone.header().title.as_deref(), Some("bash-1"));
}

/// Guards: transcripts go by age, then the oldest by size; those of living
/// sessions and foreign files stay.
#[test]
fn old_transcripts_are_removed() {
    let bench = Bench::new();
    let now = SystemTime::now();
    let day = Duration::from_secs(86_400);
    // Ages in days.
    let made: Vec<(u32, SessionId)> = [40, 35, 9, 8, 7]
        .map(|age| {
            let one = Bench {
                parent: tempfile::tempdir().unwrap(),
                id: SessionId::random().unwrap(),
                start: bench.start,
            };
            let mut recorder = Recorder::create(
                &bench.dir(),
                one.id,
                TranscriptHeader::default(),
                SMALL,
                bench.start,
            )
            .unwrap();
            recorder.output(&log(100_000), bench.start);
            drop(recorder);
            for name in [format!("{}.cast", one.id), format!("{}.1.cast", one.id)] {
                let file = fs::File::options()
                    .append(true)
                    .open(bench.dir().join(name));
                file.unwrap().set_modified(now - day * age).unwrap();
            }
            (age, one.id)
        })
        .into();
    let foreign = bench.dir().join("notes.txt");
    fs::write(&foreign, "keep me").unwrap();
    let living = made[1].1;
    let one = fs::metadata(bench.dir().join(format!("{living}.cast")))
        .unwrap()
        .len()
        + fs::metadata(bench.dir().join(format!("{living}.1.cast")))
            .unwrap()
            .len();
    let pruned = prune(&bench.dir(), 3 * one, day * 30, &|id| *id == living, now).unwrap();
    assert_eq!(
        (pruned.sessions, pruned.bytes, pruned.left),
        (2, 2 * one, 3 * one)
    );
    let left: Vec<u32> = made
        .iter()
        .filter(|(_, id)| Transcript::open(&bench.dir(), *id).is_ok())
        .map(|(age, _)| *age)
        .collect();
    assert_eq!(left, [35, 8, 7]);
    assert!(foreign.exists());
    let nowhere = bench.dir().join("nowhere");
    assert_eq!(
        prune(&nowhere, 0, day, &|_| false, now).unwrap().sessions,
        0
    );
}
