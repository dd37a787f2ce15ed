//! Promises of typing into real programs: long lines, control bytes, floods,
//! pastes, the terminal's own keys.

use std::time::Duration;

use rejoinder_session::{ErrorKind, Input, InputPart, Session, Signal, SignalTarget};

use super::{all, ends, input, key, python, sees, start, text, types};

/// Reads standard input in the terminal's mode until its end, and shows each
/// line's length and digest.
const DIGEST: &str = "import sys, hashlib\n\
    print('ready', flush=True)\n\
    for line in sys.stdin.buffer:\n\
    \x20   print('got', len(line), hashlib.md5(line).hexdigest(), flush=True)\n\
    print('end', flush=True)";

async fn digesting(settings: &str) -> Session {
    let script = format!("stty {settings}; exec python3 -c \"$0\"");
    let session = start("sh", &["-c", &script, DIGEST]);
    sees(&session, "ready\n").await;
    session
}

fn line(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| b'a' + (at * at / 7 % 26) as u8)
        .collect()
}

/// What md5sum says of it.
async fn md5(bytes: &[u8]) -> String {
    let session = start(
        "sh",
        &[
            "-c",
            "stty raw -echo; echo ready; head -c $0 | md5sum",
            &bytes.len().to_string(),
        ],
    );
    sees(&session, "ready\n").await;
    all(types(&session, input(vec![text(bytes)])).await);
    sees(&session, "[0-9a-f]{32}").await.text
}

/// A line typed in several requests is still one line: what the terminal keeps
/// of it is known from one request to the next.
#[tokio::test]
async fn a_long_line_typed_piece_by_piece_arrives_whole() {
    let session = digesting("-echo").await;
    let whole = line(10 * 1499);
    let digest = md5(&[&whole[..], b"\n"].concat()).await;
    for piece in whole.chunks(1499) {
        all(types(&session, input(vec![text(piece)])).await);
    }
    all(types(&session, input(vec![InputPart::Enter])).await);
    sees(&session, &format!("got 14991 {digest}\n")).await;
    // The interrupt key empties the line: nothing is left of it to be split.
    all(types(
        &session,
        input(vec![
            text(line(4095)),
            key("C-u"),
            text("x"),
            InputPart::Enter,
        ]),
    )
    .await);
    sees(&session, "got 2 ").await;
    all(types(&session, input(vec![key("C-d")])).await);
    sees(&session, "end\n").await;
}

#[tokio::test]
async fn long_lines_reach_every_kind_of_reader() {
    let readers: [(&str, &[&str]); 4] = [
        ("cat", &[]),
        ("python3", &["-c", "print(input())"]),
        ("bash", &["-c", "IFS= read -r x; printf '%s\\n' \"$x\""]),
        ("dash", &["-c", "IFS= read -r x; printf '%s\\n' \"$x\""]),
    ];
    let long = String::from_utf8(line(9_000)).unwrap() + &"é✓".repeat(2000);
    for (program, args) in readers {
        let mut words = vec![
            "-c",
            "stty -echo -onlcr; echo ready; exec \"$@\"",
            "sh",
            program,
        ];
        words.extend(args);
        let session = start("sh", &words);
        sees(&session, "ready\n").await;
        all(types(&session, input(vec![text(&long), InputPart::Enter])).await);
        let seen = sees(&session, "(?s).*\n").await.text;
        assert!(
            seen.trim_end() == long,
            "{program}: {} of {} bytes",
            seen.len(),
            long.len()
        );
        ends(&session).await;
    }
}

/// The program flushes its input and changes modes while a line is typed, as a
/// password prompt does; no end of input is made up.
#[tokio::test]
async fn a_program_that_throws_away_a_line_is_not_told_of_an_end() {
    let session = python(
        "import termios, os\n\
         a = termios.tcgetattr(0); a[3] &= ~termios.ECHO; termios.tcsetattr(0, termios.TCSANOW, a)\n\
         print('ready', flush=True)\n\
         os.read(0, 10)\n\
         termios.tcflush(0, termios.TCIFLUSH); print('flushed', flush=True)\n\
         total = b''\n\
         while not total.endswith(b'\\n'):\n\
         \x20   part = os.read(0, 10000); total += part\n\
         \x20   if not part: print('END OF INPUT', flush=True); break\n\
         print('got', len(total), flush=True)",
    );
    sees(&session, "ready\n").await;
    all(types(&session, input(vec![text("go\n"), text(line(4095))])).await);
    sees(&session, "flushed\n").await;
    all(types(&session, input(vec![text(line(8000)), InputPart::Enter])).await);
    let seen = sees(&session, "END OF INPUT|got [0-9]+").await.text;
    assert!(seen.starts_with("got "), "{seen}");
    ends(&session).await;
}

