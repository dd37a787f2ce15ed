//! Talks to many programs at once in one thread, and waits for whichever answers first.
//!
//! `cargo run -p rejoinder-expect --features tokio --example many_sessions`

use rejoinder_expect::{AsyncSession, Error, regex};
use tokio::task::JoinSet;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut calculators = JoinSet::new();
        for number in 1..=8_u64 {
            calculators.spawn(factorial(number * 5));
        }
        let mut answers = Vec::new();
        while let Some(answer) = calculators.join_next().await {
            answers.push(answer??);
        }
        answers.sort_unstable();
        for (number, digits) in answers {
            println!("{number}! has {digits} digits");
        }
        Ok(())
    })
}

/// Asks an interpreter of its own for a factorial's number of digits.
async fn factorial(number: u64) -> Result<(u64, usize), Error> {
    let script = "import math; print('?'); print(f'= {math.factorial(int(input()))};')";
    let mut python = AsyncSession::spawn(&format!("python3 -c \"{script}\""))?;
    python.expect("?\r\n").await?;
    python.send_line(number.to_string()).await?;
    let found = python.expect(regex(r"= (\d+);")).await?;
    Ok((number, found.group(1).map_or(0, |digits| digits.len())))
}
