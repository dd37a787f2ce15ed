//! The splitter against a model of the kernel's line discipline.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::terminal::TerminalModes;

const EOF: u8 = 4;
const ERASE: u8 = 0x7f;
const WORD_ERASE: u8 = 0x17;
const KILL: u8 = 0x15;
const QUOTE: u8 = 0x16;
const INTERRUPT: u8 = 3;
const STOP: u8 = 0x13;

/// What a login terminal has on Linux.
pub(crate) fn modes() -> TerminalModes {
    TerminalModes {
        canonical: true,
        echo: true,
        isig: true,
        noflsh: false,
        iexten: true,
        icrnl: true,
        inlcr: false,
        igncr: false,
        ixon: true,
        istrip: false,
        parmrk: false,
        iutf8: true,
        opost: true,
        onlcr: true,
        vintr: Some(INTERRUPT),
        vquit: Some(0x1c),
        vsusp: Some(0x1a),
        veof: Some(EOF),
        veol: None,
        veol2: None,
        verase: Some(ERASE),
        vwerase: Some(WORD_ERASE),
        vkill: Some(KILL),
        vlnext: Some(QUOTE),
        vreprint: Some(0x12),
        vstart: Some(0x11),
        vstop: Some(STOP),
    }
}

/// A line discipline written from `termios(3)`: keeps a line, edits it, drops
/// what exceeds it, hands it over.
#[derive(Default)]
struct Kernel {
    line: Vec<u8>,
    quoted: bool,
    delivered: Vec<u8>,
    dropped: usize,
    ends_of_input: usize,
}

impl Kernel {
    fn type_bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.type_byte(*byte);
        }
    }

    fn type_byte(&mut self, byte: u8) {
        let byte = if byte == b'\r' { b'\n' } else { byte };
        if std::mem::take(&mut self.quoted) {
            return self.keep(byte);
        }
        match byte {
            STOP | 0x11 | 0x12 => {}
            INTERRUPT | 0x1c | 0x1a | KILL => self.line.clear(),
            QUOTE => self.quoted = true,
            ERASE => while self.line.pop().is_some_and(|b| b & 0xc0 == 0x80) {},
            WORD_ERASE => {
                while self.line.last() == Some(&b' ') {
                    self.line.pop();
                }
                while self.line.last().is_some_and(|b| *b != b' ') {
                    self.line.pop();
                }
            }
            EOF if self.line.is_empty() => self.ends_of_input += 1,
            EOF => self.delivered.append(&mut self.line),
            b'\n' => {
                self.line.push(b'\n');
                self.delivered.append(&mut self.line);
            }
            byte => self.keep(byte),
        }
    }

    fn keep(&mut self, byte: u8) {
        match self.line.len() < MAX_CANONICAL_LINE {
            true => self.line.push(byte),
            false => self.dropped += 1,
        }
    }
}

/// Types `input` through a splitter, which is given it in pieces and whose
/// segments are taken in parts, as short writes do.
fn type_through(input: &[u8], pieces: &[usize], takes: &[usize]) -> (Kernel, Vec<usize>) {
    type_and_flush(input, pieces, takes, &[false])
}

/// The same to a program that now and then throws away what was typed, between
/// two writes (`tcflush(3)`).
fn type_and_flush(
    input: &[u8],
    pieces: &[usize],
    takes: &[usize],
    flushes: &[bool],
) -> (Kernel, Vec<usize>) {
    let mut flushes = flushes.iter().copied().cycle();
    let discipline = LineDiscipline::new(&modes());
    let mut splitter = CanonicalSplitter::default();
    let mut kernel = Kernel::default();
    let mut splits = Vec::new();
    let (mut typed, mut known) = (0, 0);
    let mut pieces = pieces.iter().copied().cycle();
    let mut takes = takes.iter().copied().cycle();
    while typed < input.len() {
        if known == typed {
            known = input.len().min(known + pieces.next().unwrap());
        }
        let pending = &input[typed..known];
        let segment = splitter.next(&discipline, pending);
        let mut bytes = pending[..segment.bytes].to_vec();
        bytes.extend(segment.end_of_file);
        let taken = bytes.len().min(takes.next().unwrap());
        kernel.type_bytes(&bytes[..taken]);
        if flushes.next().unwrap() && taken == bytes.len() {
            kernel.line.clear();
            kernel.quoted = false;
        }
        let of_input = taken.min(segment.bytes);
        splitter.written(&discipline, &pending[..of_input]);
        typed += of_input;
        if taken > segment.bytes {
            splitter.end_of_file_written();
            splits.push(typed);
        }
    }
    (kernel, splits)
}

