//! Looking at the screen: what is on it, as text, escape sequences and pictures.

use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{Answer, Server};

/// A menu with three entries and two buttons.
const MENU: [&str; 11] = [
    "--title",
    "Fruit",
    "--menu",
    "Choose one",
    "15",
    "50",
    "4",
    "a",
    "Apples",
    "b",
    "Bananas",
];

impl Server {
    /// Starts a program and waits until its screen shows a text.
    #[track_caller]
    fn full_screen(&mut self, arguments: serde_json::Value, text: &str) {
        let name = arguments["name"].as_str().unwrap().to_owned();
        self.ok("start_process", arguments);
        self.screen_with(&name, text);
    }

    /// Looks at a screen until it shows a text, which it has to some time.
    #[track_caller]
    fn screen_with(&mut self, session: &str, text: &str) -> Answer {
        let mut pos = 0;
        for _ in 0..200 {
            let seen = self.ok("get_screen", json!({"session_id": session}));
            if seen.text.contains(text) {
                return seen;
            }
            // Until there is more of it.
            let read = json!({"session_id": session, "since": pos, "timeout": 45});
            pos = self.ok("read_output", read).pos();
        }
        panic!("{text:?} does not come up");
    }
}

/// Promise: a menu is seen as a person sees it, with what is chosen, and after a key with what
/// has changed.
#[test]
fn a_menu_shows_what_is_chosen() {
    let mut server = Server::start();
    server.full_screen(
        json!({"command": "whiptail", "args": MENU, "name": "menu"}),
        "<Cancel>",
    );
    let seen = server.screen_with("menu", "highlighted=");
    seen.shows("a Apples");
    assert!(
        seen.text.contains("[highlighted=8:\"a Apples"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("cursor="), "{}", seen.text);
    let version = seen.status["screen_version"].as_u64().unwrap();

    server.ok(
        "send_input",
        json!({"session_id": "menu", "keys": ["Down"]}),
    );
    server.screen_with("menu", "[highlighted=9:\"b Bananas");
    let changes = json!({"session_id": "menu", "since_version": version});
    let changed = server.ok("get_screen", changes);
    assert!(changed.text.starts_with("8: "), "{}", changed.text);
    assert!(
        !changed.text.contains("<Cancel>"),
        "what has not changed: {}",
        changed.text
    );
    assert!(changed.status["screen_version"].as_u64().unwrap() > version);

    let end = server.leaves("menu", json!({"keys": ["Enter"]}));
    end.says("exit=0");
    // What was on the screen last stays there.
    server
        .ok("get_screen", json!({"session_id": "menu"}))
        .shows("b");
}

/// Promise: the alternate screen, the title and the cursor are told, and rows above the screen
/// are there when asked for.
#[test]
fn what_a_program_does_to_the_screen_is_told() {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "seq 100; printf '\\033]2;a title\\007'", "100\n");
    let seen = server.screen_with("sh", "title=\"a title\"");
    assert!(!seen.text.contains("alternate"), "{}", seen.text);
    assert!(!seen.output().contains("\n50\n"), "{}", seen.text);
    let more = json!({"session_id": "sh", "scrollback_lines": 60});
    server.ok("get_screen", more).shows("\n50\n");

    let file = server.file("poem", "roses\nviolets\n");
    let vim = json!({"session_id": "sh", "text": format!("vi -u NONE {}", file.display()),
                     "press_enter": true, "wait_for": "violets"});
    server.ok("send_and_read", vim);
    let seen = server.screen_with("sh", "alternate");
    seen.shows("roses\nviolets\n~\n");
    server.ok(
        "send_input",
        json!({"session_id": "sh", "text": "jA are blue"}),
    );
    let seen = server.screen_with("sh", "violets are blue");
    assert!(seen.text.contains("cursor=2,17"), "{}", seen.text);
    server.ok(
        "send_input",
        json!({"session_id": "sh", "keys": ["Escape"]}),
    );
    server.line("sh", ":q!", "ready> $");
    let seen = server.screen_with("sh", "ready>");
    assert!(!seen.text.contains("alternate"), "{}", seen.text);
}

/// Promise: the screen as escape sequences gives the same screen on another terminal, as SVG it
/// is well-formed, as PNG it is a picture.
#[test]
fn a_screen_is_shown_in_every_format() {
    let mut server = Server::start();
    let print = "printf '\\033[1;31mred\\033[m <&> \\360\\237\\246\\200'; read x";
    server.script("red", print, "red");
    let look = |format: &str| json!({"session_id": "red", "format": format});

    let ansi = server.ok("get_screen", look("ansi"));
    assert!(ansi.output().contains("red"), "{}", ansi.text);
    assert!(ansi.output().contains('\u{1b}'), "{}", ansi.text);

    let svg = server.ok("get_screen", look("svg"));
    let mut lint = Command::new("python3")
        .args([
            "-c",
            "import sys, xml.dom.minidom as m; m.parse(sys.stdin.buffer)",
        ])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = lint.stdin.take().unwrap();
    input.write_all(svg.output().as_bytes()).unwrap();
    drop(input);
    assert!(lint.wait().unwrap().success(), "{}", svg.text);

    let png = server.ok("get_screen", look("png"));
    assert_eq!(
        png.status_line(),
        png.text,
        "beside the picture only the status"
    );
    let content = serde_json::to_value(&png.result.content).unwrap();
    assert_eq!(content[1]["mimeType"], "image/png", "{content}");
    let picture = STANDARD
        .decode(content[1]["data"].as_str().unwrap())
        .unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));

    let screen = json!({"session_id": "red", "format": "screen", "since": 0});
    server.ok("read_output", screen).shows("[screen=24x80");
}

/// Promise: what programs ask their terminal is answered, in order, so that they do not wait:
/// DA1 comes last where it is asked last.
#[test]
fn questions_to_the_terminal_are_answered() {
    let mut server = Server::start();
    let ask = "stty raw -echo; printf 'ab\\033[6n\\033[>c\\033[c'; \
               answer=$(dd bs=1 count=24 2>/dev/null | od -An -c | tr -d ' \\n'); \
               stty sane; echo; echo \"<$answer>\"; read x";
    let seen = server.script("ask", ask, ">");
    assert!(seen.text.contains("<033[1;3R033[>"), "{}", seen.text);
    // While the terminal takes lines, an answer would only stand in front of the next one.
    let ask = "printf 'name\\033[c: '; read name; echo \"<$name>\"; read x";
    server.script("name", ask, "name: $");
    server.line("name", "clean", ">").shows("<clean>\n");
}

/// Promise: through pipes there is no screen, and that is said.
#[test]
fn pipes_have_no_screen() {
    let mut server = Server::start();
    server.ok(
        "start_process",
        json!({"command": "cat", "mode": "pipe", "name": "pipe"}),
    );
    let refused = server.fails(
        "get_screen",
        json!({"session_id": "pipe"}),
        "validation_error",
    );
    assert!(refused.text.contains("pty"), "{}", refused.text);
}
