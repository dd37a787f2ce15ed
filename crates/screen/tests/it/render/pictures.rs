//! Pictures: looked at once, then kept as references.

use super::screens::{any_snapshot, data, recorded, screen};
use proptest::prelude::*;
use rejoinder_screen::render::{PictureOptions, png};
use rejoinder_screen::{Cell, Colour, CursorShape, Row, Size, Snapshot, Style, Underline, Width};

/// A decoded picture: red, green and blue of each pixel.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 3]>,
}

fn decode(bytes: &[u8]) -> Picture {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut data = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut data).expect("a whole PNG");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    Picture {
        width: info.width as usize,
        height: info.height as usize,
        pixels: data.as_chunks::<3>().0.to_vec(),
    }
}

/// Side of the blocks that are compared, in pixels.
const BLOCK: usize = 8;
/// Greatest difference of one block's mean brightness, of 255.
const MAX_DIFFERENCE: f64 = 6.0;
/// Greatest mean of these differences over the picture.
const MAX_MEAN: f64 = 1.0;

/// Compares with the reference picture of that name, or makes it where `UPDATE_EXPECT` is set.
///
/// What is compared are the means of blocks of 8×8 pixels: another rounding at the edges of glyphs,
/// as a new version of the rasteriser or another processor's floating point may bring, changes
/// them by less than the tolerance. A character that is another, is missing, or has another colour
/// changes at least one block by more; see [`tolerance`].
#[track_caller]
fn check(name: &str, snapshot: &Snapshot, options: &PictureOptions) {
    let bytes = png(snapshot, options).expect("a picture");
    let path = data(&format!("pictures/{name}.png"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &bytes).expect("a writable directory");
    }
    let reference =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (picture, reference) = (decode(&bytes), decode(&reference));
    let (worst, mean) = difference(&picture, &reference);
    assert!(
        worst <= MAX_DIFFERENCE && mean <= MAX_MEAN,
        "{name}: the worst block differs by {worst:.1}, the picture by {mean:.2}"
    );
}

fn difference(one: &Picture, other: &Picture) -> (f64, f64) {
    assert_eq!((one.width, one.height), (other.width, other.height));
    let (mut worst, mut sum, mut blocks) = (0.0f64, 0.0, 0.0);
    for y in (0..one.height).step_by(BLOCK) {
        for x in (0..one.width).step_by(BLOCK) {
            for channel in 0..3 {
                let mean = |picture: &Picture| mean(picture, x, y, channel);
                let difference = (mean(one) - mean(other)).abs();
                worst = worst.max(difference);
                sum += difference;
                blocks += 1.0;
            }
        }
    }
    (worst, sum / blocks)
}

fn mean(picture: &Picture, x: usize, y: usize, channel: usize) -> f64 {
    let (right, bottom) = (
        (x + BLOCK).min(picture.width),
        (y + BLOCK).min(picture.height),
    );
    let rows =
        (y..bottom).map(|y| &picture.pixels[y * picture.width + x..y * picture.width + right]);
    let sum: f64 = rows.flatten().map(|pixel| f64::from(pixel[channel])).sum();
    sum / ((right - x) * (bottom - y)) as f64
}

/// Guards that the comparison sees what it must see, and not what it must not.
#[test]
fn tolerance() {
    let picture = |bytes: &str| {
        let bytes = png(&screen(2, 12, bytes), &PictureOptions::default());
        decode(&bytes.expect("a picture"))
    };
    let text = "\x1b[?25lone, two";
    let one = picture(text);
    for other in [
        "one  two",
        "onc, two",
        "one, \x1b[1mtwo",
        "one, \x1b[33mtwo",
        "one, \x1b[4mtwo",
    ] {
        let other = picture(&format!("\x1b[?25l{other}"));
        let (worst, _) = difference(&one, &other);
        assert!(worst > MAX_DIFFERENCE, "{worst}");
    }
    // Every edge a level brighter, as rounding may have it.
    let mut other = picture(text);
    let (ground, ink) = (one.pixels[0], [0xd4; 3]);
    for pixel in &mut other.pixels {
        if *pixel != ground && *pixel != ink {
            *pixel = pixel.map(|channel| channel + 10);
        }
    }
    let (worst, mean) = difference(&one, &other);
    assert!(
        worst <= MAX_DIFFERENCE && mean <= MAX_MEAN,
        "{worst} {mean}"
    );
}

/// Guards what the screens of real programs look like.
#[test]
fn programs() {
    let options = PictureOptions::default();
    for name in ["whiptail", "dialog", "mc", "nano", "vim"] {
        check(name, &recorded(name, 24, 80), &options);
    }
    check("htop", &recorded("htop", 40, 120), &options);
}

/// All characters from one to another, sixteen in a row, with a blank between them where they
/// are not to touch.
fn table(first: u32, last: u32, gap: &str) -> String {
    (first..=last)
        .filter_map(char::from_u32)
        .map(|character| {
            let end = if u32::from(character) % 16 == 15 {
                "\r\n"
            } else {
                gap
            };
            format!("{character}{end}")
        })
        .collect()
}

