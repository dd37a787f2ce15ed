//! Runs `pty_input` on what the fuzzer finds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rejoinder_fuzz::pty_input::check(bytes));
