//! Logs in by ssh with a password and runs a command: an unknown host key, the password, and what
//! can go wrong with each.
//!
//! `SSH_PASSWORD=… cargo run -p rejoinder-expect --example ssh_password -- user@host [command]`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{ExpectOptions, PatternSet, Reply, Session, regex};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(host), Ok(password)) = (arguments.next(), std::env::var("SSH_PASSWORD")) else {
        println!("usage: SSH_PASSWORD=… ssh_password user@host [command]");
        return Ok(());
    };
    let wanted = arguments.next().unwrap_or_else(|| "uname -a".to_owned());

    let mut ssh = Command::new("ssh");
    ssh.args([
        "-o",
        "PreferredAuthentications=password",
        "-o",
        "NumberOfPasswordPrompts=1",
    ]);
    ssh.args([host.as_str(), wanted.as_str()]);
    let mut ssh = Session::spawn_command(&ssh)?;

    let prompts = PatternSet::new([
        regex(r"fingerprint is (?<key>\S+)\.[\s\S]*\(yes/no(?:/\[fingerprint\])?\)\? "),
        regex(r"(?i)password: $"),
        regex(r"(?i)permission denied.*\n"),
        regex(r"(?i)could not resolve hostname.*\n|connection (?:refused|timed out).*\n"),
    ])?;
    let patient = ExpectOptions::new().timeout(Duration::from_secs(60));
    loop {
        match ssh.expect_with(&prompts, patient)? {
            Reply::Found(found) => match found.pattern() {
                0 => {
                    let key = found.named("key").unwrap_or_default();
                    return Err(format!("{host} is unknown; check that its key is {key}").into());
                }
                1 => ssh.send_secret(&password)?,
                2 => return Err("the password was refused".into()),
                _ => return Err(found.matched().trim().to_owned().into()),
            },
            Reply::Eof(output) => {
                println!("{}", output.before().trim());
                break;
            }
            Reply::Timeout(so_far) => {
                return Err(format!("no answer but {:?}", so_far.before()).into());
            }
        }
    }
    println!("status: {:?}", ssh.wait()?.code());
    Ok(())
}
