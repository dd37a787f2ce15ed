//! Pure policy decisions: verdicts on programs, paths and calls, and rate limits
