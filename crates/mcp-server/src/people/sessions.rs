//! `mcp-server sessions`: the sessions there are, as a table.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use rejoinder_session::{Info, State};

use super::{READER, on_sessions};
use crate::config::Config;
use crate::reply::exit_text;

/// How often a table that is watched is drawn anew.
const REFRESH: Duration = Duration::from_secs(1);

/// Characters of a command that are shown.
const MAX_COMMAND: usize = 60;

/// What erases a terminal and puts the cursor at its start: CUP and ED of
/// ECMA-48, and what xterm needs to forget what scrolled away.
const CLEAR: &str = "\x1b[H\x1b[2J\x1b[3J";

/// Lists sessions.
#[derive(Debug, Args)]
pub(crate) struct Sessions {
    /// Draw the table anew every second until interrupted
    #[arg(short, long)]
    watch: bool,
    /// Print JSON: one object with a list, as list_sessions has it
    #[arg(long, conflicts_with = "watch")]
    json: bool,
}

impl Sessions {
    pub(crate) fn run(&self, config: &Config) -> Result<()> {
        on_sessions(config, |sessions| async move {
            let mut out = std::io::stdout();
            let clear = self.watch && out.is_terminal();
            let mut refresh = tokio::time::interval(REFRESH);
            loop {
                refresh.tick().await;
                let infos = sessions.list_all(READER).await;
                if self.json {
                    let list: Vec<_> = infos.iter().map(crate::tools::inspect::listed).collect();
                    let list = serde_json::json!({"sessions": list, "total": list.len()});
                    writeln!(out, "{list:#}")?;
                    return Ok(());
                }
                let text = table(&infos);
                write!(out, "{}{text}", if clear { CLEAR } else { "" })?;
                out.flush()?;
                if !self.watch {
                    return Ok(());
                }
            }
        })
    }
}

/// The table; a line that says so when there are none.
fn table(infos: &[Info]) -> String {
    if infos.is_empty() {
        return "No sessions.\n".to_owned();
    }
    let mut rows = vec![
        [
            "NAME", "STATE", "PID", "AGE", "IDLE", "OUTPUT", "OWNER", "COMMAND",
        ]
        .map(str::to_owned),
    ];
    rows.extend(infos.iter().map(row));
    let widths: Vec<usize> = (0..rows[0].len())
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row(info: &Info) -> [String; 8] {
    let identity = &info.identity;
    let state = match info.status.state {
        State::Exited(status) => format!("exited {}", exit_text(status)),
        state => match &info.status.hint {
            Some(hint) => format!("{state} {hint}"),
            None => state.to_string(),
        },
    };
    let age = identity.created_at.elapsed().unwrap_or_default();
    let mut command = identity.command.clone();
    for arg in &identity.args {
        command.push(' ');
        command.push_str(arg);
    }
    let command = rejoinder_ansi::escape_hidden(&command).replace('\n', "\\n");
    let command = match command.char_indices().nth(MAX_COMMAND) {
        Some((end, _)) => format!("{}…", &command[..end]),
        None => command,
    };
    [
        identity.name.clone(),
        state,
        identity.pid.to_string(),
        duration(age),
        duration(Duration::from_secs_f64(info.idle_s)),
        size(info.status.end.get()),
        rejoinder_ansi::escape_hidden(&identity.owner).into_owned(),
        command,
    ]
}

/// A time in its two largest units: `3d 4h`, `12m 5s`, `7s`.
fn duration(of: Duration) -> String {
    let seconds = of.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {}s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{}h {}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d {}h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// A number of bytes in binary units.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..0x10_0000 => format!("{} KiB", bytes >> 10),
        0x10_0000..0x4000_0000 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: times and sizes are short and of the right order.
    #[test]
    fn times_and_sizes_are_short() {
        let at = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(
            [at(7), at(125), at(7300), at(180_000)],
            ["7s", "2m 5s", "2h 1m", "2d 2h"]
        );
        assert_eq!(
            [size(0), size(2048), size(3 << 19), size(1 << 30)],
            ["0 B", "2 KiB", "1.5 MiB", "1.0 GiB"]
        );
    }
}
