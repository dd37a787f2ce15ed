//! Who a request is from, as the owner of what it makes.

use std::fmt;
use std::time::Instant;

/// Whoever a request is from: the owner of the sessions that it starts.
///
/// It is one line of printable ASCII, fit for a log. Those of different kinds,
/// issuers or claims are never equal, whatever their names are:
///
/// | principal | is |
/// | --- | --- |
/// | `local` | the user of this machine, where nobody has to show who they are |
/// | `token:ci` | whoever has the bearer token named `ci` |
/// | `oauth:https%3A//auth.example.com:alice` | the subject `alice` of an issuer |
/// | `oauth:https%3A//auth.example.com:email:a@b.c` | the same by the claim `email` |
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Principal(String);

/// A principal as a request shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whom the request is from.
    pub principal: Principal,
    /// When what shows that is good no longer, the leeway for clocks included; `None` where it
    /// has no end.
    pub until: Option<Instant>,
}

impl Identity {
    /// A principal by what has no end.
    pub(super) fn lasting(principal: Principal) -> Self {
        Self {
            principal,
            until: None,
        }
    }
}

impl Principal {
    /// The user of this machine: over standard input, and over HTTP without authentication.
    #[must_use]
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// Whoever has the token of this name.
    pub(super) fn token(name: &str) -> Self {
        Self(format!("token:{}", Escaped(name)))
    }

    /// Whom this claim of this issuer's tokens names.
    pub(super) fn oauth(issuer: &str, claim: &str, value: &str) -> Self {
        let (issuer, value) = (Escaped(issuer), Escaped(value));
        Self(match claim {
            "sub" => format!("oauth:{issuer}:{value}"),
            claim => format!("oauth:{issuer}:{}:{value}", Escaped(claim)),
        })
    }

    /// The principal as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Principal> for String {
    fn from(principal: Principal) -> Self {
        principal.0
    }
}

/// Text in which no `:` is left, so that parts joined by one stay apart.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            match byte {
                b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' => write!(f, "{}", byte as char)?,
                byte if byte.is_ascii_alphanumeric() => write!(f, "{}", byte as char)?,
                byte => write!(f, "%{byte:02X}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn principals_read_as_documented() {
        let issuer = "https://auth.example.com";
        let oauth = |claim, value| String::from(Principal::oauth(issuer, claim, value));
        assert_eq!(Principal::local().as_str(), "local");
        assert_eq!(Principal::token("ci").to_string(), "token:ci");
        assert_eq!(
            oauth("sub", "alice"),
            "oauth:https%3A//auth.example.com:alice"
        );
        assert_eq!(
            oauth("email", "a@b.c"),
            "oauth:https%3A//auth.example.com:email:a@b.c"
        );
        assert_eq!(
            oauth("sub", "\n\u{202e}%"),
            "oauth:https%3A//auth.example.com:%0A%E2%80%AE%25"
        );
    }

    /// Nobody becomes somebody else by a name that looks like another principal.
    #[test]
    fn different_people_are_different_principals() {
        let names = [
            "", "a", "b", ":", "a:b", "%3A", "a%3Ab", "local", "token:a", "sub", "sub:a",
        ];
        let mut seen = HashSet::new();
        assert!(seen.insert(Principal::local()));
        for name in names {
            assert!(seen.insert(Principal::token(name)), "{name}");
            for issuer in names {
                for claim in ["sub", "email", "a", "a:b"] {
                    let principal = Principal::oauth(issuer, claim, name);
                    assert!(seen.insert(principal), "{issuer} {claim} {name}");
                }
            }
        }
    }
}
