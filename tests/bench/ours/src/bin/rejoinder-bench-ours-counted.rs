//! The server whose allocations are counted: it tells them on standard error in the end.

#![forbid(unsafe_code)]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> anyhow::Result<()> {
    rejoinder_bench_ours::run()?;
    let stats = ALLOCATOR.stats();
    eprintln!("allocations {}", stats.allocations + stats.reallocations);
    eprintln!("bytes {}", stats.bytes_allocated);
    Ok(())
}
