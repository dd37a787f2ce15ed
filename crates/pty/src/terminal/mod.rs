//! The two ends of a pseudo-terminal: the leader, which this process holds,
//! and what it tells about the follower, which the program holds.

mod canonical;
mod discipline;
mod leader;
mod modes;
mod open;
#[cfg(target_os = "linux")]
mod packet;
mod queue;
mod quoting;
mod winsize;

pub use canonical::{CanonicalSplitter, MAX_CANONICAL_LINE, Segment};
pub use discipline::LineDiscipline;
pub use leader::{Follower, Leader};
pub use modes::{InitialModes, TerminalModes};
pub(crate) use open::{Pair, open_pair};
#[cfg(target_os = "linux")]
pub use packet::{Packet, PacketEvents, PacketReader};
pub use queue::{CanonicalWriter, DEFAULT_QUEUE_LIMIT, Flush};
pub use quoting::InputKind;
pub use winsize::{Winsize, WinsizeError};
