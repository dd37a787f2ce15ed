//! What is the same for every connection of a server: identity, capabilities, limits.

use std::fmt;
use std::sync::OnceLock;

use crate::model::{Implementation, ServerCapabilities};
use crate::wire::to_json;

/// Requests of one connection that may be in flight at once unless told otherwise: 16,384.
pub const DEFAULT_MAX_IN_FLIGHT: usize = 16_384;

/// Messages in one JSON-RPC batch (2025-03-26 only): at most 256.
pub const MAX_BATCH_MESSAGES: usize = 256;

/// How long clients of 2026-07-28 may keep lists and discovery, unless told otherwise: five
/// minutes, in milliseconds.
pub const DEFAULT_TTL_MS: u64 = 300_000;

/// How long and for whom an answer may be cached (2026-07-28, "Caching").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    /// Milliseconds for which the answer is fresh; 0 means it is stale at once.
    pub ttl_ms: u64,
    /// Whether answers are the same for every caller, so that a shared cache may keep them.
    pub public: bool,
}

impl CachePolicy {
    /// Not to be kept at all: stale at once, and nobody else's.
    pub const NEVER: Self = Self {
        ttl_ms: 0,
        public: false,
    };
}

impl Default for CachePolicy {
    /// [`DEFAULT_TTL_MS`], private.
    fn default() -> Self {
        Self {
            ttl_ms: DEFAULT_TTL_MS,
            public: false,
        }
    }
}

/// A server's identity, capabilities and limits; shared by its connections.
///
/// # Example
///
/// ```
/// use mcp_proto::{Implementation, Server, ServerCapabilities};
///
/// let server = Server::new(Implementation::new("echo", "1.0.0"))
///     .with_instructions("Say something and hear it again.")
///     .with_capabilities(ServerCapabilities::new().with_logging());
/// ```
pub struct Server {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) capabilities: ServerCapabilities,
    pub(crate) cache: CachePolicy,
    pub(crate) max_in_flight: usize,
    /// What every result of 2026-07-28 says of the server, written once.
    identity_member: OnceLock<String>,
}

impl Server {
    /// A server with tools and nothing else.
    pub fn new(info: Implementation) -> Self {
        Self {
            info,
            instructions: None,
            capabilities: ServerCapabilities::default(),
            cache: CachePolicy::default(),
            max_in_flight: DEFAULT_MAX_IN_FLIGHT,
            identity_member: OnceLock::new(),
        }
    }

    /// Sets the guidance for models on how to use the server; best under 2 KB.
    pub fn with_instructions(mut self, text: impl Into<String>) -> Self {
        self.instructions = Some(text.into());
        self
    }

    /// Sets what the server declares.
    pub fn with_capabilities(mut self, capabilities: ServerCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sets how long and for whom lists and discovery may be cached.
    pub fn with_cache(mut self, cache: CachePolicy) -> Self {
        self.cache = cache;
        self
    }

    /// Sets how many requests of one connection may be in flight, at least 1.
    pub fn with_max_in_flight(mut self, requests: usize) -> Self {
        self.max_in_flight = requests.max(1);
        self
    }

    /// How long what comes and goes by itself may be kept: not at all, by whom it may be kept
    /// otherwise.
    pub(crate) fn changing(&self) -> CachePolicy {
        CachePolicy {
            ttl_ms: 0,
            ..self.cache
        }
    }

    /// `"io.modelcontextprotocol/serverInfo":{…}`, in short: it stands in every result. Discovery
    /// gives it in full.
    pub(crate) fn identity_member(&self) -> &str {
        self.identity_member.get_or_init(|| {
            let info = Implementation {
                title: self.info.title.clone(),
                ..Implementation::new(&self.info.name, &self.info.version)
            };
            format!("\"{}\":{}", crate::meta::SERVER_INFO, to_json(&info))
        })
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("info", &self.info)
            .field("capabilities", &self.capabilities)
            .field("max_in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
