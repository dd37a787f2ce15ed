//! Promise: draining ends at the bound given or at the end of the output, and
//! says which.

use std::time::Duration;

use rejoinder_pty::{DrainEnd, DrainLimits, Stderr, Stdio, drain};

use crate::support::{Gate, read_all, shell, start, wait_readable};

const PIPE: Stdio = Stdio::Pipe {
    stderr: Stderr::Merged,
};

#[test]
fn the_limit_of_bytes_holds_exactly() {
    for stdio in [Stdio::Pty, PIPE] {
        let child = start(shell("head -c 3000 /dev/zero | tr '\\0' x").stdio(stdio));
        wait_readable(&child.process.exit_fd());
        let mut seen = 0;
        let mut limits = DrainLimits {
            bytes: 1000,
            ..DrainLimits::default()
        };
        let end = drain(&child.output, limits, |bytes| seen += bytes.len()).unwrap();
        assert_eq!((end, seen), (DrainEnd::LimitReached, 1000));
        limits.bytes = 2000;
        let end = drain(&child.output, limits, |bytes| seen += bytes.len()).unwrap();
        assert_eq!((end, seen), (DrainEnd::LimitReached, 3000));
        let end = drain(&child.output, limits, |bytes| seen += bytes.len()).unwrap();
        assert_eq!((end, seen), (DrainEnd::Complete, 3000));
    }
}

/// Promise: patience also gets what others print before they are gone.
#[test]
fn patience_waits_for_the_rest() {
    for stdio in [Stdio::Pty, PIPE] {
        let gate = Gate::new();
        let script = "trap '' HUP; (cat \"$0\"; echo late) & echo early";
        let child = start(shell(script).arg(gate.path()).stdio(stdio));
        child.process.wait().unwrap();
        let mut seen = Vec::new();
        let end = drain(&child.output, DrainLimits::default(), |bytes| {
            seen.extend_from_slice(bytes);
        });
        assert_eq!(end.unwrap(), DrainEnd::StillOpen);
        assert!(seen.starts_with(b"early"));
        seen.clear();
        gate.open();
        let limits = DrainLimits {
            patience: Duration::from_secs(120),
            ..DrainLimits::default()
        };
        let end = drain(&child.output, limits, |bytes| seen.extend_from_slice(bytes)).unwrap();
        assert_eq!(end, DrainEnd::Complete);
        assert!(seen.starts_with(b"late"));
    }
}

/// Promise: a daemon that prints for ever does not hold a drain for ever.
#[test]
fn endless_output_is_bounded() {
    let child = start(&shell("trap '' HUP; yes & echo $!"));
    child.process.wait().unwrap();
    let mut seen = 0;
    let limits = DrainLimits {
        bytes: 5_000_000,
        patience: Duration::from_secs(120),
    };
    let end = drain(&child.output, limits, |bytes| seen += bytes.len()).unwrap();
    assert_eq!((end, seen), (DrainEnd::LimitReached, 5_000_000));
    let tree = rejoinder_pty::ProcessTree::of(&child.process);
    assert_eq!(
        tree.signal_all(rejoinder_pty::Signal::KILL)
            .unwrap()
            .signalled
            .len(),
        1
    );
    read_all(&child.output);
}