/// Text without editing characters, with runs long enough to need splits.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => (any::<char>(), 1usize..3000).prop_map(|(c, n)| c.to_string().repeat(n).into_bytes()),
        1 => Just(b"\n".to_vec()),
        1 => Just(b"\r".to_vec()),
    ];
    vec(part, 0..8).prop_map(|parts| {
        let keep = |byte: &u8| *byte >= b' ' && *byte != ERASE || [b'\n', b'\r'].contains(byte);
        parts.concat().into_iter().filter(keep).collect()
    })
}

/// Anything, editing characters more often than by chance.
fn keystrokes() -> impl Strategy<Value = Vec<u8>> {
    let special = vec![
        ERASE, WORD_ERASE, KILL, QUOTE, INTERRUPT, STOP, b'\n', b'\r', b' ', 0xff,
    ];
    let part = prop_oneof![
        3 => (any::<u8>(), 1usize..5000).prop_map(|(b, n)| vec![b; n]),
        3 => vec(proptest::sample::select(special), 1..6),
        2 => vec(any::<u8>(), 1..10),
        1 => Just("é".repeat(2500).into_bytes()),
    ];
    vec(part, 0..10).prop_map(|parts| {
        // The user's own end-of-file characters may well end the input.
        parts
            .concat()
            .into_iter()
            .filter(|byte| *byte != EOF)
            .collect()
    })
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        Just(vec![usize::MAX / 4]),
        Just(vec![1, 1999]),
        vec(1usize..6000, 1..5)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Guards: whatever text is typed, however it is cut into calls and short
    /// writes, the program gets every byte and no end of input.
    #[test]
    fn text_of_any_length_arrives(input in text(), pieces in sizes(), takes in sizes()) {
        let (kernel, splits) = type_through(&input, &pieces, &takes);
        let arrived = [kernel.delivered, kernel.line].concat();
        let expected: Vec<u8> =
            input.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect();
        prop_assert!(arrived == expected, "{} of {} bytes", arrived.len(), expected.len());
        prop_assert_eq!(kernel.dropped, 0);
        prop_assert_eq!(kernel.ends_of_input, 0);
        // A split is never right after the end of a line.
        prop_assert!(splits.iter().all(|at| !matches!(input[at - 1], b'\n' | b'\r')));
    }

    /// Guards: with editing characters in between too, nothing is dropped and
    /// no split ends the input.
    #[test]
    fn editing_never_turns_a_split_into_an_end(
        input in keystrokes(), pieces in sizes(), takes in sizes(),
    ) {
        let (kernel, _) = type_through(&input, &pieces, &takes);
        prop_assert_eq!(kernel.dropped, 0);
        prop_assert_eq!(kernel.ends_of_input, 0);
    }

    /// Guards: a program that throws away what was typed is never told of an
    /// end of input that nobody typed.
    #[test]
    fn a_line_thrown_away_is_no_end_of_input(
        input in text(), pieces in sizes(), takes in sizes(), flushes in vec(any::<bool>(), 1..5),
    ) {
        let (kernel, _) = type_and_flush(&input, &pieces, &takes, &flushes);
        prop_assert_eq!(kernel.ends_of_input, 0);
        prop_assert_eq!(kernel.dropped, 0);
    }

    /// Guards: of text known in advance, no part ends inside a character.
    #[test]
    fn characters_stay_whole(character in any::<char>(), count in 1usize..9000, lead in 0usize..4) {
        prop_assume!(!character.is_control());
        let line = "a".repeat(lead) + &character.to_string().repeat(count);
        let (_, splits) = type_through(line.as_bytes(), &[usize::MAX / 4], &[usize::MAX / 4]);
        prop_assert!(splits.iter().all(|at| line.is_char_boundary(*at)));
    }
}

