//! One statement in a REPL or a database shell: typed line by line at its
//! prompts, its output put together from between them.
//!
//! A REPL prints no marks. Its prompt is what stood on the last line when the
//! statement began; the statement has ended when the program reads again and
//! shows that prompt. Any other prompt on the way is one for a further line.

use std::time::{Duration, Instant};

use super::answer::RunEnd;
use super::run::{Done, Facts, Step, is_at_rest, last_line};

/// How long the output has to be quiet for the prompt to count where the system
/// does not tell that the program reads.
const SHOWN: Duration = Duration::from_millis(60);

/// A statement under way.
#[derive(Debug)]
pub(crate) struct Statement {
    repl: Repl,
    prompt: String,
    /// Lines that are not typed yet, the next one last.
    lines: Vec<String>,
    /// What was typed last: where the output stood then.
    typed_at: Option<u64>,
    /// Ways to get rid of an unfinished statement that were not tried, the next
    /// one last.
    ways_out: Vec<&'static str>,
    is_given_up: bool,
    has_closed: bool,
    text: String,
    begun: Instant,
    from: u64,
}

/// What is to be known of a REPL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repl {
    /// Blocks are ended by an empty line.
    Python,
    Sqlite,
    Mysql,
    Psql,
    Other,
}

impl Repl {
    fn of(name: &str) -> Self {
        match name {
            "python" | "pypy" | "ipython" | "ipython3" | "bpython" => Self::Python,
            "sqlite3" => Self::Sqlite,
            "mysql" | "mariadb" => Self::Mysql,
            "psql" => Self::Psql,
            _ => Self::Other,
        }
    }

    /// Whether this line asks for more of a statement.
    fn is_continuation(self, line: &str) -> bool {
        let line = line.trim_end();
        match self {
            Self::Python => line == "..." || line.ends_with("...:"),
            Self::Sqlite => line.ends_with("...>"),
            Self::Mysql => {
                line.len() >= 6
                    && ["->", "'>", "\">", "`>", "*>"]
                        .iter()
                        .any(|end| line.ends_with(end))
            }
            Self::Psql => {
                ["-", "'", "\"", "(", "*", "$"].iter().any(|sign| {
                    line.ends_with(&format!("{sign}#")) || line.ends_with(&format!("{sign}>"))
                }) && !line.ends_with("=*#")
                    && !line.ends_with("=*>")
            }
            Self::Other => {
                ["...", "|", ">", ">>", "*", "'", "\""]
                    .contains(&line.trim_start_matches('.').trim())
                    || line == "..."
                    || line.ends_with("...>")
            }
        }
    }

    /// What to type to be rid of an unfinished statement without running it, the
    /// first way last. An interrupt ends some of these programs.
    fn ways_out(self) -> Vec<&'static str> {
        match self {
            // Complete, and never right.
            Self::Sqlite => vec!["*/ )(;\r", "\")(;\r", "')(;\r", ")(;\r"],
            Self::Mysql => vec!["\"\\c\r", "'\\c\r", "\\c\r"],
            _ => vec!["\x03", "\x03"],
        }
    }
}

impl Statement {
    /// A statement that begins now, at the prompt that is shown.
    pub(crate) fn new(name: &str, text: &str, facts: &Facts<'_>) -> Self {
        let repl = Repl::of(name);
        let text = text.trim_end();
        let mut lines: Vec<String> = match repl {
            Repl::Python if text.contains('\n') => vec![python_block(text)],
            _ => text
                .lines()
                .map(|line| line.replace('\t', "    "))
                .collect(),
        };
        lines.reverse();
        Self {
            repl,
            prompt: last_line(facts),
            lines,
            typed_at: None,
            ways_out: repl.ways_out(),
            is_given_up: false,
            has_closed: false,
            text: String::new(),
            begun: facts.now,
            from: facts.end,
        }
    }

