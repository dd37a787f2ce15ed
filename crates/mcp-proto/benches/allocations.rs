//! What a call that goes nowhere allocates.
//!
//! `cargo bench -p mcp-proto --bench allocations` prints how many allocations there are and how
//! many bytes they come to; with `--figures` a line for each case, the two behind tabs. Counting
//! takes time, so `calls` measures that.

mod common;

use std::alloc::System;

use common::cases;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Runs that are counted.
const RUNS: usize = 1000;

fn main() {
    let figures = std::env::args().any(|arg| arg == "--figures");
    for mut case in cases() {
        // The first run compiles schemas.
        (case.run)();
        let region = Region::new(ALLOCATOR);
        for _ in 0..RUNS {
            (case.run)();
        }
        let stats = region.change();
        let pieces = (stats.allocations + stats.reallocations) as f64 / RUNS as f64;
        let bytes = stats.bytes_allocated as f64 / RUNS as f64;
        match figures {
            true => println!("{}\t{pieces}\t{bytes}", case.name),
            false => println!("{:44}{pieces:8.1} allocations{bytes:10.0} bytes", case.name),
        }
    }
}
