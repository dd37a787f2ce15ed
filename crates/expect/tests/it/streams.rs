//! Sessions over streams that are no programs.

use rejoinder_expect::{
    ErrorKind, FdStream, InteractEnd, InteractOptions, Session, SessionOptions, ThreadedStream,
    pty::Command, regex,
};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// A server of one line: asks for a name, greets, and hangs up.
fn server() -> (std::net::SocketAddr, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = move || {
        let (mut socket, _) = listener.accept().expect("a client");
        socket.write_all(b"name? ").expect("it listens");
        let mut line = Vec::new();
        let mut byte = [0];
        while socket.read(&mut byte).is_ok_and(|count| count == 1) && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        write!(
            socket,
            "hello {}\r\n",
            String::from_utf8_lossy(&line).trim_end()
        )
        .expect("it listens");
    };
    (address, std::thread::spawn(serve))
}

fn greet<S: rejoinder_expect::Stream>(mut session: Session<S>) {
    session.expect("name? ").expect("it asks");
    session.send_line("Ada").expect("it listens");
    let found = session
        .expect(regex(r"hello (\w+)\r\n"))
        .expect("it greets");
    assert_eq!(found.group(1).as_deref(), Some("Ada"));
    session.expect_eof().expect("it hangs up");
}

fn options() -> SessionOptions {
    SessionOptions {
        line_ending: "\r\n",
        ..SessionOptions::default()
    }
}

/// Guards: a socket is a stream, by its descriptor, whether it blocks or not.
#[test]
fn over_a_socket() {
    for nonblocking in [false, true] {
        let (address, server) = server();
        let socket = TcpStream::connect(address).expect("a connection");
        socket.set_nonblocking(nonblocking).expect("a mode");
        let reader = socket.try_clone().expect("a clone");
        greet(Session::with_options(
            FdStream::new(reader, socket),
            options(),
        ));
        server.join().expect("no panic");
    }
}

/// Guards: anything that reads and writes is a stream, by threads.
#[test]
fn over_threads() {
    let (address, server) = server();
    let socket = TcpStream::connect(address).expect("a connection");
    let reader = socket.try_clone().expect("a clone");
    let stream = ThreadedStream::new(reader, socket).expect("threads");
    greet(Session::with_options(stream, options()));
    server.join().expect("no panic");
}

/// Guards: timeouts hold on both kinds of streams.
#[test]
fn streams_that_say_nothing_time_out() {
    let (near, _far) = UnixStream::pair().expect("a pair");
    let clone = || near.try_clone().expect("a clone");
    let soon = Duration::from_millis(5);
    let mut by_fd = Session::new(FdStream::new(clone(), clone()));
    let error = by_fd.expect_within(soon, "x").expect_err("nothing comes");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let mut by_thread = Session::new(ThreadedStream::new(clone(), clone()).expect("threads"));
    let error = by_thread
        .expect_within(soon, "x")
        .expect_err("nothing comes");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

/// Guards: a large exchange in both directions at once ends, on both kinds of streams.
#[test]
fn both_directions_at_once() {
    let text = vec![b'x'; 3 << 20];
    let echo = |mut socket: UnixStream| {
        std::thread::spawn(move || {
            let mut back = socket.try_clone()?;
            std::io::copy(&mut socket, &mut back)
        })
    };
    let (near, far) = UnixStream::pair().expect("a pair");
    let echoing = echo(far);
    let mut session = Session::new(FdStream::new(near.try_clone().expect("a clone"), near));
    session
        .send(&text)
        .and_then(|()| session.send("!"))
        .expect("all is taken");
    assert_eq!(
        session
            .expect("!")
            .expect("it comes back")
            .place()
            .before_len(),
        3 << 20
    );
    drop(session);
    echoing.join().expect("no panic").expect("it copies");

    let (near, far) = UnixStream::pair().expect("a pair");
    let echoing = echo(far);
    let hang_up = near.try_clone().expect("a clone");
    let stream = ThreadedStream::new(near.try_clone().expect("a clone"), near).expect("threads");
    let mut session = Session::new(stream);
    session
        .send(&text)
        .and_then(|()| session.send("!"))
        .expect("all is taken");
    assert_eq!(
        session
            .expect("!")
            .expect("it comes back")
            .place()
            .before_len(),
        3 << 20
    );
    hang_up
        .shutdown(std::net::Shutdown::Both)
        .expect("a hang-up");
    echoing.join().expect("no panic").expect("it copies");
}

/// Guards: the person sees what was not matched yet, what is typed reaches the program, and the
/// escape key gives the session back.
#[test]
fn a_person_takes_over_and_hands_back() {
    let mut session = Session::spawn("cat").expect("it starts");
    session.send_line("before").expect("it reads");
    session.expect("before\r\n").expect("the echo");
    while session.unread() != b"before\r\n" {
        let _ = session.expect_within(Duration::from_millis(1), "never");
    }

    let (mut keyboard, terminal) = UnixStream::pair().expect("a pair");
    keyboard
        .write_all(b"typed\n\x1dnot typed")
        .expect("there is room");
    let mut screen = Vec::new();
    let end = session
        .interact_with(&terminal, &mut screen, InteractOptions::default())
        .expect("it goes on");
    assert_eq!(end, InteractEnd::Escaped);
    assert!(
        screen.starts_with(b"before\r\n"),
        "{:?}",
        String::from_utf8_lossy(&screen)
    );

    session.send_line("after").expect("it reads");
    let found = session.expect("after\r\n").expect("the session goes on");
    assert!(!found.before().contains("before"), "what was shown is read");
}

/// Guards: an interaction ends with the program, and all it printed has been shown by then.
#[test]
fn an_interaction_ends_with_the_program() {
    let mut command = Command::new("sh");
    command.args(["-c", "read x; echo \"got $x\"; seq 20000; echo last"]);
    let mut session = Session::spawn_command(&command).expect("it starts");
    let (mut keyboard, terminal) = UnixStream::pair().expect("a pair");
    keyboard.write_all(b"this\n").expect("there is room");
    let mut screen = Vec::new();
    let end = session.interact_with(&terminal, &mut screen, InteractOptions::default());
    assert_eq!(end.expect("it goes on"), InteractEnd::Ended);
    let screen = String::from_utf8_lossy(&screen);
    assert!(
        screen.contains("got this\r\n1\r\n2\r\n"),
        "{}",
        &screen[..screen.len().min(100)]
    );
    assert!(screen.ends_with("20000\r\nlast\r\n"));
    assert_eq!(session.wait().expect("a status").code(), Some(0));
}
