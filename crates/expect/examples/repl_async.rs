//! Talks to Python's REPL as `repl` does, on tokio.
//!
//! `cargo run -p rejoinder-expect --features tokio --example repl_async`

use rejoinder_expect::pty::Command;
use rejoinder_expect::{AsyncSession, regex};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(talk())
}

async fn talk() -> Result<(), Box<dyn std::error::Error>> {
    let mut python = Command::new("python3");
    python
        .args(["-q", "-i"])
        .env("TERM", "dumb")
        .env("PYTHON_BASIC_REPL", "1");
    let mut python = AsyncSession::spawn_command(&python)?;

    python.expect(">>> ").await?;
    for expression in ["2 ** 100", "sum(range(1000))", "'-'.join('abc')"] {
        python.send_line(expression).await?;
        let found = python.expect(regex(r"\n(?<value>.*)\r\n>>> ")).await?;
        println!(
            "{expression} is {}",
            found.named("value").unwrap_or_default()
        );
    }

    python.send_control('d').await?;
    let status = python.wait().await?;
    println!("python has ended with {:?}", status.code());
    Ok(())
}
