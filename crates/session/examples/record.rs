//! Records what comes in as the transcript of a session, and says how it went:
//! `some-program | record <directory>`.

#![forbid(unsafe_code)]

use std::io::{Read, stdin};
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use rejoinder_session::{ExitStatus, Recorder, SessionId, TranscriptHeader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = PathBuf::from(
        std::env::args_os()
            .nth(1)
            .ok_or("usage: record <directory>")?,
    );
    let id = SessionId::random()?;
    let header = TranscriptHeader {
        started: SystemTime::now(),
        ..TranscriptHeader::default()
    };
    let mut recorder = Recorder::create(&dir, id, header, Default::default(), Instant::now())?;
    let mut buffer = [0; 4096];
    loop {
        match stdin().read(&mut buffer)? {
            0 => break,
            length => recorder.output(&buffer[..length], Instant::now()),
        }
    }
    recorder.exit(ExitStatus::Code(0), Instant::now());
    println!("session {id}");
    println!("{} bytes came", recorder.end());
    if let Some(stopped) = recorder.stopped() {
        println!("{} bytes are recorded: {}", stopped.at, stopped.reason);
    }
    Ok(())
}