fn check_first(modes: TerminalModes, pending: &[u8], bytes: usize, end_of_file: Option<u8>) {
    let segment = CanonicalSplitter::default().next(&LineDiscipline::new(&modes), pending);
    let expected = Segment { bytes, end_of_file };
    assert_eq!(segment, expected, "{} bytes pending", pending.len());
}

/// Guards: the exact edge, and the modes in which there is none.
#[test]
fn the_edge() {
    let max = MAX_CANONICAL_LINE;
    let x = |count: usize| vec![b'x'; count];
    let with = |count: usize, end: &[u8]| [&x(count)[..], end].concat();
    check_first(modes(), &x(max - RESERVE), max - RESERVE, None);
    // No room would be left for the split that more of the line would need.
    check_first(modes(), &x(max), max, Some(EOF));
    check_first(modes(), &x(max + 1), max, Some(EOF));
    check_first(modes(), &with(max, b"\n"), max + 1, None);
    check_first(modes(), &with(max, b"\r"), max + 1, None);
    check_first(modes(), &with(max, &[QUOTE, b'a']), max, Some(EOF));
    check_first(modes(), &with(max, &[KILL, b'a']), max + 2, None);

    let raw = TerminalModes {
        canonical: false,
        ..modes()
    };
    check_first(raw, &x(3 * max), 3 * max, None);
    let without = TerminalModes {
        veof: None,
        ..modes()
    };
    check_first(without, &x(3 * max), 3 * max, None);
    let other = TerminalModes {
        veof: Some(b'%'),
        ..modes()
    };
    check_first(other, &x(3 * max), max, Some(b'%'));
    let crs_kept = TerminalModes {
        icrnl: false,
        ..modes()
    };
    check_first(crs_kept, &with(max, b"\r"), max, Some(EOF));
    let marked = TerminalModes {
        parmrk: true,
        ..modes()
    };
    check_first(marked, &vec![0xff; max], max / 2, Some(EOF));
    let second_end = TerminalModes {
        veol2: Some(b';'),
        ..modes()
    };
    check_first(second_end, &with(max, b";x"), max + 2, None);
    let switched_off = TerminalModes {
        iexten: false,
        ..second_end
    };
    check_first(switched_off, &with(max, b";x"), max, Some(EOF));
}

/// Guards: a program that took the bytes in another mode leaves an empty line
/// behind, and no split follows on it.
#[test]
fn leaving_canonical_mode_empties_the_line() {
    let canonical = LineDiscipline::new(&modes());
    let raw = LineDiscipline::new(&TerminalModes {
        canonical: false,
        ..modes()
    });
    let mut splitter = CanonicalSplitter::default();
    splitter.written(&canonical, &vec![b'x'; MAX_CANONICAL_LINE]);
    splitter.written(&raw, b"y");
    assert_eq!(splitter.next(&canonical, b"z").end_of_file, None);
}

/// Guards: where lines cannot be split, what the kernel will drop is known.
#[test]
fn bytes_beyond_a_line_that_cannot_be_split_are_counted() {
    let count = |modes: TerminalModes, text: &[u8]| {
        let discipline = LineDiscipline::new(&modes);
        let classes = text.iter().map(|byte| discipline.class(*byte));
        CanonicalSplitter::default().dropped(&discipline, classes)
    };
    let off = TerminalModes {
        veof: None,
        ..modes()
    };
    let line = vec![b'x'; MAX_CANONICAL_LINE];
    assert_eq!(count(off, &[&line[..], b"\n", &line, b"\n"].concat()), 0);
    assert_eq!(count(off, &[&line[..], b"yz\n", &line, b"y\n"].concat()), 3);
    assert_eq!(count(modes(), &line.repeat(3)), 0);
    let raw = TerminalModes {
        canonical: false,
        ..off
    };
    assert_eq!(count(raw, &line.repeat(3)), 0);
}
