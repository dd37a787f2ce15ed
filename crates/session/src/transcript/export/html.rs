//! A transcript as one page of HTML that needs nothing else: no script, no font,
//! no link, readable on a light and on a dark background.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use rejoinder_ansi::{Stripper, escape_hidden};

use super::Each;
use super::page::{Cell, Page, Row};
use super::style::{FIXED, Hex, text_on};
use crate::transcript::cursor::{Entry, What};
use crate::transcript::{Transcript, TranscriptError};

/// The colours of a light and of a dark theme: normal, then bright; each darker
/// or brighter than terminals have them where it could not be read otherwise.
const LIGHT: [&str; 16] = [
    "#24292f", "#b3261e", "#116329", "#7a5200", "#0550ae", "#8250df", "#0b6b75", "#57606a",
    "#57606a", "#c93c37", "#1a7f37", "#8a6100", "#1666c5", "#9a4fd8", "#1b7c83", "#424a53",
];
const DARK: [&str; 16] = [
    "#8b949e", "#ff7b72", "#56d364", "#d9a441", "#79c0ff", "#d2a8ff", "#56d4dd", "#c9d1d9",
    "#8b949e", "#ffa198", "#7ee787", "#e3b341", "#a5d6ff", "#e2c5ff", "#7fe5ec", "#ffffff",
];

const STYLE: &str = "\
body{margin:0 auto;padding:1rem;max-width:80rem;background:var(--bg);color:var(--fg);\
font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.25rem;margin:0 0 .5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;margin:0 0 1rem}
dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
pre{padding:1rem;border:1px solid;border-color:color-mix(in srgb,var(--fg) 25%,var(--bg));\
overflow-x:auto;font:.875rem/1.35 ui-monospace,monospace}
.bold{font-weight:bold}.dim{opacity:.7}.italic{font-style:italic}.under{text-decoration:underline}
.strike{text-decoration:line-through}.under.strike{text-decoration:underline line-through}
.b{background:var(--b);color:var(--t)}.bd{background:var(--fg);color:var(--bg)}
.f{color:var(--l)}
@media(prefers-color-scheme:dark){.f{color:var(--d)}}
";

/// Writes the page.
pub(super) fn write(
    transcript: &mut Transcript,
    out: &mut dyn Write,
) -> Result<(), TranscriptError> {
    head(transcript, out)?;
    let size = transcript.header().size;
    let size = size.map(|size| (size.cols().into(), size.rows().into()));
    let mut page = Page::new(size);
    let mut feed = Feed::default();
    let mut each = Each::new(transcript);
    let mut duration = Duration::ZERO;
    while let Some(Entry { at, what, .. }) = each.next()? {
        duration = at;
        match what {
            What::Output(bytes) => feed.push(&bytes, &mut page),
            What::Resize(size) => page.resize((size.cols().into(), size.rows().into())),
            _ => {}
        }
        rows(&page.take_scrolled(), out).map_err(TranscriptError::output)?;
    }
    rows(&page.finish(), out)
        .and_then(|()| {
            let seconds = duration.as_secs_f64();
            writeln!(
                out,
                "</pre>\n<footer>The recording is {seconds:.1} s long.</footer>"
            )?;
            writeln!(out, "</body>\n</html>")
        })
        .map_err(TranscriptError::output)
}

/// The longest sequence that is acted on, in bytes. None that draws is so long.
const LONGEST_SEQUENCE: usize = 512;

/// Output on its way to the page. The parser keeps a control string until it
/// ends, if it ever does, so what is no text gets no further than it has to.
#[derive(Default)]
struct Feed {
    stripper: Stripper,
    parser: vte::Parser,
    /// Bytes since the last text.
    sequence: usize,
}

impl Feed {
    fn push(&mut self, bytes: &[u8], page: &mut Page) {
        let Feed {
            stripper,
            parser,
            sequence,
        } = self;
        let base = stripper.offset();
        let place = |offset: u64| usize::try_from(offset.saturating_sub(base)).unwrap_or(0);
        let mut taken = 0;
        stripper.strip_runs(bytes, |run| {
            let between = bytes.get(taken..place(run.offset)).unwrap_or_default();
            draw(parser, sequence, between, page);
            if std::mem::take(sequence) > LONGEST_SEQUENCE {
                *parser = vte::Parser::new();
            }
            parser.advance(page, run.text);
            taken = place(run.offset + run.text.len() as u64);
        });
        // The stripper holds this byte back where it may be text.
        let rest = &bytes[taken..];
        let rest = rest.strip_suffix(b"\xC2").unwrap_or(rest);
        draw(parser, sequence, rest, page);
    }
}

