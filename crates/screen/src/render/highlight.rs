//! What stands out on a screen: the selected entry of a menu, the button that has the focus, a
//! pager's status line.

use super::text::push_cells;
use crate::{Cell, Colour, Snapshot};
use rejoinder_ansi::escape_hidden;
use std::collections::HashMap;

/// Tallest stretch of one background that can be a highlight and no box, in rows.
const MAX_HEIGHT: usize = 2;
/// As many spots of one background in one row make a bar (of function keys, of tabs).
const BAR: usize = 3;
/// More spots of one background than this are a pattern (stripes, marked words).
const MAX_ALIKE: usize = 4;
/// Blank cells between two spots of one background that are still one entry.
const MAX_GAP: usize = 8;
/// Backgrounds that are counted to find the commonest; a screen of more is a picture.
const MAX_GROUNDS: usize = 64;
/// Most highlights that are told.
const MAX_HIGHLIGHTS: usize = 8;
/// Longest text of a highlight, in characters.
const MAX_TEXT: usize = 80;

/// A stretch of a row that stands out by its background.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// Its row, from the top, counted from 0.
    pub row: u16,
    /// Its first column, from the left, counted from 0.
    pub col: u16,
    /// Its text without blanks around it, of at most 80 characters; hidden characters escaped.
    pub text: String,
}

/// What stands out on the screen, from the top, at most eight.
///
/// A highlight is a patch of cells that
///
/// - share one background, reverse video counted, and touch each other, as far as they reach;
/// - are at most two rows tall: what is taller is a box or a panel, and what it stands in;
/// - hold text: shadows, scroll bars and empty fields say nothing;
/// - are not of the terminal's own or the screen's commonest background, unless other
///   backgrounds enclose them on all sides (a field left blank in a coloured box).
///
/// Patches that touch in a row, or that share a background and have up to eight blank cells
/// between them (the tag and the text of a `dialog` menu), are one highlight. Left out are bars,
/// which are three or more patches of one background in one row (the function keys of `htop` and
/// `mc`), and patterns, which are more than four patches of one background on the screen (stripes,
/// search results). A patch as wide as the screen in its first or last row is a title or status
/// bar, and told only where nothing else stands out.
///
/// So `whiptail` gives the chosen entry and the button with the focus, `htop` the head of its
/// table and the selected process, `mc` the current directory and file, `less` its prompt, and
/// `vim` nothing. Colour of text alone is no highlight: too much is coloured.
pub fn highlights(snapshot: &Snapshot) -> Vec<Highlight> {
    let Some(runs) = runs(snapshot) else {
        return Vec::new();
    };
    let patches = Patches::new(&runs);
    let commonest = patches.commonest_ground(&runs);
    let last_col = snapshot.rows.iter().map(|row| row.cells.len()).max();
    let edges = Edges {
        last_row: snapshot.rows.len() - 1,
        last_col: last_col.unwrap_or(0),
    };
    let inside = patches.inside(&runs, &edges);
    let spots: Vec<&Run> = runs
        .iter()
        .enumerate()
        .filter(|&(at, run)| {
            let patch = patches.root(at);
            let background = run.ground == Ground::default() || run.ground == commonest;
            patches.bottom[patch] - runs[patch].row < MAX_HEIGHT && (!background || inside[patch])
        })
        .map(|(_, run)| run)
        .collect();
    let spots = without_patterns(joined(snapshot, &spots));
    let (bars, others): (Vec<_>, Vec<_>) = spots.into_iter().partition(|spot| {
        (spot.row == 0 || spot.row == edges.last_row)
            && spot.start == 0
            && spot.end == edges.last_col
    });
    let told = if others.is_empty() { bars } else { others };
    told.into_iter()
        .take(MAX_HIGHLIGHTS)
        .filter_map(Spot::into_highlight)
        .collect()
}

/// What is behind a cell's character: the colour, and whether it is the default foreground.
type Ground = (Colour, bool);

fn ground(cell: &Cell) -> Ground {
    let style = &cell.style;
    if style.inverse {
        (style.foreground, style.foreground == Colour::Default)
    } else {
        (style.background, false)
    }
}

/// Neighbouring cells of a row with one background.
#[derive(Debug)]
struct Run {
    row: usize,
    start: usize,
    end: usize,
    ground: Ground,
}

/// All runs of the screen, row by row; `None` where there is but one background.
fn runs(snapshot: &Snapshot) -> Option<Vec<Run>> {
    let mut runs: Vec<Run> = Vec::new();
    let mut several = false;
    for (number, row) in snapshot.rows.iter().enumerate() {
        let mut start = 0;
        for stretch in row.cells.chunk_by(|one, next| ground(one) == ground(next)) {
            let ground = ground(&stretch[0]);
            several |= runs.first().is_some_and(|first| first.ground != ground);
            runs.push(Run {
                row: number,
                start,
                end: start + stretch.len(),
                ground,
            });
            start += stretch.len();
        }
    }
    several.then_some(runs)
}

/// Runs that touch above each other and have one background, as disjoint sets; a set's root is
/// its first run, which is in its top row.
struct Patches {
    parent: Vec<usize>,
    /// The bottom row of each root's patch.
    bottom: Vec<usize>,
}

