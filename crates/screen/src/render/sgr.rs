//! From one style to another in the fewest SGR parameters.

use crate::{Colour, Style, Underline};
use std::fmt::Write as _;

/// Appends the shortest SGR sequence that turns `from` into `to`; nothing where they are equal.
pub(super) fn push_change(from: &Style, to: &Style, out: &mut String) {
    if from == to {
        return;
    }
    if *to == Style::default() {
        out.push_str("\x1b[m");
        return;
    }
    let changed = parameters(from, to);
    let afresh = format!("0;{}", parameters(&Style::default(), to));
    let shorter = if afresh.len() < changed.len() {
        afresh
    } else {
        changed
    };
    let _ = write!(out, "\x1b[{shorter}m");
}

/// The parameters that change what is different and leave the rest alone.
fn parameters(from: &Style, to: &Style) -> String {
    let mut list = Parameters(String::new());
    // SGR 22 ends both bold and dim.
    let ends = (from.bold && !to.bold) || (from.dim && !to.dim);
    if ends {
        list.push("22");
    }
    if to.bold && (ends || !from.bold) {
        list.push("1");
    }
    if to.dim && (ends || !from.dim) {
        list.push("2");
    }
    list.switch(from.italic, to.italic, "3", "23");
    if from.underline != to.underline {
        list.push(match to.underline {
            Underline::None => "24",
            Underline::Single => "4",
            Underline::Double => "4:2",
            Underline::Curly => "4:3",
            Underline::Dotted => "4:4",
            Underline::Dashed => "4:5",
        });
    }
    list.switch(from.inverse, to.inverse, "7", "27");
    list.switch(from.hidden, to.hidden, "8", "28");
    list.switch(from.strikeout, to.strikeout, "9", "29");
    if from.foreground != to.foreground {
        list.colour(to.foreground, 30, 90, 38);
    }
    if from.background != to.background {
        list.colour(to.background, 40, 100, 48);
    }
    if from.underline_colour != to.underline_colour {
        match to.underline_colour {
            None | Some(Colour::Default) => list.push("59"),
            Some(Colour::Indexed(index)) => list.push(&format!("58:5:{index}")),
            Some(Colour::Rgb(red, green, blue)) => {
                list.push(&format!("58:2::{red}:{green}:{blue}"));
            }
        }
    }
    list.0
}

struct Parameters(String);

impl Parameters {
    fn push(&mut self, parameter: &str) {
        if !self.0.is_empty() {
            self.0.push(';');
        }
        self.0.push_str(parameter);
    }

    fn switch(&mut self, from: bool, to: bool, on: &str, off: &str) {
        if from != to {
            self.push(if to { on } else { off });
        }
    }

    fn colour(&mut self, colour: Colour, normal: u8, bright: u8, extended: u8) {
        let parameter = match colour {
            Colour::Default => format!("{}", extended + 1),
            Colour::Indexed(index @ 0..=7) => format!("{}", normal + index),
            Colour::Indexed(index @ 8..=15) => format!("{}", bright + index - 8),
            Colour::Indexed(index) => format!("{extended};5;{index}"),
            Colour::Rgb(red, green, blue) => format!("{extended};2;{red};{green};{blue}"),
        };
        self.push(&parameter);
    }
}
