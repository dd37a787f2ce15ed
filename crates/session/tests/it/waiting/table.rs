//! The table of programs and what they are doing, read from its file.

use rejoinder_session::{State, WaitingFor};

/// The file; its head says how it is written.
const FILE: &str = include_str!("../../../../../tests/data/waiting/table.txt");

/// One program and its life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) section: String,
    pub(crate) name: String,
    pub(crate) prepare: Vec<String>,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) needs: Option<String>,
    pub(crate) in_pipes: bool,
    pub(crate) start: String,
    pub(crate) steps: Vec<Step>,
}

/// What is typed, and what the program does then.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) input: Option<Vec<u8>>,
    pub(crate) then: Then,
    /// A bench may do it again and again.
    pub(crate) again: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Then {
    Works,
    Waits {
        state: State,
        hint: Option<String>,
        shows: Option<String>,
    },
    Shows(String),
}

/// All rows of the file.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut section = String::new();
    let mut input = None;
    for (number, line) in FILE.lines().enumerate() {
        let bad = |why: &str| panic!("line {} of the table: {why}: {line}", number + 1);
        if let Some(name) = line.strip_prefix("[[") {
            section = name.trim_end_matches(']').to_owned();
            continue;
        }
        if let Some(name) = line.strip_prefix("== ") {
            rows.push(Row {
                section: section.clone(),
                name: name.to_owned(),
                ..Row::default()
            });
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(row) = rows.last_mut() else {
            bad("no row has begun");
            continue;
        };
        if let Some(text) = line.strip_prefix("    ") {
            let Some((_, content)) = row.files.last_mut() else {
                bad("no file has begun");
                continue;
            };
            content.push_str(text);
            content.push('\n');
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut step = |then| {
            row.steps.push(Step {
                input: input.take(),
                then,
                again: false,
            });
        };
        match word {
            "prepare" => row.prepare.push(rest.to_owned()),
            "file" => row.files.push((rest.to_owned(), String::new())),
            "needs" => row.needs = Some(rest.to_owned()),
            "pipe" => row.in_pipes = true,
            "start" => row.start = rest.to_owned(),
            "type" => input = Some(unescape(rest)),
            "works" => step(Then::Works),
            "shows" => step(Then::Shows(rest.to_owned())),
            "waits" => {
                let mut words = rest.splitn(3, ' ');
                let state = match words.next() {
                    Some("line") => WaitingFor::Line,
                    Some("password") => WaitingFor::Password,
                    Some("raw") => WaitingFor::Raw,
                    _ => {
                        bad("no kind of waiting");
                        continue;
                    }
                };
                step(Then::Waits {
                    state: State::Waiting(state),
                    hint: words.next().filter(|&hint| hint != "-").map(str::to_owned),
                    shows: words.next().map(unescape).map(|text| {
                        String::from_utf8(text).unwrap_or_else(|_| panic!("no text: {line}"))
                    }),
                });
            }
            "again" => match row.steps.last_mut() {
                Some(step) => step.again = true,
                None => bad("no step to repeat"),
            },
            _ => bad("not known"),
        }
    }
    rows
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b'e') => 0x1b,
            Some(b'x') => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = String::from_utf8_lossy(&digits);
                u8::from_str_radix(&digits, 16).unwrap_or_else(|_| panic!("no byte: {text}"))
            }
            Some(other) => other,
            None => panic!("a backslash alone: {text}"),
        });
    }
    bytes
}
