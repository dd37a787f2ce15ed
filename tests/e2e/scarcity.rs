//! What becomes of sessions when the system has nothing left to give, and when all of
//! them want everything at once.

use serde_json::json;

use crate::processes::peak_mib;
use crate::support::{Answer, Server};

/// Starts sessions until one is refused, and returns how many there were and the refusal.
#[track_caller]
fn start_all_there_is_room_for(server: &mut Server) -> (usize, Answer) {
    for started in 0..64 {
        let name = format!("cat-{started}");
        let answer = server.call(
            "start_process",
            json!({"command": "cat", "name": name, "lifetime": 120}),
        );
        if answer.result.is_error {
            assert_eq!(
                answer.error()["error_type"],
                "resource_exhausted",
                "{}",
                answer.text
            );
            return (started, answer);
        }
    }
    panic!("64 sessions took nothing of what is scarce");
}

/// Promise: where no pseudo-terminal is left, the error says which limit it is and how to
/// raise it, what runs goes on, and one that is given back is used again.
#[test]
fn without_a_terminal_left_the_limit_is_named() {
    // A mount of pseudo-terminals of the server's own, of which there are few.
    let mount = "mount -t devpts -o newinstance,max=4,ptmxmode=0666 devpts /dev/pts";
    let prelude = format!(
        "exec unshare --map-root-user --mount sh -c '{mount} && mount --bind /dev/pts/ptmx /dev/ptmx && \
         exec \"$0\" \"$@\"' \"$0\" \"$@\";"
    );
    let mut server = Server::after(&prelude, "");
    server.bash();
    let (started, refused) = start_all_there_is_room_for(&mut server);
    assert!(started > 0, "{}", refused.text);
    assert!(refused.text.contains("kernel.pty.max"), "{}", refused.text);
    server.line("sh", "echo goes on", "goes on\n");
    server.ok(
        "terminate_process",
        json!({"session_id": "cat-0", "force": true}),
    );
    server.program("again", "cat", "");
}

/// Promise: where no descriptor is left, the same.
#[test]
fn without_a_descriptor_left_the_limit_is_named() {
    let mut server = Server::after("ulimit -n 32;", "");
    server.bash();
    let (_, refused) = start_all_there_is_room_for(&mut server);
    assert!(refused.text.contains("ulimit -n"), "{}", refused.text);
    server.line("sh", "echo goes on", "goes on\n");
}

/// Promise: where no process may be started, the same. The limit counts the processes of a
/// user, and does not hold for root: the server is another user's then.
#[test]
fn without_a_process_left_the_limit_is_named() {
    // Nobody's, so that nothing else counts.
    let user = 61_000 + std::process::id() % 4000;
    let user = format!(
        "if [ $(id -u) = 0 ]; then chown -R {user} . && cp \"$0\" server && \
         as='setpriv --reuid={user} --regid={user} --clear-groups'; \
         else ln -s \"$0\" server && as='unshare --user'; fi;"
    );
    let limited = "shift 0; exec $as prlimit --nproc=12 ./server \"$@\";";
    let mut server = Server::after(&format!("{user} {limited}"), "");
    let shell = json!({"command": "sh", "name": "sh", "lifetime": 120});
    server.ok("start_process", shell);
    let (started, refused) = start_all_there_is_room_for(&mut server);
    assert!(started > 0, "{}", refused.text);
    assert!(refused.text.contains("ulimit -u"), "{}", refused.text);
    server.line("sh", "echo goes on", "goes on\n");
    for session in 0..started {
        let end = json!({"session_id": format!("cat-{session}"), "force": true});
        server.ok("terminate_process", end);
    }
    server.ok(
        "terminate_process",
        json!({"session_id": "sh", "force": true}),
    );
    // Its directory is another user's, and holds no session any more.
    std::fs::remove_dir_all(server.directory.path().join(".local")).unwrap();
}

/// Promise: many sessions that flood their output at once leave every call answered, and
/// the server stays small.
#[test]
fn many_floods_leave_every_call_answered() {
    const SESSIONS: usize = 200;
    let mut server = Server::with_config("[limits]\nmax_sessions = 250\nring_bytes = 65536\n");
    let names: Vec<String> = (0..SESSIONS)
        .map(|number| format!("flood-{number}"))
        .collect();
    for name in &names {
        // The flood ends by itself, should nobody be left to end it.
        let flood = "read go; timeout 100 yes";
        let start = json!({"command": "sh", "args": ["-c", flood], "name": name, "timeout": 0,
                           "record": false});
        server.ok("start_process", start);
    }
    server.bash();
    for name in &names {
        server.ok("send_input", json!({"session_id": name, "keys": ["Enter"]}));
    }
    server.line("sh", "echo among floods", "among floods\n");
    for name in &names {
        let read =
            json!({"session_id": name, "wait_for": "y\ny\n", "timeout": 45, "max_bytes": 256});
        server.ok("read_output", read).says("by=match");
    }
    let peak = peak_mib(server.pid());
    assert!(peak < 96, "the server had {peak} MiB resident");
    for name in &names {
        server.ok(
            "terminate_process",
            json!({"session_id": name, "force": true}),
        );
    }
}
