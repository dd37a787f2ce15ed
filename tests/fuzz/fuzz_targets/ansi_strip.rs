//! Runs `ansi_strip` on what the fuzzer finds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rejoinder_fuzz::ansi_strip::check(bytes));
