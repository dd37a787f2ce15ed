//! Recordings of real programs, compared with what xterm.js shows of them.
//!
//! `tests/npm/screens.cjs` wrote the `.screens` files with `@xterm/headless`; what stands in them
//! is said there. Where this crate shows something else on purpose, [`KNOWN`] says so.

use crate::support::{sized, text};
use rejoinder_screen::{Cell, Colour, Row, Screen, Snapshot, Underline};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Views of a recording that differ, by name and part (1 to 8), and why.
const KNOWN: &[(&str, &[usize], &str)] = &[];

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data")
        .join(folder)
}

/// A view in the form of the files.
fn shown(view: &Snapshot, offset: usize) -> String {
    let kind = if view.alternate { "alternate" } else { "main" };
    let title = view.title.as_deref().unwrap_or_default();
    let cursor = view.cursor;
    let mut out = format!(
        "@ {offset} cursor {},{} {kind} {title}\n",
        cursor.row, cursor.col
    );
    let rows: Vec<String> = view.rows.iter().map(shown_row).collect();
    let used = rows
        .iter()
        .rposition(|row| row != "|\n")
        .map_or(0, |last| last + 1);
    out.extend(rows[..used].iter().map(String::as_str));
    out
}

fn shown_row(row: &Row) -> String {
    let mut out = format!("|{}\n", text(row));
    let looks: Vec<String> = row.cells.iter().map(rendition).collect();
    let mut runs = Vec::new();
    let mut first = 0;
    for run in looks.chunk_by(|a, b| a == b) {
        let last = first + run.len() - 1;
        if !run[0].is_empty() {
            runs.push(format!("{first}-{last} {}", run[0]));
        }
        first = last + 1;
    }
    if !runs.is_empty() {
        let _ = writeln!(out, "~ {}", runs.join("; "));
    }
    out
}

fn rendition(cell: &Cell) -> String {
    let style = cell.style;
    let mut words = Vec::new();
    for (letter, colour) in [('f', style.foreground), ('b', style.background)] {
        match colour {
            Colour::Default => {}
            Colour::Indexed(index) => words.push(format!("{letter}{index}")),
            Colour::Rgb(red, green, blue) => {
                words.push(format!("{letter}#{red:02x}{green:02x}{blue:02x}"));
            }
        }
    }
    let flags = [
        (style.bold, "bold"),
        (style.dim, "dim"),
        (style.italic, "italic"),
        (style.underline != Underline::None, "underline"),
        (style.inverse, "inverse"),
        (style.hidden, "hidden"),
        (style.strikeout, "struck"),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, word)| (*word).to_owned()),
    );
    words.join(" ")
}

/// Compares every view of a recording; returns how many there are.
#[track_caller]
fn check(name: &str) -> usize {
    let expected = data("screen").join(format!("{name}.screens"));
    let expected = std::fs::read_to_string(&expected)
        .unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
    let raw = ["screen", "ansi"].map(|folder| data(folder).join(format!("{name}.raw")));
    let raw = raw.iter().find_map(|path| std::fs::read(path).ok());
    let raw = raw.unwrap_or_else(|| panic!("there is no recording {name}"));

    let mut screen: Screen = sized(24, 80, &[]);
    let mut from = 0;
    let parts: Vec<&str> = expected.split_inclusive("\n@ ").collect();
    for (part, expected) in (1..).zip(&parts) {
        let expected = expected.strip_suffix("@ ").unwrap_or(expected);
        let expected = expected.strip_prefix("@ ").unwrap_or(expected);
        let to = expected
            .split(' ')
            .next()
            .and_then(|offset| offset.parse().ok())
            .unwrap();
        screen.push(&raw[from..to], &mut Vec::new());
        from = to;
        let got = shown(&screen.snapshot(0), to);
        let got = got.strip_prefix("@ ").unwrap();
        let known = KNOWN
            .iter()
            .any(|(known, parts, _)| *known == name && parts.contains(&part));
        if known {
            assert_ne!(got, expected, "{name}, part {part}: no difference any more");
        } else if got != expected {
            let mut lines = got.lines().zip(expected.lines());
            let (got_line, expected_line) = lines.find(|(a, b)| a != b).unwrap_or(("…", "…"));
            panic!("{name}, part {part}, ours and xterm's:\n{got_line}\n{expected_line}");
        }
    }
    assert_eq!(from, raw.len(), "{name}: the last view is of all of it");
    parts.len()
}

macro_rules! recordings {
    ($($test:ident = $name:literal;)*) => {
        $(
            /// Guards that this program's screen is what xterm shows, after each eighth.
            #[test]
            fn $test() {
                assert_eq!(check($name), 8);
            }
        )*

        /// Guards that no recording is left out.
        #[test]
        fn all_are_compared() {
            let mut there: Vec<String> = std::fs::read_dir(data("screen"))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter_map(|file| file.strip_suffix(".screens").map(str::to_owned))
                .collect();
            there.sort();
            assert_eq!(there, [$($name),*]);
        }
    };
}

recordings! {
    apt_install = "apt-install";
    bash = "bash";
    bash_history = "bash-history";
    bash_wrap = "bash-wrap";
    cargo_build = "cargo-build";
    dialog = "dialog";
    dialog_gauge = "dialog-gauge";
    git_clone = "git-clone";
    htop = "htop";
    less = "less";
    less_search = "less-search";
    ls_color = "ls-color";
    ls_columns = "ls-columns";
    mc = "mc";
    nano = "nano";
    npm_install = "npm-install";
    pip_download = "pip-download";
    pnpm_install = "pnpm-install";
    python_repl = "python-repl";
    rich_progress = "rich-progress";
    tmux = "tmux";
    top = "top";
    vim = "vim";
    vim_edit = "vim-edit";
    vim_scroll = "vim-scroll";
    whiptail = "whiptail";
}