    /// Takes the statement as far as it gets.
    pub(crate) fn advance(&mut self, deadline: Instant, facts: &Facts<'_>) -> Step {
        let Some(typed_at) = self.typed_at else {
            return self.next_line(facts);
        };
        let shown = (facts.text)(typed_at);
        let line = last_line(facts);
        // The echo of what was typed comes first, and ends its line.
        let has_answered = shown.contains('\n') || (self.is_given_up && facts.end > typed_at);
        let is_prompt = self.is_prompt(&line);
        let has_settled = is_at_rest(facts)
            || (facts.is_raw && is_prompt && facts.now >= facts.quiet_since + SHOWN);
        if !has_answered || !has_settled {
            if facts.now >= deadline {
                return Step::Done(self.so_far(RunEnd::Timeout, facts));
            }
            let look = if is_prompt { SHOWN } else { super::run::REST };
            return Step::Wait(
                (facts.quiet_since + look)
                    .max(facts.now + Duration::from_millis(5))
                    .min(deadline),
            );
        }
        let asks_more = !is_prompt && self.repl.is_continuation(&line);
        if self.is_given_up {
            return match is_prompt {
                true => self.done(RunEnd::Unfinished, facts),
                false => self.give_up(facts),
            };
        }
        if !self.lines.is_empty() && (is_prompt || asks_more) {
            self.take(&shown);
            return self.next_line(facts);
        }
        if is_prompt {
            self.take(&shown);
            return self.done(RunEnd::Ended, facts);
        }
        if asks_more && self.repl == Repl::Python && !self.has_closed {
            // An empty line ends a block.
            self.take(&shown);
            self.has_closed = true;
            self.lines.push(String::new());
            return self.next_line(facts);
        }
        if asks_more {
            return self.give_up(facts);
        }
        Step::Done(self.so_far(RunEnd::Waiting, facts))
    }

    /// The answer before the statement has ended.
    pub(crate) fn so_far(&self, end: RunEnd, facts: &Facts<'_>) -> Done {
        let shown = self.typed_at.map(|at| (facts.text)(at)).unwrap_or_default();
        let rest = shown.split_once('\n').map_or("", |(_, rest)| rest);
        Done {
            end,
            exit_code: None,
            cwd: None,
            duration: facts.now.saturating_duration_since(self.begun),
            from: self.from,
            to: facts.end,
            text: Some(format!("{}{rest}", self.text)),
        }
    }

    fn done(&self, end: RunEnd, facts: &Facts<'_>) -> Step {
        Step::Done(Done {
            end,
            exit_code: None,
            cwd: None,
            duration: facts.now.saturating_duration_since(self.begun),
            from: self.from,
            to: facts.end,
            text: Some(self.text.clone()),
        })
    }

    fn next_line(&mut self, facts: &Facts<'_>) -> Step {
        let line = self.lines.pop().unwrap_or_default();
        self.typed_at = Some(facts.end);
        Step::Type(format!("{line}\r").into_bytes())
    }

    /// Throws an unfinished statement away.
    fn give_up(&mut self, facts: &Facts<'_>) -> Step {
        self.is_given_up = true;
        self.lines.clear();
        match self.ways_out.pop() {
            Some(keys) => {
                self.typed_at = Some(facts.end);
                Step::Type(keys.as_bytes().to_vec())
            }
            None => self.done(RunEnd::Unfinished, facts),
        }
    }

    /// Takes what was shown between the echo and the prompt.
    fn take(&mut self, shown: &str) {
        let after_echo = shown.split_once('\n').map_or("", |(_, rest)| rest);
        let until_prompt = match self.prompt.trim_end() {
            // Output without a line end stands before the prompt.
            prompt if prompt.len() > 1 && after_echo.trim_end().ends_with(prompt) => {
                after_echo.trim_end().len() - prompt.len()
            }
            _ => after_echo.rfind('\n').map_or(0, |at| at + 1),
        };
        self.text.push_str(&after_echo[..until_prompt]);
    }

    /// Whether this line is the prompt that the statement began at. Numbers in it
    /// may have changed (`In [2]:`), and the signs of a transaction.
    fn is_prompt(&self, line: &str) -> bool {
        let shape = |line: &str| {
            let mut shape = String::new();
            for character in line.trim_end().chars() {
                match character {
                    '0'..='9' if shape.ends_with('0') => {}
                    '0'..='9' => shape.push('0'),
                    '*' | '!' | '?' if self.repl == Repl::Psql => {}
                    other => shape.push(other),
                }
            }
            shape
        };
        if self.repl == Repl::Psql
            && !self.repl.is_continuation(line)
            && (line.trim_end().ends_with("=#") || line.trim_end().ends_with("=>"))
        {
            return true;
        }
        let prompt = self.prompt.trim_end();
        shape(line) == shape(prompt) || (prompt.len() > 1 && line.trim_end().ends_with(prompt))
    }
}

/// Several lines of Python as one line, which runs its statements one after the
/// other as if each was typed: values are shown, names are the caller's.
fn python_block(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '\n' => literal.push_str("\\n"),
            '"' | '\\' => {
                literal.push('\\');
                literal.push(character);
            }
            ' '..='~' => literal.push(character),
            other => literal.push_str(&format!("\\U{:08x}", u32::from(other))),
        }
    }
    literal.push('"');
    format!(
        "[exec(compile(__import__('ast').Interactive([__rejoinder]),'<stdin>','single'),globals()) \
         for __rejoinder in __import__('ast').parse({literal}).body][:0] or None"
    )
}
