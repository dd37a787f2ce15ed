//! `requestState` that a client can carry and can't change.
//!
//! A server that asks for input keeps nothing: what it needs to go on travels through the client
//! and comes back with the answers (2026-07-28, "Multi Round-Trip Requests"). It is an attacker's
//! text until a signature says otherwise, and the signature also ties it to who it was given to,
//! to the request it was given for, and to a time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How long a sealed state may be, in bytes of its text: 64 KiB.
pub const MAX_STATE_BYTES: usize = 64 << 10;

/// The format that is written, and the only one that is read.
const VERSION: u8 = 1;

const TAG_BYTES: usize = 16;
const MAC_BYTES: usize = 32;

/// The version, the expiry, and the tags of principal and request.
const HEAD_BYTES: usize = 1 + 8 + 2 * TAG_BYTES;

/// Seals and opens the `requestState` of multi-round-trip results, by HMAC-SHA-256 (RFC 2104).
///
/// The payload is protected against change, not against being read: the client can see it. Nor
/// does a seal make a state good for one use only; it can be presented again until it expires.
///
/// A request is given as its salient parts, such as its method, a tool's name and the JSON of the
/// arguments. Both times must be given the same parts: not `inputResponses`, which the second
/// attempt alone has.
///
/// # Example
///
/// ```
/// use mcp_proto::{StateRefused, StateSealer};
///
/// let sealer = StateSealer::new(&[7; 32]);
/// let request: [&[u8]; 2] = [b"tools/call", b"deploy"];
/// let state = sealer.seal("alice", &request, 1_000_060, b"step 2").unwrap();
///
/// assert_eq!(sealer.open(&state, "alice", &request, 1_000_000).unwrap(), b"step 2");
/// let refused = |principal, now| sealer.open(&state, principal, &request, now).unwrap_err();
/// assert_eq!(refused("bob", 1_000_000), StateRefused::OtherPrincipal);
/// assert_eq!(refused("alice", 1_000_060), StateRefused::Expired);
/// ```
#[derive(Clone)]
pub struct StateSealer {
    key: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

/// Why a `requestState` isn't accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateRefused {
    /// Longer than [`MAX_STATE_BYTES`].
    #[error("requestState has more than {MAX_STATE_BYTES} bytes")]
    TooLong,
    /// Not made by this server, or changed since, or made with a key that isn't known any more.
    #[error("requestState is not what this server gave; send the request without it")]
    Forged,
    /// It was good until some time ago.
    #[error("requestState has expired; send the request without it")]
    Expired,
    /// It was given to somebody else.
    #[error("requestState was given to somebody else; send the request without it")]
    OtherPrincipal,
    /// It was given for another request.
    #[error("requestState belongs to another request; send the request without it")]
    OtherRequest,
}

/// A payload is too long to be sealed: its text would have more than [`MAX_STATE_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a state of {bytes} bytes is too long to be sealed")]
pub struct StateTooLong {
    bytes: usize,
}

impl StateSealer {
    /// Seals with a key of 256 random bits.
    pub fn new(key: &[u8; 32]) -> Self {
        Self {
            key: keyed(key),
            previous: None,
        }
    }

    /// Opens also what was sealed with this key, for as long as such states may be under way after
    /// the key was changed.
    ///
    /// # Example
    ///
    /// ```
    /// use mcp_proto::StateSealer;
    ///
    /// let old = StateSealer::new(&[1; 32]).seal("alice", &[b"tools/call"], 60, b"").unwrap();
    /// let sealer = StateSealer::new(&[2; 32]).with_previous_key(&[1; 32]);
    /// assert!(sealer.open(&old, "alice", &[b"tools/call"], 0).is_ok());
    /// ```
    pub fn with_previous_key(mut self, key: &[u8; 32]) -> Self {
        self.previous = Some(keyed(key));
        self
    }

