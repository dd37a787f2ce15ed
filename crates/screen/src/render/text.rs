//! The screen as lines of text with the facts that a person would see at a glance.

use super::highlight::highlights;
use crate::{Cell, Row, Snapshot, Width};
use rejoinder_ansi::escape_hidden;
use std::fmt::Write as _;

/// Longest title that is shown, in characters.
const MAX_TITLE: usize = 200;

/// How the lines of facts begin; a row of the screen that begins like one is shown with a
/// backslash in front.
const FACTS: [&str; 3] = ["[screen=", "[highlighted=", "[scrollback="];

/// What [`text`] shows beside the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextOptions {
    /// Rows of the scrollback above the screen, at most as many as the snapshot holds.
    pub scrollback_lines: usize,
}

/// The screen as text: its rows, then what cannot be seen in them.
///
/// Blanks at the ends of rows and empty rows at the end are cut, hidden text (SGR 8) is blank as
/// it is on the screen, and characters that hide or reorder text are escaped as
/// [`rejoinder_ansi::escape_hidden`] does. The last lines are the facts:
///
/// - `[screen=24x80 cursor=5,12 version=7 alternate title="vim"]`: rows × columns; the cursor's row and
///   column, counted from 1, with `hidden` behind it where the program hides it; the version, from
///   which later changes count; whether this is the alternate screen; the window's title where there is one;
/// - `[highlighted=8:"Install" 15:"<Ok>"]`: the rows and texts that stand out by their background
///   (see [`highlights`]); absent where there are none.
///
/// Rows of the scrollback, where asked for, come first, with `[scrollback=2]` (how many there are)
/// between them and the screen.
///
/// # Example
/// ```
/// use rejoinder_screen::{Cell, Cursor, Palette, Row, Size, Snapshot, Style, Width};
/// use rejoinder_screen::render::{TextOptions, text};
///
/// let cell = |character| Cell {
///     character,
///     combining: None,
///     width: Width::Single,
///     style: Style::default(),
///     link: None,
/// };
/// let snapshot = Snapshot {
///     version: 1,
///     offset: 4,
///     size: Size { rows: 1, cols: 4 },
///     rows: vec![Row { cells: "ls  ".chars().map(cell).collect(), wrapped: false }],
///     scrollback: Vec::new(),
///     cursor: Cursor { col: 2, visible: true, ..Cursor::default() },
///     title: Some("sh".into()),
///     alternate: false,
///     reverse: false,
///     palette: Palette::default(),
/// };
/// assert_eq!(
///     text(&snapshot, &TextOptions::default()),
///     "ls\n[screen=1x4 cursor=1,3 version=1 title=\"sh\"]\n",
/// );
/// ```
pub fn text(snapshot: &Snapshot, options: &TextOptions) -> String {
    let mut out = String::with_capacity(usize::from(snapshot.size.rows) * 64);
    let above = options.scrollback_lines.min(snapshot.scrollback.len());
    for row in &snapshot.scrollback[snapshot.scrollback.len() - above..] {
        push_row(row, &mut out);
    }
    if above > 0 {
        let _ = writeln!(out, "[scrollback={above}]");
    }
    let start = out.len();
    let mut end = start;
    for row in &snapshot.rows {
        let before = out.len();
        push_row(row, &mut out);
        if out.len() > before + 1 {
            end = out.len();
        }
    }
    out.truncate(end);
    push_facts(snapshot, &mut out);
    out
}

/// The rows that changed, as `row: text` with rows counted from 1, and the facts of the screen as
/// it is now (see [`text`]).
///
/// # Example
/// ```
/// # use rejoinder_screen::{Cell, Cursor, Palette, Row, Size, Snapshot, Style, Width};
/// # use rejoinder_screen::render::{changed_rows, text_changes};
/// # let cell = |character| Cell {
/// #     character, combining: None, width: Width::Single, style: Style::default(), link: None,
/// # };
/// # let row = |text: &str| Row { cells: text.chars().map(cell).collect(), wrapped: false };
/// # let before = Snapshot {
/// #     version: 1, offset: 4, size: Size { rows: 2, cols: 3 }, rows: vec![row("1% "), row("   ")],
/// #     scrollback: Vec::new(), cursor: Cursor::default(), title: None, alternate: false,
/// #     reverse: false, palette: Palette::default(),
/// # };
/// # let mut now = before.clone();
/// now.rows[0] = row("2% ");
/// assert_eq!(
///     text_changes(&changed_rows(&before, &now), &now),
///     "1: 2%\n[screen=2x3 cursor=1,1hidden version=1]\n",
/// );
/// ```
pub fn text_changes(changed: &[(u16, &Row)], now: &Snapshot) -> String {
    let mut out = String::with_capacity(changed.len() * 64);
    for (number, row) in changed {
        let _ = write!(out, "{}: ", u32::from(*number) + 1);
        push_row(row, &mut out);
    }
    push_facts(now, &mut out);
    out
}

