//! The protocol's own clients against the built server, each in both eras and over both transports:
//! the Python client, the TypeScript clients, the Rust client, the inspector's command line.
//!
//! They are official implementations that know nothing of this project, and check what they get
//! by rules of their own. `cargo xtask setup` installs the pinned versions; a client that is
//! missing fails its tests, for a test that is skipped would guard nothing. With them comes the
//! terminal emulator that this project's screens are compared with.

mod support;
mod transport;

mod conversation;
mod offers;
mod python;
mod rust;
mod typescript;

mod inspector;
mod screens;
