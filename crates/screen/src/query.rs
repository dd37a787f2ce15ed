//! The questions that a program asks its terminal.
//!
//! Sources: ECMA-48, DEC STD 070 and the VT420's manual for DA, DSR, DECRQM and DECRQSS; xterm's
//! `ctlseqs` for XTVERSION, XTGETTCAP, window reports and the colour commands; kitty's
//! documentation for the keyboard protocol and for `? 996 n`.

use crate::lexer::Token;

/// The most questions of one sequence that are answered: names of XTGETTCAP, colours of OSC 4.
pub const MAX_QUESTIONS: usize = 64;

/// A question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    /// DA1, and DECID.
    Attributes,
    /// DA2.
    SecondaryAttributes,
    /// DA3.
    TertiaryAttributes,
    /// XTVERSION.
    Version,
    /// DSR 5.
    Status,
    /// DSR 6, with the extended form's `?`.
    Position { extended: bool },
    /// `? 15 n`.
    Printer,
    /// `? 25 n`.
    UserKeys,
    /// `? 26 n`.
    Keyboard,
    /// `? 996 n`.
    Scheme,
    /// DECRQM.
    Mode { private: bool, mode: u16 },
    /// XTGETTCAP: the names as they stand, in hexadecimal.
    Capabilities(Vec<Vec<u8>>),
    /// DECRQSS.
    Setting(Setting),
    /// OSC 4 and 10 to 12.
    Colours { asked: Vec<ColourName>, bell: bool },
    /// The kitty keyboard protocol's flags.
    KittyFlags,
    /// A window report, by its number.
    Window(u16),
    /// No question: DECSTR, which the emulator does not know.
    SoftReset,
}

impl Query {
    /// Whether the answer depends on what has been shown.
    pub(crate) fn needs_state(&self) -> bool {
        matches!(
            self,
            Self::Position { .. }
                | Self::Scheme
                | Self::Mode { .. }
                | Self::Setting(_)
                | Self::Colours { .. }
                | Self::KittyFlags
                | Self::SoftReset
        )
    }
}

/// What DECRQSS can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// SGR.
    Rendition,
    /// DECSTBM.
    Region,
    /// DECSCUSR.
    CursorStyle,
    /// DECSCL.
    Conformance,
    /// DECSCA.
    Protection,
    /// DECSLPP.
    LinesPerPage,
    /// DECSNLS.
    Lines,
    /// DECSCPP.
    Columns,
    /// Anything else.
    Unknown,
}

/// A colour that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColourName {
    /// OSC 4.
    Indexed(u8),
    /// OSC 10.
    Foreground,
    /// OSC 11.
    Background,
    /// OSC 12.
    Cursor,
}

/// Reads a token; none where it asks nothing.
pub(crate) fn parse(token: Token<'_>) -> Option<Query> {
    match token {
        Token::Control(body) => control(body),
        Token::Escape(b"Z") => Some(Query::Attributes),
        Token::Escape(_) => None,
        Token::Osc { body, bell } => colours(body, bell),
        Token::Dcs(body) => device_control(body),
    }
}

fn control(body: &[u8]) -> Option<Query> {
    // Control characters act at once and are no part of the sequence; terminals pass over the
    // others.
    let body: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| matches!(byte, 0x20..=0x7E))
        .collect();
    let (&last, rest) = body.split_last()?;
    let (prefix, rest) = match rest {
        [prefix @ b'<'..=b'?', rest @ ..] => (Some(*prefix), rest),
        _ => (None, rest),
    };
    let end = rest
        .iter()
        .position(|byte| matches!(byte, 0x20..=0x2F))
        .unwrap_or(rest.len());
    let (parameters, intermediates) = rest.split_at(end);
    let first = first_parameter(parameters)?;
    Some(match (prefix, intermediates, last, first) {
        (None, [], b'c', 0) => Query::Attributes,
        (Some(b'>'), [], b'c', 0) => Query::SecondaryAttributes,
        (Some(b'='), [], b'c', 0) => Query::TertiaryAttributes,
        (Some(b'>'), [], b'q', 0) => Query::Version,
        (None, [], b'n', 5) => Query::Status,
        (None, [], b'n', 6) => Query::Position { extended: false },
        (Some(b'?'), [], b'n', 6) => Query::Position { extended: true },
        (Some(b'?'), [], b'n', 15) => Query::Printer,
        (Some(b'?'), [], b'n', 25) => Query::UserKeys,
        (Some(b'?'), [], b'n', 26) => Query::Keyboard,
        (Some(b'?'), [], b'n', 996) => Query::Scheme,
        (None, b"$", b'p', mode) => Query::Mode {
            private: false,
            mode,
        },
        (Some(b'?'), b"$", b'p', mode) => Query::Mode {
            private: true,
            mode,
        },
        (None, b"!", b'p', _) => Query::SoftReset,
        (Some(b'?'), [], b'u', _) => Query::KittyFlags,
        (None, [], b't', 11 | 13..=16 | 18..=21) => Query::Window(first),
        _ => return None,
    })
}

/// The first parameter, 0 where it is left out; none where these are no parameters.
fn first_parameter(parameters: &[u8]) -> Option<u16> {
    if !parameters.iter().all(|byte| matches!(byte, b'0'..=b';')) {
        return None;
    }
    let digits = parameters.split(|byte| !byte.is_ascii_digit()).next()?;
    Some(number(digits))
}

/// A decimal number; one that is too large is the largest.
fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |value: u16, digit| {
        value
            .saturating_mul(10)
            .saturating_add(u16::from(digit - b'0'))
    })
}

fn device_control(body: &[u8]) -> Option<Query> {
    if let Some(names) = body.strip_prefix(b"+q") {
        let names = names.split(|&byte| byte == b';').take(MAX_QUESTIONS);
        return Some(Query::Capabilities(names.map(<[u8]>::to_vec).collect()));
    }
    Some(Query::Setting(match body.strip_prefix(b"$q")? {
        b"m" => Setting::Rendition,
        b"r" => Setting::Region,
        b" q" => Setting::CursorStyle,
        b"\"p" => Setting::Conformance,
        b"\"q" => Setting::Protection,
        b"t" => Setting::LinesPerPage,
        b"*|" => Setting::Lines,
        b"$|" => Setting::Columns,
        _ => Setting::Unknown,
    }))
}

/// `4;index;?` with any number of pairs; `10;?` with any number of colours from the tenth on.
fn colours(body: &[u8], bell: bool) -> Option<Query> {
    if !body.ends_with(b"?") && !body.windows(2).any(|pair| pair == b"?;") {
        return None;
    }
    let mut parts = body.split(|&byte| byte == b';');
    let command = parts.next()?;
    let mut asked = Vec::new();
    match command {
        b"4" => {
            while let (Some(index), Some(value)) = (parts.next(), parts.next()) {
                let named = !index.is_empty() && index.iter().all(u8::is_ascii_digit);
                let index = u8::try_from(number(if named { index } else { b"999" }));
                if let (Ok(index), b"?") = (index, value) {
                    asked.push(ColourName::Indexed(index));
                }
            }
        }
        b"10" | b"11" | b"12" => {
            let all = [
                ColourName::Foreground,
                ColourName::Background,
                ColourName::Cursor,
            ];
            let from = usize::from(command[1] - b'0');
            for (name, value) in all[from..].iter().zip(parts) {
                if value == b"?" {
                    asked.push(*name);
                }
            }
        }
        _ => return None,
    }
    asked.truncate(MAX_QUESTIONS);
    (!asked.is_empty()).then_some(Query::Colours { asked, bell })
}
