//! What a client is told whose request is not from anybody: the status and the
//! `WWW-Authenticate` header of RFC 6750 (section 3) and RFC 9728 (section 5.1).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

/// What is being protected, for clients that show it to a person.
const REALM: &str = "rejoinder";

/// The refusal of a request, before anything of it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    refusal: Refusal,
    description: Cow<'static, str>,
    resource_metadata: Option<String>,
    scope: Option<String>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It shows nothing: 401 without an error code.
    Missing,
    /// It shows more than one thing, or cannot be read: 400 `invalid_request`.
    Malformed,
    /// What it shows is not, or no longer, right: 401 `invalid_token`.
    InvalidToken,
    /// Its token is right and does not reach: 403 `insufficient_scope`.
    InsufficientScope,
    /// It cannot be told now, as the issuer's keys or the token file cannot be
    /// read: 503 with `Retry-After`. A 401 would have the client throw away a
    /// token that may be right.
    Unavailable {
        /// When to ask again.
        retry_after: Duration,
    },
}

impl Refusal {
    /// The status that says so.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The error code of RFC 6750, section 3.1.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::Malformed => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::Unavailable { .. } => Some("temporarily_unavailable"),
        }
    }
}

impl Challenge {
    pub(super) fn new(refusal: Refusal, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            refusal,
            description: description.into(),
            resource_metadata: None,
            scope: None,
        }
    }

    /// Says where clients learn which authorization server to turn to, and what to
    /// ask of it.
    pub(super) fn leading_to(mut self, resource_metadata: &str, scopes: &[String]) -> Self {
        self.resource_metadata = Some(resource_metadata.to_owned());
        self.scope = (!scopes.is_empty()).then(|| scopes.join(" "));
        self
    }

    /// Why the request is refused.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        self.refusal
    }

    /// The value of `WWW-Authenticate`; none where no credentials would help.
    #[must_use]
    pub fn www_authenticate(&self) -> Option<HeaderValue> {
        if matches!(self.refusal, Refusal::Unavailable { .. }) {
            return None;
        }
        let mut value = format!("Bearer realm=\"{REALM}\"");
        let mut add = |name: &str, text: &str| {
            value.push_str(&format!(", {name}=\"{}\"", Quotable(text)));
        };
        if let Some(uri) = &self.resource_metadata {
            add("resource_metadata", uri);
        }
        if let Some(code) = self.refusal.code() {
            add("error", code);
            add("error_description", &self.description);
        }
        if let Some(scope) = &self.scope {
            add("scope", scope);
        }
        HeaderValue::try_from(value).ok()
    }

    /// The answer: its status, headers and JSON body.
    #[must_use]
    pub fn into_response(self) -> (StatusCode, HeaderMap, String) {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(value) = self.www_authenticate() {
            headers.insert(WWW_AUTHENTICATE, value);
        }
        if let Refusal::Unavailable { retry_after } = self.refusal {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
        }
        let body = json!({
            "error": self.refusal.code().unwrap_or("unauthorized"),
            "error_description": self.description,
        });
        (self.refusal.status(), headers, body.to_string())
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

/// Text that can stand between quotes: RFC 6750 takes printable ASCII without `"`
/// and `\`.
struct Quotable<'a>(&'a str);

impl fmt::Display for Quotable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            let c = match c {
                '"' | '\\' => '\'',
                ' '..='~' => c,
                _ => '?',
            };
            write!(f, "{c}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

    fn check(refusal: Refusal, status: u16, header: Option<&str>) {
        let scopes = ["a".to_owned(), "b".to_owned()];
        let challenge = Challenge::new(refusal, "why").leading_to(METADATA, &scopes);
        let (found, headers, body) = challenge.into_response();
        assert_eq!(found.as_u16(), status);
        let found = headers.get(WWW_AUTHENTICATE).map(|it| it.to_str().unwrap());
        assert_eq!(found, header);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert!(body.contains("why"));
    }

    /// The headers to the letter: clients of both eras find the metadata and the
    /// scopes in them.
    #[test]
    fn headers_are_those_of_the_standards() {
        let lead = format!("Bearer realm=\"rejoinder\", resource_metadata=\"{METADATA}\"");
        let with = |code: &str| {
            format!("{lead}, error=\"{code}\", error_description=\"why\", scope=\"a b\"")
        };
        check(
            Refusal::Missing,
            401,
            Some(&format!("{lead}, scope=\"a b\"")),
        );
        check(Refusal::Malformed, 400, Some(&with("invalid_request")));
        check(Refusal::InvalidToken, 401, Some(&with("invalid_token")));
        check(
            Refusal::InsufficientScope,
            403,
            Some(&with("insufficient_scope")),
        );
        let retry_after = Duration::from_secs(7);
        check(Refusal::Unavailable { retry_after }, 503, None);
    }

    #[test]
    fn who_cannot_be_judged_is_told_when_to_come_again() {
        for (after, said) in [(7_000, "7"), (10, "1")] {
            let retry_after = Duration::from_millis(after);
            let (_, headers, _) =
                Challenge::new(Refusal::Unavailable { retry_after }, "").into_response();
            assert_eq!(headers[RETRY_AFTER], said);
        }
    }

    /// Text of a token in a description cannot add a parameter or a header.
    #[test]
    fn descriptions_stay_between_their_quotes() {
        let challenge = Challenge::new(Refusal::InvalidToken, "a\", scope=\"x\r\nB: \\ü");
        let header = challenge.www_authenticate().unwrap();
        assert!(
            header
                .to_str()
                .unwrap()
                .ends_with("error_description=\"a', scope='x??B: '?\""),
            "{header:?}"
        );
    }
}
