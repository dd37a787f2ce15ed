//! The screen: however a stream is cut and looked at, the same views, answers and events; nothing
//! that scrolls by unseen makes a difference; no size breaks it.

use rejoinder_screen::{
    Event, MAX_REPLIES, MAX_SCROLLBACK_ROWS, Scanner, Screen, ScreenConfig, Size, Snapshot,
};

use super::input::{Input, cuttings};

/// The longest answer is one of XTGETTCAP with all the names it may have.
const LONGEST_ANSWER: usize = 8 * 1024;

/// The first two bytes are the rows and columns, the next two those of a later change of size, the
/// fifth says how the rest is cut, the sixth how often the rest is repeated, so that it can flood
/// the screen.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let [first, second] = [(); 2].map(|()| Size {
        rows: u16::from(input.byte() % 32),
        cols: u16::from(input.byte() % 64),
    });
    let (seed, repeated) = (input.byte(), input.byte());
    let raw = input.rest(1 << 12);

    let told = cuttings(raw, seed).map(|pieces| told(first, second, &pieces));
    assert!(
        told.iter().all(|other| *other == told[0]),
        "what is told depends on the cuts: {told:#?}"
    );
    let mut events = Vec::new();
    Scanner::new().push(raw, &mut events);
    assert_eq!(events, told[0].events, "with and without a screen");

    if repeated > 0xF0 {
        let line = [&raw[..raw.len().min(64)], b"\r\n"].concat();
        let flood = line.repeat(MAX_SCROLLBACK_ROWS + 512);
        let few: Vec<&[u8]> = flood.chunks(512).collect();
        let unseen = told_at_last(first, &[&flood]);
        assert_eq!(unseen, told_at_last(first, &few), "a flood left out");
    }
}

/// What a screen has told.
#[derive(Debug, PartialEq)]
struct Told {
    events: Vec<Event>,
    replies: Vec<u8>,
    views: Vec<Snapshot>,
}

/// Both the pieces before a change of size and, the same again, those after it.
fn told(first: Size, second: Size, pieces: &[&[u8]]) -> Told {
    let mut screen = screen(first);
    let mut events = Vec::new();
    let mut views = Vec::new();
    for piece in pieces {
        screen.push(piece, &mut events);
    }
    let mut mine = screen.snapshot(0);
    views.push(mine.clone());
    let replies = screen.take_replies();
    assert!(replies.len() <= MAX_REPLIES + LONGEST_ANSWER);

    screen.resize(second);
    views.push(screen.snapshot(usize::MAX));
    for piece in pieces {
        screen.push(piece, &mut Vec::new());
    }
    screen.changes_since(mine.version).apply(&mut mine);
    assert_eq!(mine, screen.snapshot(0), "the changes lead elsewhere");
    views.push(screen.snapshot(usize::MAX));
    views.iter().for_each(is_sound);
    Told {
        events,
        replies,
        views,
    }
}

/// The last view, the screen shown after every piece.
fn told_at_last(size: Size, pieces: &[&[u8]]) -> Snapshot {
    let mut screen = screen(size);
    for piece in pieces {
        screen.push(piece, &mut Vec::new());
        screen.catch_up();
    }
    screen.snapshot(usize::MAX)
}

fn screen(size: Size) -> Screen {
    let mut config = ScreenConfig::default();
    config.size = size;
    Screen::new(config)
}

fn is_sound(view: &Snapshot) {
    let Size { rows, cols } = view.size;
    assert!(rows > 0 && cols > 0);
    assert_eq!(view.rows.len(), usize::from(rows));
    let cols_of = |row: &rejoinder_screen::Row| row.cells.len();
    assert!(
        view.rows
            .iter()
            .all(|row| cols_of(row) == usize::from(cols))
    );
    assert!(view.scrollback.len() <= MAX_SCROLLBACK_ROWS);
    assert!(view.cursor.row < rows && view.cursor.col < cols);
}
