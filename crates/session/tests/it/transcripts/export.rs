//! Exports: an asciicast, text, a page.

use std::time::{Duration, UNIX_EPOCH};

use rejoinder_session::{
    ExitStatus, ExportFormat, Offset, Recorder, TranscriptHeader, TranscriptLimits, Winsize, export,
};

use super::{Bench, SMALL, log};

fn exported(bench: &Bench, format: ExportFormat) -> String {
    let mut out = Vec::new();
    export(&mut bench.transcript(), format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The part of the page that shows the terminal.
fn shown(output: &str) -> String {
    let bench = Bench::new();
    bench.record(output.as_bytes());
    let page = exported(&bench, ExportFormat::Html);
    let (_, page) = page.split_once("<pre>").unwrap();
    page.split_once("</pre>").unwrap().0.to_owned()
}

/// Guards: the asciicast of several segments is one with the same bytes at the
/// same offsets, and marks at the same times.
#[test]
fn segments_become_one_asciicast() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    for (index, piece) in log(220_000).chunks(10_000).enumerate() {
        let now = bench.at(100 * index as u64);
        recorder.output(piece, now);
        recorder.output(b"\xff", now);
        recorder.mark(&format!("piece {index}"), now);
    }
    recorder.exit(ExitStatus::Code(7), bench.at(5000));
    let one = Bench::new();
    std::fs::create_dir(one.dir()).unwrap();
    std::fs::write(one.path(), exported(&bench, ExportFormat::Cast)).unwrap();
    let (mut segments, mut one) = (bench.transcript(), one.transcript());
    assert!(std::fs::read_dir(bench.dir()).unwrap().count() > 2);
    let whole = segments.read(Offset::ZERO, usize::MAX).unwrap();
    assert_eq!(one.read(Offset::ZERO, usize::MAX).unwrap(), whole);
    assert_eq!(one.notes().unwrap(), segments.notes().unwrap());
    assert_eq!(one.notes().unwrap().duration, Duration::from_secs(5));
    assert_eq!(one.exit().unwrap(), Some(ExitStatus::Code(7)));
    assert_eq!(one.header(), segments.header());
}

/// Guards: text is what a person would have read, line effects resolved across
/// events and segments, nothing hidden.
#[test]
fn text_is_what_was_seen() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    for piece in [
        "\r 1",
        "0%\r 9",
        "9%\x1b[",
        "K\r\n",
        "\x1b[32mok\x1b[0m \u{202e}x\r\n",
    ] {
        recorder.output(piece.as_bytes(), bench.at(0));
        recorder.flush();
    }
    recorder.resize(Winsize::new(10, 40).unwrap(), bench.at(1));
    recorder.output(b"after\r\n", bench.at(2));
    drop(recorder);
    assert_eq!(
        exported(&bench, ExportFormat::Text),
        " 99%\nok \\u{202e}x\nafter\n"
    );
}

/// Guards: a long transcript is written as it is resolved, all of it.
#[test]
fn long_text_is_complete() {
    let bench = Bench::new();
    let bytes = log(300_000);
    let mut recorder = bench.recorder();
    recorder.output(&bytes, bench.at(0));
    drop(recorder);
    let expected = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    assert!(exported(&bench, ExportFormat::Text) == expected);
    let page = exported(&bench, ExportFormat::Html);
    let (_, page) = page.split_once("<pre>").unwrap();
    let (page, _) = page.split_once("</pre>").unwrap();
    assert!(page.trim_end() == expected.trim_end());
}

