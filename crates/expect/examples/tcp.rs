//! Speaks a line protocol over TCP: a session over a stream that is no program.
//!
//! `cargo run -p rejoinder-expect --example tcp`

use rejoinder_expect::{FdStream, Session, SessionOptions, regex};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = std::thread::spawn(move || serve(&listener));

    let socket = TcpStream::connect(address)?;
    let options = SessionOptions {
        line_ending: "\r\n",
        ..SessionOptions::default()
    };
    let mut mail = Session::with_options(FdStream::new(socket.try_clone()?, socket), options);

    let greeting = mail.expect(regex(r"220 (\S+).*\r\n"))?;
    println!("connected to {}", greeting.group(1).unwrap_or_default());
    for command in ["EHLO client.example", "NOOP", "FROBNICATE", "QUIT"] {
        mail.send_line(command)?;
        // A reply ends with a line whose number is followed by a space (RFC 5321, section 4.2).
        let reply = mail.expect(regex(r"(?m)^(\d{3}) (.*)$"))?;
        let (code, text) = (reply.group(1), reply.group(2));
        println!(
            "{command:<20} {} {}",
            code.unwrap_or_default(),
            text.unwrap_or_default().trim()
        );
    }
    mail.expect_eof()?;
    server.join().map_err(|_| "the server panicked")??;
    Ok(())
}

/// A mail server that is polite and does nothing.
fn serve(listener: &TcpListener) -> std::io::Result<()> {
    let (mut socket, _) = listener.accept()?;
    let lines = BufReader::new(socket.try_clone()?).lines();
    socket.write_all(b"220 mail.example ready\r\n")?;
    for line in lines {
        let line = line?;
        let reply: &[u8] = match line.split(' ').next() {
            Some("EHLO") => b"250-mail.example\r\n250-8BITMIME\r\n250 HELP\r\n",
            Some("NOOP") => b"250 done nothing\r\n",
            Some("QUIT") => return socket.write_all(b"221 bye\r\n"),
            _ => b"500 what?\r\n",
        };
        socket.write_all(reply)?;
    }
    Ok(())
}
