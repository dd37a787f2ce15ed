//! The examples run, and say what they are meant to say.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// An example as Cargo built it, beside the tests.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test
        .ancestors()
        .nth(2)
        .map(PathBuf::from)
        .expect("target/<profile>/deps/<test>");
    let path = folder.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo build --examples` first",
        path.display()
    );
    Command::new(path)
}

#[track_caller]
fn check(name: &str, says: &str) {
    let output = example(name)
        .stdin(Stdio::null())
        .output()
        .expect("an example can be run");
    let said = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{said}{complaint}",
        output.status
    );
    assert!(said.contains(says), "{name} said:\n{said}{complaint}");
}

#[test]
fn the_repl_calculates() {
    check("repl", "2 ** 100 is 1267650600228229401496703205376\n");
    check("repl", "1 / 0 is a ZeroDivisionError\n");
    check("repl_async", "sum(range(1000)) is 499500\n");
}

#[test]
fn dialogues_come_to_their_ends() {
    check("passwd_dialog", "The password is now 14 characters long.\n");
    check("installer", "Installed into /opt/tool.\nstatus: Some(0)\n");
}

#[test]
fn many_sessions_answer() {
    check("many_sessions", "40! has 48 digits\n");
}

#[test]
fn tcp_is_a_stream_like_others() {
    check("tcp", "FROBNICATE           500 what?\n");
    check("tcp_async", "the server shouts: IS THERE ANYBODY?\n");
}

#[test]
fn the_engine_works_alone() {
    check("watch", "errors: 0\n");
    check("coloured_prompt", "path: ~/notes\n");
}

/// What needs a person or a host still starts and explains itself.
#[test]
fn the_others_start() {
    check("ssh_password", "usage: SSH_PASSWORD=");
    check("interact", "No more input.");
}
