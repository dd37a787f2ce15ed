//! What a call allocates, counted by the servers' allocators.

use std::process::Stdio;

use anyhow::{Context, Result};

use super::question::Era;
use super::servers::{Kind, Programs};
use super::stdio::Pipe;
use crate::report::{Row, Unit};

/// Calls of the shorter and of the longer run; what they differ by is what calls allocate.
const CALLS: [usize; 2] = [500, 2500];

/// Calls under way at once.
const DEPTH: usize = 8;

/// Bytes and pieces, in all.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Allocated {
    bytes: f64,
    pieces: f64,
}

/// Measures, over standard input and output.
pub(super) fn measure(programs: &Programs) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for era in Era::ALL {
        let ours = per_call(programs, Kind::Ours, era)?;
        let theirs = per_call(programs, Kind::Rmcp, era)?;
        let row = |kind: Kind, what: &str, unit, value| {
            let name = format!("{what} by a call, {}, {}", era.revision(), kind.name());
            Row::exact(name, unit, value).told()
        };
        rows.extend([
            row(Kind::Ours, "bytes allocated", Unit::Bytes, ours.bytes).beside(theirs.bytes),
            row(Kind::Rmcp, "  bytes allocated", Unit::Bytes, theirs.bytes),
            row(Kind::Ours, "  allocations", Unit::Count, ours.pieces).beside(theirs.pieces),
            row(Kind::Rmcp, "  allocations", Unit::Count, theirs.pieces),
        ]);
    }
    Ok(rows)
}

fn per_call(programs: &Programs, kind: Kind, era: Era) -> Result<Allocated> {
    let [short, long] = CALLS.map(|calls| whole_run(programs, kind, era, calls));
    let (short, long) = (short?, long?);
    let calls = (CALLS[1] - CALLS[0]) as f64;
    Ok(Allocated {
        bytes: (long.bytes - short.bytes) / calls,
        pieces: (long.pieces - short.pieces) / calls,
    })
}

fn whole_run(programs: &Programs, kind: Kind, era: Era, calls: usize) -> Result<Allocated> {
    let mut command = programs.counted(kind);
    command.stderr(Stdio::piped());
    let mut pipe = Pipe::start(command)?;
    pipe.open(era)?;
    pipe.calls(era, DEPTH, calls)?;
    let said = pipe.close()?;
    told(&said).with_context(|| format!("{} said {said:?}", kind.name()))
}

fn told(text: &str) -> Option<Allocated> {
    let figure = |name: &str| {
        let mut lines = text.lines();
        let figure = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        figure.parse().ok()
    };
    Some(Allocated {
        bytes: figure("bytes")?,
        pieces: figure("allocations")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures are found by their names.
    #[test]
    fn figures_are_read() {
        let expected = Allocated {
            bytes: 7.0,
            pieces: 3.0,
        };
        assert_eq!(told("allocations 3\nbytes 7\n"), Some(expected));
        assert_eq!(told("bytes 7\n"), None);
    }
}