/// The rows of `now` that look different from those of `before`, with their numbers counted
/// from 0; all of them where the size changed or the other screen came up.
pub fn changed_rows<'a>(before: &Snapshot, now: &'a Snapshot) -> Vec<(u16, &'a Row)> {
    let all = before.size != now.size || before.alternate != now.alternate;
    (0u16..)
        .zip(&now.rows)
        .filter(|(number, row)| all || before.rows.get(usize::from(*number)) != Some(row))
        .collect()
}

/// Appends one row, its trailing blanks cut, and a line end.
fn push_row(row: &Row, out: &mut String) {
    let start = out.len();
    let plain = push_cells(&row.cells, out);
    out.truncate(start + out[start..].trim_end_matches(' ').len());
    if !plain {
        let shown = escape_hidden(&out[start..]).into_owned();
        out.replace_range(start.., &shown);
    }
    if FACTS.iter().any(|fact| out[start..].starts_with(fact)) {
        out.insert(start, '\\');
    }
    out.push('\n');
}

/// Appends what the cells show; whether that was printable ASCII only.
pub(super) fn push_cells(cells: &[Cell], out: &mut String) -> bool {
    let mut plain = true;
    for cell in cells {
        match (cell.width, cell.style.hidden) {
            (Width::Continuation, false) => {}
            (_, true) => out.push(' '),
            _ => {
                plain &= matches!(cell.character, ' '..='~') && cell.combining.is_none();
                push_character(cell.character, out);
                for character in cell.combining.iter().flat_map(|text| text.chars()) {
                    push_character(character, out);
                }
            }
        }
    }
    plain
}

/// Appends a character of a cell: a tab or NUL fills its cell with nothing, and a line end,
/// which [`escape_hidden`] leaves alone, must not break the row.
fn push_character(character: char, out: &mut String) {
    match character {
        '\0' | '\t' => out.push(' '),
        '\n' => out.push_str("\\x0a"),
        _ => out.push(character),
    }
}

fn push_facts(snapshot: &Snapshot, out: &mut String) {
    let (size, cursor) = (snapshot.size, snapshot.cursor);
    let _ = write!(
        out,
        "[screen={}x{} cursor={},{}{}",
        size.rows,
        size.cols,
        u32::from(cursor.row) + 1,
        u32::from(cursor.col) + 1,
        if cursor.visible { "" } else { "hidden" },
    );
    let _ = write!(out, " version={}", snapshot.version);
    if snapshot.alternate {
        out.push_str(" alternate");
    }
    if let Some(title) = snapshot.title.as_deref().filter(|title| !title.is_empty()) {
        out.push_str(" title=");
        push_quoted(title, MAX_TITLE, out);
    }
    out.push_str("]\n");
    push_highlights(snapshot, out);
}

fn push_highlights(snapshot: &Snapshot, out: &mut String) {
    let highlights = highlights(snapshot);
    for (at, highlight) in highlights.iter().enumerate() {
        out.push_str(if at == 0 { "[highlighted=" } else { " " });
        let _ = write!(out, "{}:", u32::from(highlight.row) + 1);
        push_quoted(&highlight.text, usize::MAX, out);
    }
    if !highlights.is_empty() {
        out.push_str("]\n");
    }
}

/// Appends `text` in double quotes, on one line, cut behind `limit` characters.
fn push_quoted(text: &str, limit: usize, out: &mut String) {
    let mut kept: String = text.chars().take(limit).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    out.push('"');
    for character in escape_hidden(&kept).chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\x0a"),
            '\t' => out.push(' '),
            _ => out.push(character),
        }
    }
    out.push('"');
}
