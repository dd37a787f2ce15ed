//! Changes a password in a dialogue like that of `passwd`: questions without echo, answers that
//! may be refused, and the same question asked again.
//!
//! `cargo run -p rejoinder-expect --example passwd_dialog`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{Error, Event, Session, regex};

/// Behaves like `passwd`, but changes nothing.
const PASSWD: &str = r#"
ask() { stty -echo; printf "$1: "; read answer; stty echo; echo; }
ask "Current password"
while :; do
    ask "New password"; first=$answer
    if [ ${#first} -lt 8 ]; then echo "The password is too short."; continue; fi
    ask "Retype new password"
    if [ "$first" = "$answer" ]; then echo "passwd: password updated"; exit 0; fi
    echo "Sorry, passwords do not match."
done
"#;

fn main() -> Result<(), Error> {
    let mut command = Command::new("sh");
    command.args(["-c", PASSWD]);
    let mut passwd = Session::spawn_command(&command)?;
    passwd.on_transcript(|event| match event {
        Event::Output(_, bytes) => print!("{}", String::from_utf8_lossy(bytes)),
        Event::Secret(_) => print!("*****"),
        _ => {}
    });

    passwd.expect("Current password: ")?;
    passwd.send_secret("correct horse")?;

    // The first candidate is too short; the dialogue says so and asks again.
    let mut candidates = ["short", "battery staple"].into_iter();
    let mut candidate = "";
    loop {
        let question = passwd.expect([
            regex(r"(?i)retype.*: "),
            regex(r"New password: "),
            regex(r"password updated"),
        ])?;
        match question.pattern() {
            0 => passwd.send_secret(candidate)?,
            1 => {
                candidate = candidates.next().unwrap_or_default();
                passwd.send_secret(candidate)?;
            }
            _ => break,
        }
    }
    println!("\nThe password is now {} characters long.", candidate.len());
    Ok(())
}
