//! Valid patterns from any bytes: each byte is a step of a small stack machine.

/// What a step can put on the stack.
const ATOMS: [&str; 24] = [
    "a",
    "b",
    "c",
    "ab",
    "A",
    " ",
    "é",
    r"\n",
    r"\r",
    "abc",
    "cab",
    "z",
    ".",
    "[ab]",
    "[^a]",
    r"\w",
    r"\s",
    "(?-u:.)",
    "[é-ü]",
    "^",
    "(?m:^)",
    "$",
    "(?m:$)",
    r"(?-u:\b)",
];

/// How a step can repeat what is on top. Counts are small, as they multiply.
const REPEATS: [&str; 7] = ["*", "+", "?", "*?", "+?", "{2}", "{1,3}"];

/// Letters that stand for an atom of their own; the other atoms are reached by other bytes.
const LETTERS: &[u8] = b"abc dAefghzijklmnopqrsuv";

/// The most repetitions in one pattern.
const MOST_REPEATS: usize = 4;

/// The pattern that `steps` build. `|` puts the two topmost parts side by side, `(` makes the
/// topmost a group, `*+?` and digits repeat it, `.` joins two; every other byte is an atom.
pub(super) fn pattern(steps: &[u8]) -> String {
    let mut stack: Vec<String> = Vec::new();
    let mut repeats = 0;
    for &step in steps {
        match step {
            b'|' | b'.' => join(&mut stack, step == b'|'),
            b'(' => {
                if let Some(top) = stack.last_mut() {
                    *top = format!("({top})");
                }
            }
            b'*' | b'+' | b'?' | b'0'..=b'9' => {
                if repeats == MOST_REPEATS {
                    continue;
                }
                if let Some(top) = stack.last_mut() {
                    *top = format!("(?:{top}){}", repeat(step));
                    repeats += 1;
                }
            }
            letter => stack.push(atom(letter).to_owned()),
        }
    }
    stack.concat()
}

fn join(stack: &mut Vec<String>, as_choice: bool) {
    let (Some(second), Some(first)) = (stack.pop(), stack.pop()) else {
        stack.clear();
        return;
    };
    stack.push(if as_choice {
        format!("(?:{first}|{second})")
    } else {
        format!("{first}{second}")
    });
}

fn repeat(step: u8) -> &'static str {
    let index = match step {
        b'*' => 0,
        b'+' => 1,
        b'?' => 2,
        digit => usize::from(digit - b'0') % REPEATS.len(),
    };
    REPEATS[index]
}

fn atom(byte: u8) -> &'static str {
    let index = LETTERS.iter().position(|&letter| letter == byte);
    ATOMS[index.unwrap_or(usize::from(byte) % ATOMS.len())]
}
