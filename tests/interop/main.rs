//! The protocol's own clients against the built server: the Python client and the inspector's
//! command line, each in both eras.
//!
//! They are official implementations that know nothing of this project, and check what they get
//! by rules of their own. `cargo xtask setup` installs the pinned versions; a client that is
//! missing fails its tests, for a test that is skipped would guard nothing. With them comes the
//! terminal emulator that this project's screens are compared with.

mod inspector;
mod python;
mod screens;
mod support;
