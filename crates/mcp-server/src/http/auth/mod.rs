//! Who a request over HTTP is from.
//!
//! An [`Authenticator`] looks at a request's headers, and says which [`Principal`]
//! it is from, and until when that is shown, or with which [`Challenge`] to refuse it. `[http.auth]` of the
//! configuration chooses how:
//!
//! | `mode` | a client shows | it is |
//! | --- | --- | --- |
//! | `none` | nothing | [`Principal::local`] |
//! | `bearer` | a secret that both sides know (RFC 6750) | `token:<name>` |
//! | `oauth` | a token that an authorization server signed for this server (OAuth 2.1, RFC 9068) | `oauth:<issuer>:<subject>` |
//!
//! Credentials are taken from the `Authorization` header and from nowhere else, so
//! never from a URL, where logs would keep them. Nothing here logs a token.
//!
//! # Example
//!
//! ```
//! # async fn example() -> anyhow::Result<()> {
//! use mcp_server::http::auth::{Authenticator, Principal};
//! use mcp_server::http::settings::HttpConfig;
//!
//! let authenticator = Authenticator::new(&HttpConfig::default())?;
//! let headers = http::HeaderMap::new();
//! match authenticator.authenticate(&headers).await {
//!     Ok(identity) => assert_eq!(identity.principal, Principal::local()),
//!     Err(challenge) => drop(challenge.into_response()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//!
//! A token has at most 16 KiB; an issuer's documents 256 KiB, 128 keys and five
//! seconds each; a token file 256 KiB and 256 tokens.

mod challenge;
pub(super) mod config;
mod principal;

mod oauth;
mod tokens;

mod cache;
mod fetch;
mod issuer;
mod jwt;
mod keys;
mod remote;
mod watched;

use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;
use zeroize::Zeroizing;

pub use self::challenge::{Challenge, Refusal};
pub use self::issuer::METADATA_PATH;
pub use self::principal::{Identity, Principal};

use self::config::AuthMode;
use self::oauth::OAuth;
use self::tokens::{Tokens, is_token};
use super::settings::HttpConfig;

/// When to come again where the token file cannot be read: a person has to mend it.
const FILE_RETRY: Duration = Duration::from_secs(10);

/// A moment by both clocks: tokens have dates, keys have an age.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Seconds since 1970, UTC.
    pub unix_s: u64,
    /// The same moment by the clock that never jumps.
    pub monotonic: Instant,
}

impl Moment {
    /// This moment.
    #[must_use]
    pub fn now() -> Self {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self {
            // A clock before 1970 makes every token one of the future.
            unix_s: since_1970.map_or(0, |it| it.as_secs()),
            monotonic: Instant::now(),
        }
    }

    /// The moment at so many seconds since 1970, by the clock that never jumps, or now where that
    /// is over; `None` where it is farther away than that clock reaches. Whole seconds count, up,
    /// as [`unix_s`](Self::unix_s) is rounded down: what ends then is over by either clock.
    fn until(self, unix_s: f64) -> Option<Instant> {
        let ahead = (unix_s - self.unix_s as f64).ceil().max(0.0);
        let ahead = Duration::try_from_secs_f64(ahead).ok()?;
        self.monotonic.checked_add(ahead)
    }

    /// A later moment.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self {
            unix_s: self.unix_s + time.as_secs(),
            monotonic: self.monotonic + time,
        }
    }
}

/// Says who requests are from.
#[derive(Debug)]
pub struct Authenticator {
    way: Way,
    generated: Option<Zeroizing<String>>,
}

#[derive(Debug)]
enum Way {
    None,
    Bearer(Tokens),
    OAuth(Box<OAuth>),
}

impl Authenticator {
    /// What `config` says, with every address in it that is going to be listened on.
    ///
    /// # Errors
    ///
    /// When a value is not right, the server would be open to others than this
    /// machine's, or a file cannot be read or is open to others. An authorization
    /// server is asked only when the first token comes: one that is down keeps
    /// nobody from starting.
    pub fn new(config: &HttpConfig) -> Result<Self> {
        config.check()?;
        let mut generated = None;
        let way = match (config.auth.mode(), &config.auth.token_file) {
            (AuthMode::None, _) => Way::None,
            (AuthMode::Bearer, Some(path)) => Way::Bearer(Tokens::of_file(path)?),
            (AuthMode::Bearer, None) => {
                let (tokens, text) = Tokens::generate()?;
                generated = Some(text);
                Way::Bearer(tokens)
            }
            (AuthMode::OAuth, _) => {
                let oauth = config.auth.oauth.as_ref();
                let oauth =
                    oauth.context("http.auth.mode is \"oauth\" without [http.auth.oauth]")?;
                Way::OAuth(Box::new(OAuth::new(oauth)?))
            }
        };
        Ok(Self { way, generated })
    }

