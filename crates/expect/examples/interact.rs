//! Starts a shell, prepares it, hands it to the person at the terminal, and takes it back when
//! Control-] is typed.
//!
//! `cargo run -p rejoinder-expect --example interact`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{Error, InteractEnd, Session};

fn main() -> Result<(), Error> {
    let mut command = Command::new("bash");
    command.args(["--norc", "-i"]).env("PS1", "prepared$ ");
    let mut shell = Session::spawn_command(&command)?;

    shell.expect("prepared$ ")?;
    shell.send_line("cd /tmp && export EDITOR=vi")?;
    shell.expect("prepared$ ")?;

    println!("This is the shell now. Control-] comes back, `exit` ends it.");
    shell.send_line("pwd")?;
    match shell.interact()? {
        InteractEnd::Escaped => {
            println!("\nTaken back.");
            shell.send_line("exit")?;
        }
        InteractEnd::Ended => println!("\nThe shell has ended."),
        InteractEnd::InputEnded => {
            println!("\nNo more input.");
            shell.send_control('d')?;
        }
    }
    println!("status: {:?}", shell.wait()?.code());
    Ok(())
}