/// A program that switches to raw mode gets what follows untouched.
#[tokio::test]
async fn modes_that_change_between_lines_are_followed() {
    let session = python(
        "import sys, os, tty, termios\n\
         old = termios.tcgetattr(0)\n\
         for mode in ['line', 'raw', 'line']:\n\
         \x20   if mode == 'raw': tty.setraw(0)\n\
         \x20   else: termios.tcsetattr(0, termios.TCSANOW, old)\n\
         \x20   print(mode, 'ready', end='\\r\\n', flush=True)\n\
         \x20   total = b''\n\
         \x20   while not total.endswith((b'\\n', b'\\r')): total += os.read(0, 10000)\n\
         \x20   print(mode, 'got', len(total), total.count(4), total.count(22), end='\\r\\n', flush=True)",
    );
    for mode in ["line", "raw", "line"] {
        sees(&session, &format!(r"{mode} ready\s")).await;
        all(types(
            &session,
            input(vec![text(line(9000)), text("\u{4}\u{3}"), InputPart::Enter]),
        )
        .await);
        // The end-of-file characters of the splits are not among what is read.
        sees(&session, &format!(r"{mode} got 9003 1 0\s")).await;
    }
    ends(&session).await;
}

#[tokio::test]
async fn text_is_data_and_keys_are_keys() {
    let session = digesting("-echo").await;
    let bytes: Vec<u8> = (0..=255).filter(|byte| !b"\r\n".contains(byte)).collect();
    let digest = md5(&[&bytes[..], b"\n"].concat()).await;
    let typed = all(types(&session, input(vec![text(&bytes), InputPart::Enter])).await);
    assert_eq!((typed.of, typed.left_out), (255, 0));
    // ^C ^D ^Q ^S ^U ^V ^W ^Z ^\ and DEL; ^R acts only where the terminal echoes.
    assert_eq!(typed.quoted, 10);
    sees(&session, &format!("got 255 {digest}\n")).await;
    // 0x0f (VDISCARD) is nothing special on Linux.
    all(types(&session, input(vec![text("\u{3}\u{f}"), key("C-c")])).await);
    sees(&session, "KeyboardInterrupt").await;
    ends(&session).await;
}

#[tokio::test]
async fn text_that_cannot_be_kept_from_acting_is_refused_by_name() {
    for settings in ["-echo -iexten", "-echo lnext undef"] {
        let session = digesting(settings).await;
        let error = types(&session, input(vec![text("ab\u{3}c"), InputPart::Enter]))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let message = error.to_string();
        assert!(
            message.contains("0x03") && message.contains("interrupt"),
            "{message}"
        );
        assert!(message.contains("nothing was typed"), "{message}");
        all(types(&session, Input::line("plain")).await);
        sees(&session, "got 6 ").await;
        ends(&session).await;
    }
}