    /// Seals a payload for a principal and a request until a time, in seconds of the Unix epoch.
    /// The text is base64url (RFC 4648, section 5) without padding.
    ///
    /// # Errors
    ///
    /// When the text would be longer than [`MAX_STATE_BYTES`]: from about 48 KiB of payload.
    pub fn seal(
        &self,
        principal: &str,
        request: &[&[u8]],
        expires_at_unix_s: u64,
        payload: &[u8],
    ) -> Result<String, StateTooLong> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + payload.len() + MAC_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(&expires_at_unix_s.to_be_bytes());
        bytes.extend_from_slice(&principal_tag(&self.key, principal));
        bytes.extend_from_slice(&request_tag(&self.key, request));
        bytes.extend_from_slice(payload);
        bytes.extend_from_slice(&signature(&self.key, &bytes).finalize().into_bytes());
        let text = URL_SAFE_NO_PAD.encode(&bytes);
        match text.len() > MAX_STATE_BYTES {
            true => Err(StateTooLong {
                bytes: payload.len(),
            }),
            false => Ok(text),
        }
    }

    /// Opens what a client presents, at a time in seconds of the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`StateRefused`], by the first of its reasons that holds. The signature is compared in
    /// constant time and before anything else is believed.
    pub fn open(
        &self,
        text: &str,
        principal: &str,
        request: &[&[u8]],
        now_unix_s: u64,
    ) -> Result<Vec<u8>, StateRefused> {
        if text.len() > MAX_STATE_BYTES {
            return Err(StateRefused::TooLong);
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| StateRefused::Forged)?;
        let (sealed, mac) = bytes
            .split_last_chunk::<MAC_BYTES>()
            .ok_or(StateRefused::Forged)?;
        let is_signed = |key: &&Hmac<Sha256>| signature(key, sealed).verify_slice(mac).is_ok();
        let mut keys = std::iter::once(&self.key).chain(&self.previous);
        let key = keys.find(is_signed).ok_or(StateRefused::Forged)?;

        let (version, rest) = sealed.split_first().ok_or(StateRefused::Forged)?;
        let (expires_at, rest) = rest.split_first_chunk::<8>().ok_or(StateRefused::Forged)?;
        let (for_principal, rest) = rest
            .split_first_chunk::<TAG_BYTES>()
            .ok_or(StateRefused::Forged)?;
        let (for_request, payload) = rest
            .split_first_chunk::<TAG_BYTES>()
            .ok_or(StateRefused::Forged)?;
        if *version != VERSION {
            return Err(StateRefused::Forged);
        }
        if now_unix_s >= u64::from_be_bytes(*expires_at) {
            return Err(StateRefused::Expired);
        }
        if *for_principal != principal_tag(key, principal) {
            return Err(StateRefused::OtherPrincipal);
        }
        if *for_request != request_tag(key, request) {
            return Err(StateRefused::OtherRequest);
        }
        Ok(payload.to_vec())
    }
}

impl std::fmt::Debug for StateSealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StateSealer")
            .field("has_previous_key", &self.previous.is_some())
            .finish_non_exhaustive()
    }
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// What is signed begins with its purpose, so that none passes for another.
fn signature(key: &Hmac<Sha256>, sealed: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.clone();
    mac.update(b"mcp requestState seal\0");
    mac.update(sealed);
    mac
}

/// Keyed, so that a text tells nobody whose it is.
fn principal_tag(key: &Hmac<Sha256>, principal: &str) -> [u8; TAG_BYTES] {
    let mut mac = key.clone();
    mac.update(b"mcp requestState principal\0");
    mac.update(principal.as_bytes());
    tag(mac)
}

/// Each part goes with its length, so that no two lists of parts are the same bytes.
fn request_tag(key: &Hmac<Sha256>, request: &[&[u8]]) -> [u8; TAG_BYTES] {
    let mut mac = key.clone();
    mac.update(b"mcp requestState request\0");
    for part in request {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    tag(mac)
}

fn tag(mac: Hmac<Sha256>) -> [u8; TAG_BYTES] {
    let bytes = mac.finalize().into_bytes();
    std::array::from_fn(|index| bytes[index])
}