/// Guards: each colour and attribute has its mark-up, and nothing else has.
#[test]
fn colours_and_attributes_are_shown() {
    for (output, expected) in [
        ("plain", "plain\n"),
        (
            "\x1b[1mbold\x1b[22m no",
            "<span class=\"bold\">bold</span> no\n",
        ),
        (
            "\x1b[3;4;9mx",
            "<span class=\"italic under strike\">x</span>\n",
        ),
        ("\x1b[31mr\x1b[39m", "<span class=\"f1\">r</span>\n"),
        ("\x1b[92mg\x1b[m", "<span class=\"f10\">g</span>\n"),
        ("\x1b[30;43mw", "<span class=\"b3 g0\">w</span>\n"),
        ("\x1b[7mi", "<span class=\"bd\">i</span>\n"),
        ("\x1b[7;31mi", "<span class=\"b1\">i</span>\n"),
        ("\x1b[38;5;9mx", "<span class=\"f9\">x</span>\n"),
        (
            "\x1b[48;5;196mx",
            "<span class=\"b\" style=\"--b:#ff0000;--t:#fff;\">x</span>\n",
        ),
        (
            "\x1b[38;2;10;20;250mx",
            "<span class=\"f\" style=\"--l:#0a14fa;--d:#6e74fc;\">x</span>\n",
        ),
        (
            "\x1b[38:2::255:255:255mx",
            "<span class=\"f\" style=\"--l:#6e6e6e;--d:#ffffff;\">x</span>\n",
        ),
    ] {
        assert_eq!(shown(output), expected, "{output:?}");
    }
}

/// Guards: what repaints is resolved on the page as in text.
#[test]
fn lines_are_resolved_on_the_page() {
    for (output, expected) in [
        ("\r 10%\r100%\r\nok", "100%\nok\n"),
        ("|\x08/\x08-\x08done\r\n", "done\n"),
        ("long line\r\x1b[Kshort\r\n", "short\n"),
        ("a 0%\r\nb 0%\r\n\x1b[2Aa 9%\r\nb 9%\r\n", "a 9%\nb 9%\n"),
        (
            "before\r\n\x1b[?1049h\x1b[2Jeditor\x1b[?1049lafter\r\n",
            "before\nafter\n",
        ),
        ("日本\x1b[2D語\r\n", "日語\n"),
        ("e\u{301}\tx\r\n", "e\u{301}       x\n"),
        ("\x1b]0;title\x07text\x1b]0;never ending", "text\n"),
        ("=\x1b[3b\r\n", "====\n"),
    ] {
        assert_eq!(shown(output), expected, "{output:?}");
    }
    let long = "x".repeat(200);
    assert_eq!(shown(&long), format!("{long}\n"), "a wrapped line is one");
}

/// Guards: nothing that a program prints, nor a name, becomes mark-up or hides.
#[test]
fn the_page_is_safe() {
    let attack = "<script>alert('1')</script>&amp;\"\u{202e}";
    let safe = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;&quot;\\u{202e}";
    let bench = Bench::new();
    let header = TranscriptHeader {
        title: Some(attack.to_owned()),
        command: Some(format!("run {attack}")),
        started: UNIX_EPOCH + Duration::from_secs(1_504_467_315),
        ..TranscriptHeader::default()
    };
    let limits = TranscriptLimits::default();
    let mut recorder =
        Recorder::create(&bench.dir(), bench.id, header, limits, bench.start).unwrap();
    recorder.output(attack.as_bytes(), bench.at(0));
    recorder.exit(ExitStatus::Code(3), bench.at(1500));
    let page = exported(&bench, ExportFormat::Html);
    assert_eq!(page.matches(safe).count(), 4, "{page}");
    assert!(!page.contains("<script") && !page.contains("href") && !page.contains("src="));
    assert!(page.contains("2017-09-03T19:35:15Z"), "{page}");
    assert!(page.contains("<dd>exit code 3</dd>"), "{page}");
    assert!(page.contains("The recording is 1.5 s long."), "{page}");
}

/// Guards: formats are known by their names, others refused.
#[test]
fn formats_have_names() {
    assert_eq!("html".parse(), Ok(ExportFormat::Html));
    assert!("pdf".parse::<ExportFormat>().is_err());
}
