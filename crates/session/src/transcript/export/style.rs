//! How a character is shown: colours and attributes (SGR), as CSS.

use std::fmt::Write as _;

use vte::Params;

/// A colour as a program chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Colour {
    #[default]
    Default,
    /// One of the first 16, which the reader's theme decides.
    Theme(u8),
    Rgb([u8; 3]),
}

/// The way a character is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Style {
    foreground: Colour,
    background: Colour,
    attributes: u8,
}

const BOLD: u8 = 1;
const DIM: u8 = 2;
const ITALIC: u8 = 4;
const UNDERLINE: u8 = 8;
const INVERSE: u8 = 16;
const STRIKE: u8 = 32;

/// The classes of the attributes that are shown by a class alone.
const CLASSES: [(u8, &str); 5] = [
    (BOLD, "bold"),
    (DIM, "dim"),
    (ITALIC, "italic"),
    (UNDERLINE, "under"),
    (STRIKE, "strike"),
];

impl Style {
    /// Whether nothing is to be seen of it on a blank.
    pub(super) fn is_blank(self) -> bool {
        self.background == Colour::Default && self.attributes & (UNDERLINE | INVERSE | STRIKE) == 0
    }

    /// What erased cells look like: the background stays.
    pub(super) fn erased(self) -> Style {
        Style {
            background: self.background,
            ..Style::default()
        }
    }

