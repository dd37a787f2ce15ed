//! Talks to Python's REPL: sends expressions, picks the values out of the answers.
//!
//! `cargo run -p rejoinder-expect --example repl`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{Error, Session, regex};

fn main() -> Result<(), Error> {
    let mut python = Command::new("python3");
    // A dumb terminal and the plain REPL: no colours, no cursor movements.
    python
        .args(["-q", "-i"])
        .env("TERM", "dumb")
        .env("PYTHON_BASIC_REPL", "1");
    let mut python = Session::spawn_command(&python)?;

    python.expect(">>> ")?;
    for expression in ["2 ** 100", "sum(range(1000))", "'-'.join('abc')"] {
        python.send_line(expression)?;
        // The echo ends with the first line; the value is the line after it.
        let found = python.expect(regex(r"\n(?<value>.*)\r\n>>> "))?;
        println!(
            "{expression} is {}",
            found.named("value").unwrap_or_default()
        );
    }

    python.send_line("1 / 0")?;
    let found = python.expect([regex(r"(\w+Error): (.*)\r\n"), regex(r">>> ")])?;
    println!("1 / 0 is a {}", found.group(1).unwrap_or_default());
    if found.pattern() == 0 {
        python.expect(">>> ")?;
    }

    // At its prompt Python reads keys. Before it, the terminal would take Ctrl-D for the end
    // of a line, and the prompt that comes then would not see it.
    python.send_control('d')?;
    let status = python.wait()?;
    println!("python has ended with {:?}", status.code());
    Ok(())
}
