//! The limit of open descriptors: raised here, as it was for programs.

use nix::sys::resource::{Resource as Which, getrlimit, setrlimit};
use rejoinder_pty::{Command, Limit, Resource, Stderr, Stdio, raise_descriptor_limit};

fn seen_by_a_program(limit: Option<Limit>) -> String {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -Sn; ulimit -Hn"])
        .stdio(Stdio::Pipe {
            stderr: Stderr::Merged,
        });
    if let Some(limit) = limit {
        command.limit(Resource::OpenFiles, limit);
    }
    let child = command.spawn().unwrap();
    std::io::read_to_string(&child.output).unwrap()
}

/// Promise: this process may open as many as the system lets it, and programs
/// see the limit that it came with, unless their command sets another.
#[test]
fn a_raised_limit_is_not_handed_on() {
    let (_, hard) = getrlimit(Which::RLIMIT_NOFILE).unwrap();
    let soft = hard - 1;
    setrlimit(Which::RLIMIT_NOFILE, soft, hard).unwrap();
    assert_eq!(raise_descriptor_limit().unwrap(), hard);
    assert_eq!(getrlimit(Which::RLIMIT_NOFILE).unwrap(), (hard, hard));
    assert_eq!(seen_by_a_program(None), format!("{soft}\n{hard}\n"));
    assert_eq!(seen_by_a_program(Some(Limit::at_most(99))), "99\n99\n");
}
