//! The crate against real programs on real terminals and pipes.
