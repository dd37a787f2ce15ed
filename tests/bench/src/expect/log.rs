//! What programs print in the measurements: a long build log, and a mark at its very end.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// One mebibyte.
pub(crate) const MIB: usize = 1 << 20;

/// What stands at the end, and nowhere else.
const MARK: &str = "DONE-4242$ ";

/// The pattern for the mark.
const DONE: &str = r"DONE-\d+\$ ";

/// A pattern for the mark that has no literal to look for first.
const SHAPE: &str = r"[A-Z]{4}-\d+\$ ";

/// What a careful script looks out for besides. None of it is in the log, though most of it begins
/// like something that is. Rust, Python and Tcl read these in the same way.
const BESIDES: [&str; 7] = [
    r"(?i)passphrase for \S+: ",
    r"\[sudo\] password for \w+: ",
    r"Are you sure you want to continue connecting \(yes/no",
    r"fatal: [^\n]*\n",
    r"panicked at [^\n]*:\d+:\d+",
    r"(?:segmentation fault|core dumped)",
    r"\nlogin: ",
];

/// What is waited for: the mark comes first in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patterns {
    One,
    Eight,
    OneWithoutLiteral,
    EightWithoutLiteral,
}

impl Patterns {
    pub(crate) fn texts(self) -> Vec<&'static str> {
        let mut all = match self {
            Patterns::One | Patterns::Eight => vec![DONE],
            Patterns::OneWithoutLiteral | Patterns::EightWithoutLiteral => vec![SHAPE],
        };
        if matches!(self, Patterns::Eight | Patterns::EightWithoutLiteral) {
            all.extend(BESIDES);
        }
        all
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Patterns::One => "1 pattern",
            Patterns::Eight => "8 patterns",
            Patterns::OneWithoutLiteral => "1 without literal",
            Patterns::EightWithoutLiteral => "8 without literal",
        }
    }
}

/// What the terminal makes of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As a terminal comes: every newline becomes carriage return and newline.
    Cooked,
    /// Nothing.
    Raw,
}

impl Mode {
    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Cooked => "cooked",
            Mode::Raw => "raw mode",
        }
    }
}

/// A mebibyte of log, and the mark, in files.
#[derive(Debug)]
pub(crate) struct Log {
    text: String,
    body: PathBuf,
    mark: PathBuf,
}

impl Log {
    /// Writes the files. They are the same every time.
    pub(crate) fn write(folder: &Path) -> Result<Log> {
        let log = Log {
            text: text(),
            body: folder.join("log"),
            mark: folder.join("mark"),
        };
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&log.body, &log.text))
            .and_then(|()| fs::write(&log.mark, MARK))
            .with_context(|| format!("cannot write to {}", folder.display()))?;
        Ok(log)
    }

    /// The mebibyte.
    pub(super) fn body(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The mark.
    pub(super) fn mark(&self) -> &[u8] {
        MARK.as_bytes()
    }

    /// The program, with its arguments, that prints so many mebibytes of log and the mark.
    pub(crate) fn program(&self, mib: usize, mode: Mode) -> Vec<String> {
        let mut words: Vec<String> = match mode {
            Mode::Cooked => vec!["cat".into()],
            Mode::Raw => ["sh", "-c", "stty raw -echo && exec cat \"$@\"", "cat"]
                .map(str::to_owned)
                .to_vec(),
        };
        words.extend((0..mib).map(|_| self.body.to_string_lossy().into_owned()));
        words.push(self.mark.to_string_lossy().into_owned());
        words
    }

    /// Where the mark starts and ends in what comes out of the terminal.
    pub(crate) fn place(&self, mib: usize, mode: Mode) -> (usize, usize) {
        let added = match mode {
            Mode::Cooked => self.text.matches('\n').count(),
            Mode::Raw => 0,
        };
        let start = mib * (self.text.len() + added);
        (start, start + MARK.len())
    }
}

/// A mebibyte of lines as builds print them, the last one complete.
fn text() -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    // Xorshift (Marsaglia, 2003): any generator would do that gives the same text everywhere.
    let mut below = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) % limit
    };
    let mut text = String::with_capacity(MIB + 256);
    while text.len() < MIB {
        let (unit, number, time) = (below(7000), below(100), below(100_000));
        let line = match below(16) {
            0..4 => format!(
                "   Compiling unit-{unit} v0.{number}.{} (/src/unit-{unit})",
                time % 9
            ),
            4..7 => format!(
                "[{number:3}%] Building CXX object lib/CMakeFiles/unit{unit}.dir/part{time}.cc.o"
            ),
            7..9 => format!(
                "cc -O2 -g -Wall -Wextra -fPIC -Iinclude -DHAVE_CONFIG_H -DUNIT={unit} -c -o out/part{time}.o src/part{time}.c"
            ),
            9..11 => format!(
                "src/unit{unit}/mod.rs:{time}:{number}: warning: unused variable `value_{number}` [-Wunused]"
            ),
            11 => format!(
                "test unit_{unit}::case_{number} ... ok ({}.{number:02} s)",
                time % 10
            ),
            12 => format!(
                "2026-01-07T10:{:02}:{:02}Z INFO  build{{unit={unit}}} passed {time} checks",
                number % 60,
                time % 60
            ),
            13 => format!(
                "DONE with unit {unit}: {time} objects, Are you watching? [sudo is not needed]"
            ),
            14 => format!(
                "+ echo \"$PATH\" > step-{unit}.txt; login shell {number}, no password asked"
            ),
            _ => format!("déjà vu ✓ unité {unit} — {number} sur 100"),
        };
        let _ = writeln!(text, "{line}");
    }
    let mut length = MIB - 1;
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    text.truncate(length);
    while text.len() < MIB - 1 {
        text.push('.');
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The measurements rely on its size, and on the mark being nowhere in it.
    #[test]
    fn the_log_is_a_mebibyte_without_the_mark() {
        let text = text();
        assert_eq!(text.len(), MIB);
        assert!(text.ends_with('\n'));
        assert!(!text.contains("DONE-"));
        let shaped = text.split('-').zip(text.split('-').skip(1));
        let upper = |part: &str| {
            part.bytes()
                .rev()
                .take(4)
                .all(|byte| byte.is_ascii_uppercase())
        };
        let shapes = shaped.filter(|(left, right)| {
            left.len() >= 4 && upper(left) && right.starts_with(|c: char| c.is_ascii_digit())
        });
        assert_eq!(shapes.count(), 0);
        for word in [
            "passphrase for",
            "sudo] ",
            "fatal:",
            "panicked",
            "core dumped",
            "\nlogin",
        ] {
            assert!(!text.contains(word), "{word}");
        }
    }
}
