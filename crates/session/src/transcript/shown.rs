//! A line of output as it is shown where it was found.

use rejoinder_ansi::{escape_hidden_lossy, resolve};

/// The most of a line that is shown, in bytes of what the program printed.
pub(crate) const LONGEST_SHOWN: usize = 2000;

/// Whether something in the line may overwrite another part of it.
pub(crate) fn has_line_effects(line: &[u8]) -> bool {
    line.iter().any(|byte| matches!(byte, b'\r' | 0x08))
}

/// A line as a person would see it, or the part of it around `around`.
pub(crate) fn shown(line: &[u8], around: usize) -> String {
    if has_line_effects(line) {
        let settled = resolve(line);
        return shown_as_printed(settled.trim_end_matches('\n').as_bytes(), around);
    }
    shown_as_printed(line, around)
}

/// The line with what was overwritten, or the part of it around `around`.
pub(crate) fn shown_as_printed(line: &[u8], around: usize) -> String {
    if line.len() <= LONGEST_SHOWN {
        return escape_hidden_lossy(line).into_owned();
    }
    let begins = |&at: &usize| line[at] & 0xC0 != 0x80;
    let near = around.saturating_sub(LONGEST_SHOWN / 4);
    let start = (near..line.len().min(near + 4))
        .find(begins)
        .unwrap_or(near);
    let far = line.len().min(start + LONGEST_SHOWN);
    let end = if far == line.len() {
        far
    } else {
        (far - 3..=far).rev().find(begins).unwrap_or(far)
    };
    let (head, tail) = (
        if start > 0 { "…" } else { "" },
        if end < line.len() { "…" } else { "" },
    );
    format!("{head}{}{tail}", escape_hidden_lossy(&line[start..end]))
}
