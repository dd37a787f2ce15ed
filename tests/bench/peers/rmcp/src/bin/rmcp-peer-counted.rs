//! The server whose allocations are counted: it tells them on standard error in the end.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    rmcp_peer::run();
    let stats = ALLOCATOR.stats();
    eprintln!("allocations {}", stats.allocations + stats.reallocations);
    eprintln!("bytes {}", stats.bytes_allocated);
}