impl Patches {
    fn new(runs: &[Run]) -> Self {
        let mut patches = Self {
            parent: (0..runs.len()).collect(),
            bottom: runs.iter().map(|run| run.row).collect(),
        };
        let mut above = 0;
        for (at, run) in runs.iter().enumerate() {
            while runs[above].row + 1 < run.row
                || (runs[above].row + 1 == run.row && runs[above].end <= run.start)
            {
                above += 1;
            }
            let touching = runs[above..at]
                .iter()
                .take_while(|upper| upper.row + 1 == run.row && upper.start < run.end);
            for (upper, _) in (above..)
                .zip(touching)
                .filter(|(_, u)| u.ground == run.ground)
            {
                patches.join(upper, at);
            }
        }
        patches
    }

    fn root(&self, mut at: usize) -> usize {
        while self.parent[at] != at {
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let roots = (self.root(one), self.root(other));
        let (first, second) = (roots.0.min(roots.1), roots.0.max(roots.1));
        self.parent[second] = first;
        // Shorter ways for those who ask next.
        self.parent[one] = first;
        self.parent[other] = first;
        self.bottom[first] = self.bottom[first].max(self.bottom[second]);
    }

    fn commonest_ground(&self, runs: &[Run]) -> Ground {
        let mut areas: Vec<(Ground, usize)> = Vec::new();
        for run in runs {
            let area = run.end - run.start;
            if let Some((_, sum)) = areas.iter_mut().find(|(ground, _)| *ground == run.ground) {
                *sum += area;
            } else if areas.len() < MAX_GROUNDS {
                areas.push((run.ground, area));
            }
        }
        let most = areas.into_iter().max_by_key(|(_, area)| *area);
        most.map_or_else(Ground::default, |(ground, _)| ground)
    }

    /// For each root whether its patch touches no edge of the screen.
    fn inside(&self, runs: &[Run], edges: &Edges) -> Vec<bool> {
        let mut inside = vec![true; runs.len()];
        for (at, run) in runs.iter().enumerate() {
            if run.row == 0
                || run.row == edges.last_row
                || run.start == 0
                || run.end == edges.last_col
            {
                inside[self.root(at)] = false;
            }
        }
        inside
    }
}

struct Edges {
    last_row: usize,
    /// Columns of the widest row.
    last_col: usize,
}

/// Runs of one row that are one highlight.
struct Spot {
    row: usize,
    start: usize,
    end: usize,
    ground: Ground,
    text: String,
}

impl Spot {
    fn into_highlight(self) -> Option<Highlight> {
        Some(Highlight {
            row: u16::try_from(self.row).ok()?,
            col: u16::try_from(self.start).ok()?,
            text: shortened(&self.text),
        })
    }
}

/// The spots with text, those of a row joined where they belong together.
fn joined(snapshot: &Snapshot, runs: &[&Run]) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for run in runs {
        let cells = &snapshot.rows[run.row].cells;
        let text = cells_text(&cells[run.start..run.end]);
        if let Some(last) = spots.last_mut().filter(|last| last.row == run.row) {
            let gap = &cells[last.end..run.start];
            let one_entry = last.ground == run.ground && gap.len() <= MAX_GAP && is_blank(gap);
            if gap.is_empty() || one_entry {
                last.text.extend(gap.iter().map(|_| ' '));
                last.text.push_str(&text);
                last.end = run.end;
                continue;
            }
        }
        spots.push(Spot {
            row: run.row,
            start: run.start,
            end: run.end,
            ground: run.ground,
            text,
        });
    }
    spots.retain(|spot| spot.text.contains(says_something));
    spots
}

/// Without bars and patterns.
fn without_patterns(spots: Vec<Spot>) -> Vec<Spot> {
    let row_and_ground = |spot: &Spot| (Some(spot.row), spot.ground);
    let spots = fewer_than(BAR, spots, row_and_ground);
    fewer_than(MAX_ALIKE + 1, spots, |spot| (None, spot.ground))
}

/// The spots that share their key with so few.
fn fewer_than(
    limit: usize,
    mut spots: Vec<Spot>,
    key: impl Fn(&Spot) -> (Option<usize>, Ground),
) -> Vec<Spot> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    for spot in &spots {
        *counts.entry(key(spot)).or_default() += 1;
    }
    spots.retain(|spot| counts[&key(spot)] < limit);
    spots
}

fn cells_text(cells: &[Cell]) -> String {
    let mut text = String::with_capacity(cells.len());
    push_cells(cells, &mut text);
    text
}

fn is_blank(cells: &[Cell]) -> bool {
    cells
        .iter()
        .all(|cell| cell.character == ' ' || cell.style.hidden)
}

/// Whether the character is more than a blank or a piece of a frame or bar.
fn says_something(character: char) -> bool {
    !character.is_whitespace() && !matches!(character, '\0' | '\u{2500}'..='\u{259F}')
}

/// Blanks around it cut, more than two in it shortened to two, and its end cut off.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    let mut blanks = 0;
    let mut length = 0;
    for character in text.trim().chars() {
        blanks = if character == ' ' { blanks + 1 } else { 0 };
        if blanks > 2 {
            continue;
        }
        if length == MAX_TEXT {
            short.push('…');
            break;
        }
        short.push(character);
        length += 1;
    }
    escape_hidden(&short).into_owned()
}
