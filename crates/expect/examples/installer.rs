//! Answers an installer whose questions come in any order, some of them not at all.
//!
//! `cargo run -p rejoinder-expect --example installer`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{Error, Pattern, PatternSet, Reply, Session, regex};

const INSTALLER: &str = r#"
printf "Install into /usr/local? [Y/n] "; read answer
case $answer in [nN]*) printf "Where to? "; read where;; *) where=/usr/local;; esac
printf "Licence: MIT. Do you agree (yes/no)? "; read answer
[ "$answer" = yes ] || { echo "Nothing was installed."; exit 1; }
i=0; while [ $i -le 100 ]; do printf "\rCopying %3d%%" $i; i=$((i + 20)); done
printf "\r\nInstalled into $where.\n"
"#;

fn main() -> Result<(), Error> {
    let answers = [
        (regex(r"Install into \S+\? \[Y/n\] "), "n"),
        (regex(r"Where to\? "), "/opt/tool"),
        (regex(r"(?i)agree \(yes/no\)\? "), "yes"),
        (regex(r"(?i)overwrite .*\? "), "no"),
    ];
    // One automaton for all the questions, compiled once.
    let questions: Vec<Pattern> = answers
        .iter()
        .map(|(question, _)| question.clone())
        .collect();
    let questions = PatternSet::new(questions)?;

    let mut command = Command::new("sh");
    command.args(["-c", INSTALLER]);
    let mut installer = Session::spawn_command(&command)?;
    loop {
        match installer.expect_any(&questions)? {
            Reply::Found(question) => {
                let answer = answers[question.pattern()].1;
                println!("{:<38} {answer}", question.matched().trim());
                installer.send_line(answer)?;
            }
            Reply::Eof(rest) => {
                println!("{}", rest.before().lines().last().unwrap_or_default());
                break;
            }
            Reply::Timeout(rest) => {
                println!("No question I know an answer to: {:?}", rest.before());
                break;
            }
        }
    }
    println!("status: {:?}", installer.wait()?.code());
    Ok(())
}
