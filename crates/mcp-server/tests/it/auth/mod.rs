//! Who a request is from: bearer tokens of a file, and tokens of an authorization
//! server that runs on this machine with keys of its own.

mod issuer;
mod signer;

mod bearer;
mod keys;
mod tokens;

use std::path::Path;

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use mcp_server::http::auth::{Authenticator, Moment};
use mcp_server::http::settings::HttpConfig;

/// This server, as tokens name it.
const AUDIENCE: &str = "https://mcp.example.com/mcp";

/// An authenticator with this `[http]` section.
fn authenticator(section: &str) -> anyhow::Result<Authenticator> {
    Authenticator::new(&toml::from_str::<HttpConfig>(section)?)
}

/// One that takes the tokens of this issuer, with more lines for `[http.auth.oauth]`.
fn for_issuer(issuer: &str, more: &str) -> Authenticator {
    let section = format!(
        "[auth]\nmode = \"oauth\"\n[auth.oauth]\nissuer = \"{issuer}\"\naudience = \"{AUDIENCE}\"\n{more}\n"
    );
    authenticator(&section).unwrap()
}

/// Text for a TOML string.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.to_str().unwrap())
}

/// How a request went: whom it is from, or how it is refused.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    principal: Option<String>,
    status: u16,
    challenge: String,
    retry_after: Option<u64>,
}

impl Verdict {
    #[track_caller]
    fn is(&self, principal: &str) {
        assert_eq!(self.principal.as_deref(), Some(principal), "{self:?}");
    }

    /// Refused with this status and these words in the challenge.
    #[track_caller]
    fn is_refused(&self, status: u16, words: &str) {
        assert!(self.principal.is_none(), "{self:?}");
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.challenge.contains(words), "{self:?}");
    }
}

/// The verdict on a request with this token at this moment.
async fn judge(authenticator: &Authenticator, token: &str, now: Moment) -> Verdict {
    judge_headers(authenticator, &headers_with(token), now).await
}

/// The headers of a request with this token.
fn headers_with(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    headers.insert(AUTHORIZATION, value);
    headers
}

async fn judge_headers(authenticator: &Authenticator, headers: &HeaderMap, now: Moment) -> Verdict {
    match authenticator.authenticate_at(headers, now).await {
        Ok(identity) => Verdict {
            principal: Some(identity.principal.into()),
            status: 200,
            challenge: String::new(),
            retry_after: None,
        },
        Err(challenge) => {
            let (status, headers, _) = challenge.into_response();
            let text = |name| {
                headers
                    .get(name)
                    .map(|it: &HeaderValue| it.to_str().unwrap())
            };
            Verdict {
                principal: None,
                status: status.as_u16(),
                challenge: text(WWW_AUTHENTICATE).unwrap_or_default().to_owned(),
                retry_after: text(RETRY_AFTER).map(|it| it.parse().unwrap()),
            }
        }
    }
}