/// Guards that lines join and blocks touch: each character alone, then figures of them.
#[test]
fn drawn_characters() {
    let figures = "\
        ╭──┬──╮ ┏━━┳━━┓ ╔══╦══╗ ╒══╤══╕ ╓──╥──╖ ┍━━┯━━┑ ┎──┰──┒ ╱╲╱╲ ▁▂▃▄▅▆▇█\r\n\
        │  │  │ ┃  ┃  ┃ ║  ║  ║ │  │  │ ║  ║  ║ │  │  │ ┃  ┃  ┃ ╲╱╲╱ ▏▎▍▌▋▊▉█\r\n\
        ├──┼──┤ ┣━━╋━━┫ ╠══╬══╣ ╞══╪══╡ ╟──╫──╢ ┝━━┿━━┥ ┠──╂──┨ ░░▒▒▓▓██▓▓▒▒\r\n\
        ╰──┴──╯ ┗━━┻━━┛ ╚══╩══╝ ╘══╧══╛ ╙──╨──╜ ┕━━┷━━┙ ┖──┸──┚ ▖▗▘▙▚▛▜▝▞▟▀▔▕▐\r\n\
        ┄┄┄┅┅┅┈┈┈┉┉┉╌╌╌╍╍╍ ┆┇┊┋╎╏ ╴╶╸╺ ╼━╾─╼━╾ ⣿⣿⡇⢸⣀⣠⣤⣴⣶⣾⣿⡿⠿⠟⠛⠋⠉ 🬀🬁🬃🬇🬏🬞🬭🬹🬻\r\n";
    let bytes = format!(
        "{figures}\r\n{}\r\n{}",
        table(0x2500, 0x259F, " "),
        table(0x1FB00, 0x1FB3B, " ")
    );
    check("drawn", &screen(26, 72, &bytes), &PictureOptions::default());
    let large = PictureOptions {
        cell_height: 40,
        ..PictureOptions::default()
    };
    check("drawn-large", &screen(26, 72, &bytes), &large);
}

/// Guards prompts made of Powerline symbols.
#[test]
fn powerline() {
    let prompt = "\
        \x1b[30;44m ~/project \x1b[34;42m\u{e0b0}\x1b[30m \u{e0a0} main \u{e0b1} +2 \x1b[32;43m\u{e0b0}\x1b[30m 3s \x1b[33;49m\u{e0b0}\x1b[m $ \r\n\
        \x1b[36m\u{e0b6}\x1b[30;46m round \x1b[36;49m\u{e0b4}\x1b[m \u{e0b5} \u{e0b7} \x1b[35m\u{e0b2}\x1b[30;45m left \u{e0b3} more \x1b[m \u{e0a2}\r\n\
        \x1b[31m\u{e0b8} \u{e0b9} \u{e0ba} \u{e0bb} \u{e0bc} \u{e0bd} \u{e0be} \u{e0bf}\x1b[m";
    check(
        "powerline",
        &screen(4, 48, prompt),
        &PictureOptions::default(),
    );
}

/// Guards scripts, symbols and emoji, in one cell, two, and with marks.
#[test]
fn scripts() {
    let bytes = "\
        Latin éñßøŁ ﬁ Ελληνικά Кириллица עברית العربية ไทย हिन्दी\r\n\
        日本語 中文字 한국어 ひらがな カタカナ ｶﾀｶﾅ ，。「」\r\n\
        ✔ ✘ ➜ ★ ● ■ ▲ ▼ ◆ ⚠ ♥ ♪ ☀ ⌘ ⏎ ⇧ ← ↑ → ↓ ∀ ∑ √ ∞ ≠ € £ ¥\r\n\
        😀 🚀 🎉 🔥 ✅ ❌ 👩\u{200d}🚀 ❤\u{fe0f} e\u{301} a\u{308}\u{323} n\u{303}\r\n\
        \x1b[1mbold 日本 \x1b[3mitalic 日本\x1b[22m light 日本\x1b[m \u{f121} \u{e5ff}\r\n";
    check("scripts", &screen(6, 64, bytes), &PictureOptions::default());
}

/// Guards each property of a style, the cursor's forms, and the colours.
#[test]
fn styles() {
    let mut snapshot = styled_screen();
    check("styles", &snapshot, &PictureOptions::default());
    snapshot.reverse = true;
    snapshot.cursor.shape = CursorShape::Underline;
    snapshot.palette.foreground = Some((0, 0, 80));
    snapshot.palette.background = Some((255, 250, 220));
    snapshot.palette.cursor = Some((255, 0, 0));
    snapshot.palette.indexed = vec![(1, (255, 128, 0))];
    check("styles-palette", &snapshot, &PictureOptions::default());
}