#[tokio::test]
async fn the_end_of_file_character_may_be_another_or_none() {
    let long = line(12_000);
    let digest = md5(&[&long[..], b"\n"].concat()).await;
    let session = digesting("-echo eof ^P").await;
    all(types(&session, input(vec![text(&long), InputPart::Enter])).await);
    sees(&session, &format!("got 12001 {digest}\n")).await;
    // The key of that name ends the input here, too.
    all(types(&session, input(vec![key("C-d")])).await);
    sees(&session, "end\n").await;

    let session = digesting("-echo eof undef").await;
    let error = types(&session, input(vec![text(&long), InputPart::Enter]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("7905 bytes longer"), "{error}");
    all(types(&session, input(vec![text(line(4095)), InputPart::Enter])).await);
    sees(&session, "got 4096 ").await;
    ends(&session).await;
}

/// The terminal's own characters are what `C-c` and its kin mean while it edits
/// lines; a program that reads keys gets the key itself.
#[tokio::test]
async fn keys_with_a_meaning_to_the_terminal_are_its_own_characters() {
    let session = digesting("-echo intr ^G erase ^H").await;
    all(types(
        &session,
        input(vec![
            text("abc"),
            key("BSpace"),
            key("BSpace"),
            InputPart::Enter,
        ]),
    )
    .await);
    sees(&session, "got 2 ").await;
    all(types(&session, input(vec![key("C-c")])).await);
    sees(&session, "KeyboardInterrupt").await;

    let session = python(
        "import os, tty, termios\n\
         tty.setraw(0); a = termios.tcgetattr(0); a[3] |= termios.ISIG\n\
         a[6][termios.VINTR] = 7; termios.tcsetattr(0, termios.TCSANOW, a)\n\
         print('ready', flush=True); print(os.read(0, 10), flush=True)",
    );
    sees(&session, "ready").await;
    all(types(&session, input(vec![key("C-c")])).await);
    sees(&session, r"b'\\x03'").await;
    ends(&session).await;
}

/// Ten megabytes through `cat` with echo: what it prints is read meanwhile, so
/// nobody waits for anybody.
#[tokio::test]
async fn a_flood_through_a_program_that_echoes_everything() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let session = start(
        "sh",
        &[
            "-c",
            "echo ready; tee \"$0\"; echo done",
            file.path().to_str().unwrap(),
        ],
    );
    sees(&session, "ready\n").await;
    let lines: Vec<u8> = (0..2_000)
        .flat_map(|n| [&line(n * 37 % 10_000)[..], b"\n"].concat())
        .collect();
    let flood = lines.repeat((10 << 20) / lines.len() + 1);
    assert!(flood.len() > 10 << 20);
    all(types(&session, input(vec![text(&flood), key("C-d")])).await);
    sees(&session, "done\n").await;
    let written = std::fs::read(file.path()).unwrap();
    assert!(
        written == flood,
        "{} of {} bytes",
        written.len(),
        flood.len()
    );
    ends(&session).await;
}

/// A program that never reads: the call comes back, says how much the terminal
/// took, to the byte, and the session goes on.
#[tokio::test]
async fn a_program_that_does_not_read_holds_nothing_up() {
    let session = python(
        "import signal, os, tty, sys\n\
         tty.setraw(0); signal.signal(signal.SIGINT, lambda *_: None)\n\
         print('ready', flush=True); signal.pause(); print('reading', flush=True)\n\
         total = 0\n\
         while True:\n\
         \x20   chunk = os.read(0, 65536); total += chunk.count(b'x')\n\
         \x20   if b'.' in chunk: break\n\
         print('got', total, flush=True)",
    );
    sees(&session, "ready").await;
    let stuck = Input {
        timeout: Duration::from_millis(50),
        ..input(vec![text(vec![b'x'; 1 << 20])])
    };
    let typed = types(&session, stuck.clone()).await.unwrap();
    assert!(typed.accepted > 0 && typed.accepted < typed.of, "{typed:?}");
    assert_eq!(typed.of, 1 << 20);
    let more = types(&session, stuck).await.unwrap();
    // An interrupt gets through although the terminal is full.
    session
        .signal(Signal::INT, SignalTarget::Foreground)
        .await
        .unwrap();
    sees(&session, "reading").await;
    all(types(&session, input(vec![text(".")])).await);
    sees(
        &session,
        &format!("got {}\r?\n", typed.accepted + more.accepted),
    )
    .await;
    ends(&session).await;
}

/// A full-screen program that takes a paste slowly, sixteen bytes at a time, and
/// throws away what was typed until it has shown it, as some do.
const SLOW_TUI: &str = "import os, sys, tty, termios, select\n\
    tty.setraw(0)\n\
    def show(text): sys.stdout.write(text + '\\r\\n'); sys.stdout.flush()\n\
    sys.stdout.write(MARKS); show('ready')\n\
    pasted = b''\n\
    while not pasted.endswith(LAST):\n\
    \x20   pasted += os.read(0, 16)\n\
    \x20   select.select([], [], [], 0.002)\n\
    select.select([], [], [], 0.3)\n\
    termios.tcflush(0, termios.TCIFLUSH)\n\
    show('pasted %d %d' % (len(pasted), pasted.count(b'\\x1b')))\n\
    show('then %r' % os.read(0, 10))";

