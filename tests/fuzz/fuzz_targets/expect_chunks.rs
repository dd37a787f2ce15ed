//! Runs `expect_chunks` on what the fuzzer finds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rejoinder_fuzz::expect_chunks::check(bytes));
