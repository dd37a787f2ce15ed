//! The protocol without a transport: what the benchmarks of `mcp-proto` itself measure.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::report::{Row, Unit};

/// How the cases begin that check arguments.
const CHECKING: &str = "arguments of";

/// How the case ends whose arguments are as many as the schema allows, and many times a usual
/// call's.
const MOST: &str = " 100 steps";

/// What checking the arguments of one call may take, in seconds.
const GOAL: f64 = 5e-6;

/// Runs the benchmarks and reads their figures.
pub(super) fn measure(quick: bool) -> Result<Vec<Row>> {
    let times = run("calls", quick)?;
    let allocations = run("allocations", quick)?;
    let mut rows = Vec::new();
    for ((name, time), (counted, allocated)) in times.iter().zip(&allocations) {
        ensure!(name == counted, "{name} is not {counted}");
        let (&[nanoseconds], &[pieces, bytes]) = (&time[..], &allocated[..]) else {
            bail!("{name} has other figures than there should be");
        };
        let row = Row::exact(name, Unit::Seconds, nanoseconds * 1e-9);
        let row = match name.starts_with(CHECKING) && !name.ends_with(MOST) {
            true => row.below(GOAL),
            false => row,
        };
        rows.push(row.told());
        if bytes > 0.0 {
            rows.push(Row::exact("  bytes allocated", Unit::Bytes, bytes));
            rows.push(Row::exact("  allocations", Unit::Count, pieces));
        }
    }
    ensure!(!rows.is_empty(), "the benchmarks of mcp-proto said nothing");
    Ok(rows)
}

/// One of the benchmarks: a name and figures for each of its cases.
fn run(bench: &str, quick: bool) -> Result<Vec<(String, Vec<f64>)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["bench", "--locked", "--quiet", "--package", "mcp-proto"])
        .args(["--bench", bench, "--", "--figures"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit());
    if quick {
        command.arg("--quick");
    }
    let output = command.output().context("cannot run cargo")?;
    ensure!(output.status.success(), "the benchmark {bench} failed");
    let text = String::from_utf8(output.stdout)?;
    let cases = text.lines().filter(|line| !line.is_empty());
    cases
        .map(|line| figures(line).with_context(|| format!("{bench} said {line:?}")))
        .collect()
}

/// A line is a name and figures between tabs.
fn figures(line: &str) -> Option<(String, Vec<f64>)> {
    let mut columns = line.split('\t');
    let name = columns.next()?.to_owned();
    let figures = columns.map(|figure| figure.parse().ok());
    Some((name, figures.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is no line of figures ends the run.
    #[test]
    fn lines_are_read() {
        let expected = ("a call".to_owned(), vec![1.5, 2.0]);
        assert_eq!(figures("a call\t1.5\t2"), Some(expected));
        assert_eq!(figures("a call\tfast"), None);
    }
}
