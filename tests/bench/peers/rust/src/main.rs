//! Other ways to expect, one measurement in each process: the plain read loop, a search of all that
//! has arrived after every read, and the crates expectrl and rexpect.
//!
//! ```text
//! expect-peers PEER stream COUNT PATTERN... PROGRAM ARGUMENT...
//! expect-peers PEER round-trips COUNT
//! expect-peers PEER spawn COUNT
//! expect-peers PEER idle MILLISECONDS
//! ```
//!
//! Answers are lines of a name and a number. Every failure is a panic: it ends the run.

mod bare;
mod expectrl_peer;
mod rexpect_peer;
mod usage;

use std::process::Command;
use std::time::{Duration, Instant};

/// What all peers wait for in an answer to [`ping`].
const PONG: &str = r"ping-\d+-pong\r\n";

/// Round trips before the first one that counts.
const WARM_UP: usize = 20;

/// Where the match was found, in bytes of output, as far as the peer tells.
struct Hit {
    pattern: usize,
    start: usize,
    end: usize,
}

/// One of the ways.
trait Peer {
    /// Waits for a pattern in what the program prints.
    fn stream(&self, patterns: &[String], program: Command) -> Option<Hit>;
    /// A conversation with `cat` on a terminal without echo: sends a line, waits for it to come
    /// back.
    fn conversation(&self) -> Box<dyn FnMut(&str)>;
    /// Starts a program and waits for the end of its output.
    fn run(&self, program: Command);
    /// Waits for a program that says nothing.
    fn wait(&self, program: Command, timeout: Duration);
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = move || arguments.next().expect("another argument");
    let peer: Box<dyn Peer> = match next().as_str() {
        "raw" => Box::new(bare::ReadLoop),
        "naive" => Box::new(bare::Rescan),
        "expectrl" => Box::new(expectrl_peer::Expectrl),
        "rexpect" => Box::new(rexpect_peer::Rexpect),
        other => panic!("no peer {other}"),
    };
    let case = next();
    let count: usize = next().parse().expect("a number");
    match case.as_str() {
        "stream" => {
            let patterns: Vec<String> = (0..count).map(|_| next()).collect();
            let mut program = Command::new(next());
            program.args(std::env::args().skip(count + 5));
            stream(&*peer, &patterns, program);
        }
        "round-trips" => {
            let mut ask = peer.conversation();
            for number in 0..WARM_UP + count {
                let line = ping(number);
                let started = Instant::now();
                ask(&line);
                if number >= WARM_UP {
                    println!("sample {}", started.elapsed().as_secs_f64());
                }
            }
        }
        "spawn" => {
            for _ in 0..count {
                let started = Instant::now();
                peer.run(Command::new("true"));
                println!("sample {}", started.elapsed().as_secs_f64());
            }
        }
        "idle" => {
            let timeout = Duration::from_millis(count as u64);
            let (cpu, started) = (usage::cpu(), Instant::now());
            peer.wait(Command::new("cat"), timeout);
            assert!(started.elapsed() >= timeout, "did not wait");
            println!("cpu {}", usage::cpu() - cpu);
            println!("seconds {}", started.elapsed().as_secs_f64());
        }
        other => panic!("no case {other}"),
    }
    // Some peers take long to let go of their program, which is not what is measured.
    std::process::exit(0);
}

fn ping(number: usize) -> String {
    format!("ping-{number:06}-pong")
}

fn stream(peer: &dyn Peer, patterns: &[String], program: Command) {
    let started = Instant::now();
    let hit = peer.stream(patterns, program).expect("a match");
    println!("seconds {}", started.elapsed().as_secs_f64());
    println!("pattern {}", hit.pattern);
    println!("start {}", hit.start);
    println!("end {}", hit.end);
    println!("cpu {}", usage::cpu());
    println!("resident {}", usage::resident());
}