    /// Writes the token that was made for this run, if one was, and forgets it: the
    /// second call writes nothing. Meant for standard error.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn announce(&mut self, out: &mut dyn Write) -> std::io::Result<()> {
        let Some(token) = self.generated.take() else {
            return Ok(());
        };
        writeln!(
            out,
            "mcp-server: clients need this token until the server ends \
             (http.auth.token_file names a file of lasting ones):\n  Authorization: Bearer {}",
            *token
        )
    }

    /// Whom a request with these headers is from.
    ///
    /// # Errors
    ///
    /// The refusal to answer with, when it does not show that rightly.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Identity, Challenge> {
        self.authenticate_at(headers, Moment::now()).await
    }

    /// The same at a given moment.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn authenticate_at(
        &self,
        headers: &HeaderMap,
        now: Moment,
    ) -> Result<Identity, Challenge> {
        match &self.way {
            Way::None => Ok(Identity::lasting(Principal::local())),
            Way::Bearer(tokens) => known(tokens, bearer_token(headers)?).map(Identity::lasting),
            Way::OAuth(oauth) => {
                let token = bearer_token(headers).map_err(|it| oauth.lead(it))?;
                oauth.identity(token, now).await
            }
        }
    }

    /// The protected resource's metadata (RFC 9728), in mode `oauth`. It is for
    /// everybody, at [`METADATA_PATH`] and at `METADATA_PATH/mcp`.
    #[must_use]
    pub fn metadata(&self) -> Option<Value> {
        match &self.way {
            Way::OAuth(oauth) => Some(oauth.metadata()),
            Way::None | Way::Bearer(_) => None,
        }
    }
}

/// Whose token this is.
fn known(tokens: &Tokens, token: &str) -> Result<Principal, Challenge> {
    match tokens.name_of(token) {
        Ok(Some(name)) => Ok(Principal::token(&name)),
        Ok(None) => Err(Challenge::new(
            Refusal::InvalidToken,
            "the token is not known",
        )),
        Err(error) => {
            tracing::warn!("the token file cannot be read: {error:#}");
            let retry_after = FILE_RETRY;
            Err(Challenge::new(
                Refusal::Unavailable { retry_after },
                "the server's tokens cannot be read now",
            ))
        }
    }
}

/// The token of the one `Authorization` header (RFC 6750, section 2.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str, Challenge> {
    let missing = || {
        Challenge::new(
            Refusal::Missing,
            "the request needs a header `Authorization: Bearer <token>`",
        )
    };
    let malformed = |why: &'static str| Challenge::new(Refusal::Malformed, why);
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or_else(missing)?;
    if values.next().is_some() {
        return Err(malformed(
            "the request has more than one Authorization header",
        ));
    }
    let value = value
        .to_str()
        .map_err(|_| malformed("the Authorization header is not ASCII"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(missing());
    }
    match token.trim_matches(' ') {
        "" => Err(malformed("the Authorization header holds no token")),
        token if is_token(token) => Ok(token),
        _ => Err(Challenge::new(
            Refusal::InvalidToken,
            "the token is malformed",
        )),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(values: &[&str], expected: Result<&str, u16>) {
        let headers = headers(values);
        let found = bearer_token(&headers).map_err(|it| it.refusal().status().as_u16());
        assert_eq!(found, expected, "{values:?}");
    }

    /// RFC 6750: what is no bearer token is missing, what cannot be one is malformed.
    #[test]
    fn one_header_holds_one_token() {
        check(&["Bearer abc"], Ok("abc"));
        check(&["bEARER abc="], Ok("abc="));
        check(&["Bearer  a-._~+/9 "], Ok("a-._~+/9"));
        check(&[], Err(401));
        check(&["Basic YTpi"], Err(401));
        check(&["abc"], Err(401));
        check(&["Bearer"], Err(400));
        check(&["Bearer "], Err(400));
        check(&["Bearer ü"], Err(400));
        check(&["Bearer a", "Bearer a"], Err(400));
        check(&["Bearer a", "Basic YTpi"], Err(400));
        check(&["Bearer a b"], Err(401));
        check(&["Bearer a,b"], Err(401));
        check(&["Bearer \"a\""], Err(401));
    }

    fn from(text: &str) -> Result<Authenticator> {
        Authenticator::new(&toml::from_str(text)?)
    }

    #[tokio::test]
    async fn without_authentication_everybody_is_the_local_user() {
        let authenticator = from("listen = [\"127.0.0.1:1\"]").unwrap();
        for values in [&[][..], &["Bearer x"], &["Basic x", "y"]] {
            let found = authenticator.authenticate(&headers(values)).await;
            assert_eq!(found, Ok(Identity::lasting(Principal::local())));
        }
        assert!(authenticator.metadata().is_none());
    }

    /// Addresses of the command line are judged as those of the file are.
    #[test]
    fn nothing_is_made_for_a_server_that_is_open_to_others() {
        assert!(from("listen = [\"0.0.0.0:1\"]").is_err());
        from("listen = [\"0.0.0.0:1\"]\n[auth]\nmode = \"bearer\"").unwrap();
    }

    /// The token that was made is said once, and is what lets clients in.
    #[tokio::test]
    async fn a_token_is_made_where_no_file_is_named() {
        let mut authenticator = from("[auth]\nmode = \"bearer\"").unwrap();
        let mut said = Vec::new();
        authenticator.announce(&mut said).unwrap();
        let length = said.len();
        authenticator.announce(&mut said).unwrap();
        assert_eq!(said.len(), length);
        let said = String::from_utf8(said).unwrap();
        let token = said.trim_end().rsplit(' ').next().unwrap();
        let with = |token: &str| headers(&[&format!("Bearer {token}")]);
        let right = authenticator.authenticate(&with(token)).await.unwrap();
        assert_eq!(right.principal.as_str(), "token:default");
        assert_eq!(right.until, None);
        for wrong in [&token[1..], "", "default"] {
            assert!(authenticator.authenticate(&with(wrong)).await.is_err());
        }
        assert!(!format!("{authenticator:?}").contains(token));
    }
}
