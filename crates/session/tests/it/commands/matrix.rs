//! Shells times shapes of commands.

use super::{Place, start};

/// A shape of command: its text, its output, its exit code. `None` of the output
/// stands for some error message.
const POSIX: &[(&str, &str, Option<&str>, i32)] = &[
    ("one line", "echo hello", Some("hello\r\n"), 0),
    ("exit code", "sh -c 'exit 42'", Some(""), 42),
    ("no final newline", "printf abc", Some("abc"), 0),
    ("no output", "true", Some(""), 0),
    ("script", "a=1\nb=2\necho $((a + b))\n", Some("3\r\n"), 0),
    (
        "tabs",
        "printf '%s|' 'a\tb'\n\techo x",
        Some("a\tb|x\r\n"),
        0,
    ),
    (
        "here-document",
        "cat <<END\none\n\ttwo $((1+1))\nEND\n",
        Some("one\r\n\ttwo 2\r\n"),
        0,
    ),
    (
        "function",
        "f() {\n  echo \"in $1\"\n  return 7\n}\nf it",
        Some("in it\r\n"),
        7,
    ),
    (
        "loop",
        "for i in 1 2 3; do\n  echo $i\ndone",
        Some("1\r\n2\r\n3\r\n"),
        0,
    ),
    (
        "quotes",
        "echo 'it'\\''s' \"a \\\"b\\\"\" 'c\\d' !x",
        Some("it's a \"b\" c\\d !x\r\n"),
        0,
    ),
    ("letters", "echo 'é λ 語'", Some("é λ 語\r\n"), 0),
    ("open quote", "echo \"abc", None, -1),
    ("open block", "if true; then echo a", None, -1),
    ("not found", "no-such-command-here", None, 127),
    (
        "marks in the output",
        "printf '\\033]133;D;9\\007\\033]133;A\\007x\\n'",
        None,
        0,
    ),
    (
        "clears the screen",
        "printf '\\033[H\\033[2Jafter\\n'",
        Some("\x1b[H\x1b[2Jafter\r\n"),
        0,
    ),
    (
        "alternate screen",
        "printf '\\033[?1049hin\\033[?1049lout'",
        Some("\x1b[?1049hin\x1b[?1049lout"),
        0,
    ),
    (
        "carriage returns",
        "printf 'a\\r\\nb\\r\\n'",
        Some("a\r\r\nb\r\r\n"),
        0,
    ),
    (
        "to the error stream",
        "echo err >&2; echo out",
        Some("err\r\nout\r\n"),
        0,
    ),
    ("ends by a signal", "sh -c 'kill -TERM $$'", None, 143),
];

/// Every shape of a command, in the shell that has this place's terminal.
pub(super) async fn shapes(place: &Place, family: &str) {
    for (name, command, output, exit) in POSIX {
        if family == "fish"
            && ["script", "here-document", "function", "loop", "open block"].contains(name)
        {
            continue;
        }
        let ran = place.run(command).await;
        if let Some(output) = output {
            assert_eq!(&ran.output, output, "{family}: {name}");
        }
        match exit {
            -1 => assert!(
                ran.exit.is_some_and(|code| code != 0),
                "{family}: {name}: {ran:?}"
            ),
            _ => assert_eq!(ran.exit, Some(*exit), "{family}: {name}: {ran:?}"),
        }
        assert_eq!(ran.state, "prompt", "{family}: {name}");
        assert!(
            !ran.output.contains("__rejoinder"),
            "{family}: {name}: {ran:?}"
        );
    }
    if family == "fish" {
        for (command, output, exit) in [
            ("set a 1\nset b 2\nmath $a + $b", "3\r\n", 0),
            (
                "function f\n\techo in $argv[1]\n\treturn 7\nend\nf it",
                "in it\r\n",
                7,
            ),
            ("for i in 1 2 3\n  echo $i\nend", "1\r\n2\r\n3\r\n", 0),
        ] {
            let ran = place.run(command).await;
            assert_eq!(
                (ran.output.as_str(), ran.exit),
                (output, Some(exit)),
                "{command}"
            );
        }
    }
    // More than a terminal keeps of one line.
    let long = format!("printf %s '{}' | wc -c", "0123456789".repeat(700));
    let ran = place.run(&long).await;
    assert_eq!(
        (ran.output.trim(), ran.exit),
        ("7000", Some(0)),
        "{family}: long"
    );
    let ran = place.run("cd /usr/bin").await;
    assert_eq!(ran.cwd.as_deref(), Some("/usr/bin"), "{family}");
    let ran = place.run("pwd").await;
    assert_eq!(
        (ran.output.as_str(), ran.cwd.as_deref()),
        ("/usr/bin\r\n", Some("/usr/bin")),
        "{family}"
    );
}

macro_rules! shells {
    ($($name:ident: $line:literal, $integrate:literal, $family:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let place = start($line, $integrate, &[]);
            shapes(&place, $family).await;
            super::super::input::ends(&place.session).await;
        }
    )*};
}

shells! {
    bash_with_integration: "bash", true, "bash";
    bash_as_login_shell: "bash -l", true, "bash";
    zsh_with_integration: "zsh", true, "zsh";
    fish_with_integration: "fish", true, "fish";
    bash_taught: "bash --norc", false, "bash";
    bash_without_editing: "bash --norc --noediting", false, "bash";
    bash_in_posix_mode: "bash --posix", false, "bash";
    zsh_taught: "zsh -f", false, "zsh";
    fish_taught: "fish --no-config", false, "fish";
    dash_taught: "dash", false, "dash";
    busybox_taught: "busybox sh", false, "busybox";
    without_environment: "env -i TERM=xterm bash --norc", false, "bash";
}
