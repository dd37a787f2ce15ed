//! The protocol revisions this crate speaks and what each of them knows.
//!
//! A revision is a date. Everything that differs between two revisions is asked here, by a
//! method that names the feature, so that no other file compares dates. Which messages belong to
//! which era is decided in [`crate::Connection`].

use std::fmt;
use std::str::FromStr;

/// A dated revision of the Model Context Protocol.
///
/// Ordered by age, so `revision >= Revision::V2025_06_18` reads as "that revision or newer".
///
/// # Example
///
/// ```
/// use mcp_proto::{Era, Revision};
///
/// let revision: Revision = "2025-06-18".parse().unwrap();
/// assert_eq!(revision.era(), Era::Initialize);
/// assert!(revision.has_structured_content());
/// assert!("2025-06-19".parse::<Revision>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Revision {
    /// The first public revision.
    V2024_11_05,
    /// Adds tool annotations, audio, progress messages and (only here) JSON-RPC batches.
    V2025_03_26,
    /// Adds titles, structured results, resource links; removes batches.
    V2025_06_18,
    /// Adds icons and makes the `id` of an unattributable error optional.
    V2025_11_25,
    /// Stateless: no handshake, every request carries its own version and capabilities.
    V2026_07_28,
}

/// The two ways a client and a server agree on what they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// A connection opens with `initialize`, which settles the revision for what follows.
    Initialize,
    /// Each request names its revision and the client's capabilities in `_meta`.
    Stateless,
}

impl Revision {
    /// Every revision, newest first: the order in which a server offers them.
    pub const ALL: [Self; 5] = [
        Self::V2026_07_28,
        Self::V2025_11_25,
        Self::V2025_06_18,
        Self::V2025_03_26,
        Self::V2024_11_05,
    ];

    /// The newest revision that begins with `initialize`; what a server answers to an
    /// `initialize` for a revision it doesn't know.
    pub const NEWEST_INITIALIZE: Self = Self::V2025_11_25;

    /// The newest revision without a handshake.
    pub const NEWEST_STATELESS: Self = Self::V2026_07_28;

    /// The date as it stands on the wire, such as `2025-11-25`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Which era the revision belongs to.
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Stateless,
            _ => Era::Initialize,
        }
    }

    /// Whether several messages may stand in one JSON array. True for 2025-03-26 alone.
    pub const fn has_batches(self) -> bool {
        matches!(self, Self::V2025_03_26)
    }

    /// Whether a tool carries `annotations`.
    pub fn has_tool_annotations(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether results may hold audio blocks.
    pub fn has_audio(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether a progress notification may carry a `message`.
    pub fn has_progress_message(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether tools and implementations have a `title`, and content blocks a `_meta`.
    pub fn has_titles(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether tools declare an `outputSchema` and results carry `structuredContent`.
    pub fn has_structured_content(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether `structuredContent` may be any JSON value instead of an object only.
    pub fn has_any_structured_value(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// Whether a result may link to a resource.
    pub fn has_resource_links(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether the user may be asked something.
    pub fn has_elicitation(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Whether the user may be sent to a URL, and an elicitation says its mode.
    pub fn has_elicitation_modes(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether a form may have titled choices as `oneOf`, choices of several values, and defaults
    /// of any kind.
    pub fn has_form_choices(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether a client can declare that its model may be given tools while it is sampled from.
    pub fn has_sampling_tools(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether the server declares that it completes values.
    pub fn has_completions_capability(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether tools and implementations have `icons`, and implementations a `description`.
    pub fn has_icons(self) -> bool {
        self >= Self::V2025_11_25
    }

    /// Whether a stream over HTTP begins with an event that has an id and no data, to resume by.
    /// Clients before 2025-11-25 take the empty text for a message that is no JSON; in 2026-07-28
    /// no stream is resumed.
    pub const fn primes_streams(self) -> bool {
        matches!(self, Self::V2025_11_25)
    }

    /// Whether an error about a message whose id is unknown leaves `id` out (newer revisions)
    /// or says `"id":null` (JSON-RPC 2.0, section 5).
    pub fn omits_unknown_id(self) -> bool {
        self >= Self::V2025_11_25
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not the date of a revision this crate speaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no protocol revision known here")]
pub struct UnknownRevision(String);

impl FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|revision| revision.as_str() == text)
            .ok_or_else(|| UnknownRevision(text.chars().take(64).collect()))
    }
}
