//! The server whose time is measured.

#![forbid(unsafe_code)]

fn main() -> anyhow::Result<()> {
    rejoinder_bench_ours::run()
}