/// Acts on bytes of sequences, of which `sequence` have come in a row.
fn draw(parser: &mut vte::Parser, sequence: &mut usize, bytes: &[u8], page: &mut Page) {
    let room = LONGEST_SEQUENCE.saturating_sub(*sequence);
    parser.advance(page, &bytes[..bytes.len().min(room)]);
    *sequence += bytes.len();
}

fn head(transcript: &mut Transcript, out: &mut dyn Write) -> Result<(), TranscriptError> {
    let exit = match transcript.exit()? {
        Some(status) => status.to_string(),
        None => "the recording ends before the program".to_owned(),
    };
    let first = transcript.first();
    let stopped = transcript.stopped()?;
    let header = transcript.header();
    let title = header.title.as_deref().or(header.command.as_deref());
    let title = escaped(title.unwrap_or("Terminal session"));
    let mut write_all = || {
        write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n<style>\n"
        )?;
        theme("#ffffff", "#1f2328", &LIGHT, out)?;
        out.write_all(b"@media(prefers-color-scheme:dark){")?;
        theme("#0d1117", "#e6edf3", &DARK, out)?;
        out.write_all(b"}\n")?;
        for (index, &colour) in FIXED.iter().enumerate() {
            let (background, text) = (Hex(colour), text_on(colour));
            write!(out, ".b{index}{{background:{background};color:{text}}}")?;
        }
        out.write_all(b"\n")?;
        out.write_all(STYLE.as_bytes())?;
        for (index, &colour) in FIXED.iter().enumerate() {
            write!(out, ".f{index}{{color:var(--c{index})}}")?;
            write!(out, ".g{index}{{color:{}}}", Hex(colour))?;
        }
        write!(
            out,
            "\n</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<dl>\n"
        )?;
        if let Some(command) = &header.command {
            row(
                "Command",
                &format!("<code>{}</code>", escaped(command)),
                out,
            )?;
        }
        let mut started = String::new();
        // Years of more than four digits cannot be written.
        if write!(
            started,
            "{}",
            humantime::format_rfc3339_seconds(header.started)
        )
        .is_err()
        {
            started = "at an unknown time".to_owned();
        }
        row("Started", &format!("<time>{started}</time>"), out)?;
        row("Ended", &escaped(&exit), out)?;
        if first.get() > 0 {
            let missing = format!("the first {first} bytes, removed to save room");
            row("Missing", &missing, out)?;
        }
        if let Some(stopped) = &stopped {
            let missing = format!(
                "all from byte {} on: {}",
                stopped.at,
                escaped(&stopped.reason)
            );
            row("Missing", &missing, out)?;
        }
        out.write_all(b"</dl>\n</header>\n<pre>")
    };
    write_all().map_err(TranscriptError::output)
}

fn row(name: &str, value: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dt>{name}</dt><dd>{value}</dd>")
}

fn theme(
    background: &str,
    foreground: &str,
    colours: &[&str; 16],
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, ":root{{--bg:{background};--fg:{foreground};")?;
    for (index, colour) in colours.iter().enumerate() {
        write!(out, "--c{index}:{colour};")?;
    }
    writeln!(out, "}}")
}

fn rows(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        let mut cells = row.visible();
        while let Some(first) = cells.first() {
            let same = cells.iter().take_while(|cell| cell.style == first.style);
            let (run, rest) = cells.split_at(same.count());
            let attributes = first.style.attributes();
            if attributes.is_empty() {
                out.write_all(text(run).as_bytes())?;
            } else {
                write!(out, "<span{attributes}>{}</span>", text(run))?;
            }
            cells = rest;
        }
        if !row.goes_on {
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

fn text(cells: &[Cell]) -> String {
    let mut text = String::with_capacity(cells.len());
    for cell in cells.iter().filter(|cell| cell.character != '\0') {
        text.push(cell.character);
        text.push_str(cell.marks.as_deref().unwrap_or_default());
    }
    escaped(&text)
}

/// Text for an element or an attribute, hidden characters shown.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape_hidden(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}
