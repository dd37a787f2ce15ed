//! Runs `http_heads` on what the fuzzer finds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rejoinder_fuzz::http_heads::check(bytes));
