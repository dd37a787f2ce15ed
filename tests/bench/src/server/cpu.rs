//! Processor time, which a busy machine stretches far less than it does the time on the clock.

use std::fs;
use std::thread::available_parallelism;

use anyhow::{Context, Result};

/// The processor time that a process's living threads have had, in seconds.
///
/// `/proc/<pid>/schedstat` counts nanoseconds (Documentation/scheduler/sched-stats.rst of Linux);
/// the times in `/proc/<pid>/stat` are too coarse for one start.
pub(crate) fn time(pid: u32) -> Result<f64> {
    let tasks = format!("/proc/{pid}/task");
    let mut nanoseconds = 0;
    for task in fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))? {
        let path = task?.path().join("schedstat");
        let shown = path.display();
        let text = match fs::read_to_string(&path) {
            // The thread has ended since it was listed.
            Err(_) if !path.exists() => continue,
            text => text.with_context(|| format!("cannot read {shown}"))?,
        };
        nanoseconds += on_cpu(&text).with_context(|| format!("{shown} says {text:?}"))?;
    }
    Ok(nanoseconds as f64 / 1e9)
}

/// The first of the three figures: nanoseconds on a processor.
fn on_cpu(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

/// What to keep in mind about the times when the machine has more to do than processors to do it
/// with.
pub(crate) fn busy() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let processors = available_parallelism().ok()?.get();
    is_busy(&text, processors).then(|| {
        let load = text.split_whitespace().next().unwrap_or_default();
        format!(
            "the machine is busy, load {load} on {processors} processors: times on the clock \
             hold waits for a processor, those of the tail above all"
        )
    })
}

fn is_busy(loadavg: &str, processors: usize) -> bool {
    let load = loadavg.split_whitespace().next();
    let load = load.and_then(|load| load.parse::<f64>().ok());
    load.is_some_and(|load| load > processors as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time of this very process grows when it computes.
    #[test]
    fn processor_time_is_counted() {
        let me = std::process::id();
        let before = time(me).unwrap();
        let mut sum = 0_u64;
        let mut number = 0;
        while time(me).unwrap() <= before {
            number += 1;
            sum = std::hint::black_box(sum.wrapping_add(number));
        }
        assert_eq!(on_cpu("158230 20060547 1034\n"), Some(158_230));
        assert_eq!(on_cpu(""), None);
    }

    /// One process more than there are processors is one that waits.
    #[test]
    fn a_machine_is_busy_when_something_has_to_wait() {
        assert!(is_busy("2.01 1.00 0.50 3/120 4711\n", 2));
        assert!(!is_busy("2.00 9.00 9.00 3/120 4711\n", 2));
        assert!(!is_busy("", 2));
    }
}