#[tokio::test]
async fn what_follows_a_paste_is_typed_when_the_program_has_taken_it() {
    // 12 bytes of marks, two of them ESC, where it asked for them.
    let cases = [
        ("'\\x1b[?2004h'", "b'\\x1b[201~'", 1200 + 12, 2),
        ("''", "b'!'", 1200, 0),
    ];
    for (marks, last, length, escapes) in cases {
        let session = python(&format!("MARKS, LAST = {marks}, {last}\n{SLOW_TUI}"));
        sees(&session, "ready").await;
        let pasted = "pasted text ".repeat(100).trim_end().to_owned() + "!";
        all(types(
            &session,
            input(vec![InputPart::Paste(pasted), InputPart::Enter]),
        )
        .await);
        sees(&session, &format!("pasted {length} {escapes}")).await;
        sees(&session, r"then b'\\r'").await;
        ends(&session).await;
    }
}

/// Enter is not typed at all where the program never takes the paste, and the
/// answer's count shows it.
#[tokio::test]
async fn nothing_follows_a_paste_that_is_not_taken() {
    let session = python(
        "import tty, signal; tty.setraw(0); print('\\x1b[?2004hready', flush=True); signal.pause()",
    );
    sees(&session, "ready").await;
    let paste = Input {
        timeout: Duration::from_millis(100),
        ..input(vec![InputPart::Paste("text".to_owned()), InputPart::Enter])
    };
    let typed = types(&session, paste).await.unwrap();
    assert_eq!((typed.accepted, typed.of), (16, 17));
    ends(&session).await;
}

#[tokio::test]
async fn bash_takes_a_paste_as_text_and_then_its_enter() {
    let session = start("bash", &["--norc", "--noprofile", "-i"]);
    sees(&session, "ready> $").await;
    let nasty = "echo one\x1b[20\x1b[201~1~\ntouch /no/such/file\x1b[201~; echo two\x03 $((1 + 1))";
    let paste = vec![InputPart::Paste(nasty.to_owned())];
    let typed = all(types(&session, input(paste)).await);
    assert_eq!(typed.left_out, 6 + 6 + 6 + 1);
    // Two lines stand in the editor, and none has been run.
    sees(&session, r"echo two \$\(\(1 \+ 1\)\)").await;
    all(types(&session, input(vec![InputPart::Enter])).await);
    sees(&session, "one\n").await;
    sees(&session, "two 2\n").await;
    // And the same with its Enter at once.
    let paste = vec![
        InputPart::Paste("echo $((40 + 2))".to_owned()),
        InputPart::Enter,
    ];
    all(types(&session, input(paste)).await);
    sees(&session, "42\n").await;
    ends(&session).await;
}

#[tokio::test]
async fn python_takes_a_paste_of_several_lines() {
    let session = start("python3", &["-q"]);
    sees(&session, ">>> $").await;
    let block = "def double(n):\n\treturn 2 * n\n";
    let paste = vec![InputPart::Paste(block.to_owned()), InputPart::Enter];
    all(types(&session, input(paste)).await);
    sees(&session, ">>> $").await;
    all(types(&session, Input::line("double(21)")).await);
    sees(&session, "42\n").await;
    ends(&session).await;
}

/// A bad pattern is refused before anything is typed.
#[tokio::test]
async fn nothing_is_typed_when_a_pattern_is_bad() {
    use rejoinder_session::{Interact, Wait};
    let session = start("cat", &[]);
    let interact = Interact {
        input: Some(Input::line("typed")),
        wait: Some(Wait::for_pattern("me", "(", super::PATIENCE)),
        read: None,
    };
    let error = session.interact(interact).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadPattern);
    assert!(session.journal().await.unwrap().is_empty());
    ends(&session).await;
}