/// One row per property of a style, and the palette.
fn styled_screen() -> Snapshot {
    let plain = Style::default();
    let colour = Colour::Indexed;
    let lined = |underline| Style { underline, ..plain };
    let styles = [
        ("plain", plain),
        (
            "bold",
            Style {
                bold: true,
                ..plain
            },
        ),
        ("dim", Style { dim: true, ..plain }),
        (
            "italic",
            Style {
                italic: true,
                ..plain
            },
        ),
        (
            "bold italic",
            Style {
                bold: true,
                italic: true,
                ..plain
            },
        ),
        ("single", lined(Underline::Single)),
        ("double", lined(Underline::Double)),
        ("curly", lined(Underline::Curly)),
        ("dotted", lined(Underline::Dotted)),
        ("dashed", lined(Underline::Dashed)),
        (
            "coloured",
            Style {
                underline_colour: Some(colour(9)),
                ..lined(Underline::Curly)
            },
        ),
        (
            "strikeout",
            Style {
                strikeout: true,
                ..plain
            },
        ),
        (
            "inverse",
            Style {
                inverse: true,
                ..plain
            },
        ),
        (
            "hidden",
            Style {
                hidden: true,
                ..plain
            },
        ),
        (
            "red",
            Style {
                foreground: colour(1),
                ..plain
            },
        ),
        (
            "bold red",
            Style {
                foreground: colour(1),
                bold: true,
                ..plain
            },
        ),
        (
            "rgb",
            Style {
                foreground: Colour::Rgb(255, 200, 0),
                background: Colour::Rgb(60, 0, 90),
                ..plain
            },
        ),
    ];
    let mut rows: Vec<Row> = styles
        .iter()
        .map(|(text, style)| Row {
            cells: format!("{text:12}The quick fox")
                .chars()
                .map(|character| cell(character, *style))
                .collect(),
            wrapped: false,
        })
        .collect();
    for first in (0u8..=255).step_by(32) {
        let cells = (first..=first + 31).map(|index| {
            cell(
                ' ',
                Style {
                    background: colour(index),
                    ..plain
                },
            )
        });
        rows.push(Row {
            cells: cells.collect(),
            wrapped: false,
        });
    }
    let mut snapshot = screen(1, 1, "");
    snapshot.size = Size { rows: 25, cols: 32 };
    snapshot.rows = rows;
    (snapshot.cursor.row, snapshot.cursor.col) = (0, 12);
    snapshot
}

fn cell(character: char, style: Style) -> Cell {
    Cell {
        character,
        combining: None,
        width: Width::Single,
        style,
        link: None,
    }
}

/// Guards the limits: cells of a sensible size, pictures of bounded size, an error beyond.
#[test]
fn sizes() {
    let size = |rows: u16, cols: u16, cell_height: u16| {
        let mut snapshot = screen(1, 1, "x");
        snapshot.size = Size { rows, cols };
        let options = PictureOptions {
            cell_height,
            ..PictureOptions::default()
        };
        png(&snapshot, &options).map(|bytes| {
            let picture = decode(&bytes);
            (picture.height, picture.width)
        })
    };
    assert_eq!(size(2, 3, 18).unwrap(), (36, 27));
    assert_eq!(size(2, 3, 0).unwrap(), (16, 12));
    assert_eq!(size(2, 3, u16::MAX).unwrap(), (128, 96));
    assert_eq!(size(500, 1000, 64).unwrap(), (4000, 4000));
    for (rows, cols) in [(0, 80), (24, 0), (501, 1), (1, 1001)] {
        let error = size(rows, cols, 18).unwrap_err().to_string();
        assert!(error.contains("500 rows"), "{error}");
    }
}

/// Guards that no assigned character of the Basic Multilingual Plane is a placeholder: what is
/// drawn for it differs from what is drawn for one that no font has.
#[test]
fn coverage() {
    let drawn = |character: char| {
        let mut snapshot = screen(1, 1, "\x1b[?25l");
        snapshot.rows[0].cells[0].character = character;
        png(
            &snapshot,
            &PictureOptions {
                cell_height: 16,
                cursor: false,
            },
        )
        .unwrap()
    };
    let placeholder = drawn('\u{F000}');
    for first in [
        0x21u32, 0x0531, 0x0900, 0x0E01, 0x10A0, 0x3041, 0x4E00, 0x9FA5, 0xAC00, 0xD7A3, 0xFB1D,
        0xFFE5, 0x1F600,
    ] {
        let character = char::from_u32(first).unwrap();
        assert_ne!(drawn(character), placeholder, "U+{first:04X}");
    }
}

proptest! {
    /// Guards that any snapshot gives a PNG of the promised size, or an error where it has no
    /// rows or columns.
    #[test]
    fn any_snapshot_is_a_picture(snapshot in any_snapshot(), cell_height in 8u16..40) {
        let Size { rows, cols } = snapshot.size;
        let options = PictureOptions { cell_height, cursor: true };
        let Ok(bytes) = png(&snapshot, &options) else {
            prop_assert!(rows == 0 || cols == 0);
            return Ok(());
        };
        let picture = decode(&bytes);
        prop_assert_eq!(picture.height, usize::from(rows * cell_height));
        prop_assert_eq!(picture.width, usize::from(cols * cell_height.div_ceil(2)));
    }
}