    /// Acts on "select graphic rendition" (ECMA-48, 8.3.117, with the colours of
    /// ISO 8613-6). Concealed text is shown: nothing hides in a transcript.
    pub(super) fn select(&mut self, params: &Params) {
        let mut params = params.iter();
        while let Some(param) = params.next() {
            let code = param.first().copied().unwrap_or(0);
            match code {
                0 => *self = Style::default(),
                1 => self.attributes |= BOLD,
                2 => self.attributes |= DIM,
                3 => self.attributes |= ITALIC,
                4 if param.get(1) == Some(&0) => self.attributes &= !UNDERLINE,
                4 | 21 => self.attributes |= UNDERLINE,
                7 => self.attributes |= INVERSE,
                9 => self.attributes |= STRIKE,
                22 => self.attributes &= !(BOLD | DIM),
                23 => self.attributes &= !ITALIC,
                24 => self.attributes &= !UNDERLINE,
                27 => self.attributes &= !INVERSE,
                29 => self.attributes &= !STRIKE,
                30..=37 => self.foreground = theme(code - 30),
                90..=97 => self.foreground = theme(code - 90 + 8),
                39 => self.foreground = Colour::Default,
                40..=47 => self.background = theme(code - 40),
                100..=107 => self.background = theme(code - 100 + 8),
                49 => self.background = Colour::Default,
                38 | 48 | 58 => {
                    let colour = if param.len() > 1 {
                        with_subparameters(&param[1..])
                    } else {
                        let mut next = || params.next().and_then(|p| p.first().copied());
                        match next() {
                            Some(5) => next().map(indexed),
                            Some(2) => match (next(), next(), next()) {
                                (Some(r), Some(g), Some(b)) => Some(rgb([r, g, b])),
                                _ => None,
                            },
                            _ => None,
                        }
                    };
                    match (code, colour) {
                        (38, Some(colour)) => self.foreground = colour,
                        (48, Some(colour)) => self.background = colour,
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// The attributes of the element that shows it so, or nothing for plain text.
    pub(super) fn attributes(self) -> String {
        let (mut foreground, mut background) = (self.foreground, self.background);
        let inverse = self.attributes & INVERSE != 0;
        if inverse {
            std::mem::swap(&mut foreground, &mut background);
        }
        let own_background = background != Colour::Default || inverse;
        let mut classes = String::new();
        let mut variables = String::new();
        let mut class = |name: std::fmt::Arguments<'_>| {
            let gap = if classes.is_empty() { "" } else { " " };
            let _ = write!(classes, "{gap}{name}");
        };
        match background {
            Colour::Default if inverse => class(format_args!("bd")),
            Colour::Default => {}
            Colour::Theme(index) => class(format_args!("b{index}")),
            Colour::Rgb(rgb) => {
                class(format_args!("b"));
                let _ = write!(variables, "--b:{};--t:{};", Hex(rgb), text_on(rgb));
            }
        }
        match foreground {
            // On a background of its own, that has chosen.
            Colour::Default => {}
            Colour::Theme(index) if own_background => class(format_args!("g{index}")),
            Colour::Theme(index) => class(format_args!("f{index}")),
            Colour::Rgb(rgb) => {
                class(format_args!("f"));
                let (light, dark) = if own_background {
                    (rgb, rgb)
                } else {
                    (darkened(rgb), lightened(rgb))
                };
                let _ = write!(variables, "--l:{};--d:{};", Hex(light), Hex(dark));
            }
        }
        for (attribute, name) in CLASSES {
            if self.attributes & attribute != 0 {
                class(format_args!("{name}"));
            }
        }
        match (classes.is_empty(), variables.is_empty()) {
            (true, _) => String::new(),
            (false, true) => format!(" class=\"{classes}\""),
            (false, false) => format!(" class=\"{classes}\" style=\"{variables}\""),
        }
    }
}

/// The first 16 colours where the reader's theme has no say: backgrounds, and
/// what is written on them. They are xterm's.
pub(super) const FIXED: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Black or white, whichever can be read on the colour.
pub(super) fn text_on(rgb: [u8; 3]) -> &'static str {
    if luminance(rgb) > 128 { "#000" } else { "#fff" }
}

fn theme(index: u16) -> Colour {
    Colour::Theme(u8::try_from(index).unwrap_or(0))
}

/// Colours written as one parameter: `38:5:N`, `38:2:R:G:B` or, with the colour
/// space, `38:2::R:G:B`.
fn with_subparameters(params: &[u16]) -> Option<Colour> {
    match *params {
        [5, index, ..] => Some(indexed(index)),
        [2, r, g, b] => Some(rgb([r, g, b])),
        [2, _, r, g, b, ..] => Some(rgb([r, g, b])),
        _ => None,
    }
}

fn rgb(parts: [u16; 3]) -> Colour {
    Colour::Rgb(parts.map(|part| u8::try_from(part).unwrap_or(u8::MAX)))
}

/// One of 256 colours: the theme's 16, a cube of six levels each, 24 greys, as
/// xterm has them.
fn indexed(index: u16) -> Colour {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match u8::try_from(index).unwrap_or(u8::MAX) {
        index @ 0..=15 => Colour::Theme(index),
        index @ 16..=231 => {
            let cube = usize::from(index - 16);
            Colour::Rgb([LEVELS[cube / 36], LEVELS[cube / 6 % 6], LEVELS[cube % 6]])
        }
        index => Colour::Rgb([8 + (index - 232) * 10; 3]),
    }
}

/// How bright a colour is, 0 to 255, as ITU-R BT.601 weighs the parts.
fn luminance([r, g, b]: [u8; 3]) -> u32 {
    (u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000
}

/// The same hue, dark enough to be read on white.
fn darkened(rgb: [u8; 3]) -> [u8; 3] {
    const MOST: u32 = 110;
    let bright = luminance(rgb);
    if bright <= MOST {
        return rgb;
    }
    rgb.map(|part| u8::try_from(u32::from(part) * MOST / bright).unwrap_or(u8::MAX))
}

/// The same hue, bright enough to be read on black.
fn lightened(rgb: [u8; 3]) -> [u8; 3] {
    const LEAST: u32 = 130;
    let bright = luminance(rgb);
    if bright >= LEAST {
        return rgb;
    }
    let (missing, all) = (LEAST - bright, 255 - bright);
    rgb.map(|part| {
        let part = u32::from(part);
        u8::try_from(part + (255 - part) * missing / all).unwrap_or(u8::MAX)
    })
}

pub(super) struct Hex(pub(super) [u8; 3]);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}
