//! Runs `ansi_lines` on what the fuzzer finds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rejoinder_fuzz::ansi_lines::check(bytes));
