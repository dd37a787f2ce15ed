//! Speaks a line protocol over TCP on tokio, with the reading and the sending end in two tasks.
//!
//! `cargo run -p rejoinder-expect --features tokio --example tcp_async`

use rejoinder_expect::{AsyncSession, Reply, regex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(shout_back(listener));

        let session = AsyncSession::new(TcpStream::connect(address).await?);
        let (mut reader, mut writer) = session.split();
        let typist = tokio::spawn(async move {
            for line in ["hello", "is there anybody?", "bye"] {
                writer.send_line(line).await?;
            }
            Ok::<_, rejoinder_expect::Error>(())
        });

        let line = regex(r"(?m)^(.+)$\n");
        while let Reply::Found(found) = reader.expect_any(&line).await? {
            println!("the server shouts: {}", found.group(1).unwrap_or_default());
        }
        typist.await??;
        server.await??;
        Ok(())
    })
}

/// Sends everything back in capitals, until somebody says bye.
async fn shout_back(listener: TcpListener) -> std::io::Result<()> {
    let (mut socket, _) = listener.accept().await?;
    let (mut buffer, mut heard) = ([0; 256], Vec::new());
    while !heard.ends_with(b"bye\n") {
        let count = socket.read(&mut buffer).await?;
        let loud = buffer[..count].to_ascii_uppercase();
        socket.write_all(&loud).await?;
        heard.extend_from_slice(&buffer[..count]);
    }
    Ok(())
}
