//! A JSON Web Token as an access token: what has to be true of it (RFC 8725,
//! RFC 9068, OAuth 2.1 section 5.2). The signature is checked by `jsonwebtoken`;
//! the time is an argument, so that this can be tested.

use anyhow::{Result, bail};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::keys::Key;
use super::principal::Principal;

/// The longest token, in bytes. Headers have limits of their own; those of tokens
/// with many groups in them stay below 8 KiB.
pub(super) const MAX_TOKEN: usize = 16 * 1024;

/// The longest name of somebody, in bytes: OpenID Connect gives `sub` 255
/// characters.
const MAX_SUBJECT: usize = 255;

/// What tokens have to be like.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) issuer: String,
    pub(super) audiences: Vec<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) required_scopes: Vec<String>,
    pub(super) principal_claim: String,
    /// Seconds that clocks may differ by.
    pub(super) leeway: u64,
}

/// What a token's header says about its signature. It is the token's claim and no
/// more, until the key says the same.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rejected {
    /// It is not right; the reason is for the client.
    Invalid(&'static str),
    /// It is right and lacks a scope.
    Scope,
}

/// The algorithm of this name, if a signature by it can be taken: one that is
/// checked with a public key.
///
/// # Errors
///
/// When there is no such.
pub(super) fn algorithm(name: &str) -> Result<Algorithm> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let taken = [
        RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA,
    ];
    match name.parse() {
        Ok(algorithm) if taken.contains(&algorithm) => Ok(algorithm),
        _ => bail!(
            "http.auth.oauth.algorithms has {name:?}; it takes signatures that a public key checks: \
             RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA"
        ),
    }
}

impl Rules {
    /// Reads a token's header.
    ///
    /// # Errors
    ///
    /// When it is no token that could be taken, whatever its signature.
    pub(super) fn head(&self, token: &str) -> Result<Head, Rejected> {
        if token.len() > MAX_TOKEN {
            return Err(Rejected::Invalid("the token is too long"));
        }
        // An algorithm that the library does not know, `none` first of all, is an
        // error here already.
        let header = decode_header(token).map_err(|_| {
            Rejected::Invalid("the token is not a JSON Web Token with a known signature algorithm")
        })?;
        if !self.algorithms.contains(&header.alg) {
            return Err(Rejected::Invalid(
                "the token's signature algorithm is not allowed",
            ));
        }
        if header.crit.is_some() {
            return Err(Rejected::Invalid("the token has critical extensions"));
        }
        if !header.typ.as_deref().is_none_or(is_access_token) {
            return Err(Rejected::Invalid(
                "the token is of another type than an access token",
            ));
        }
        Ok(Head {
            algorithm: header.alg,
            key_id: header.kid,
        })
    }

    /// Checks a token whose header is `head` with the key that it asked for, at
    /// `now` seconds since 1970, and says who it stands for, and at how many seconds
    /// since 1970 it is taken no longer.
    ///
    /// # Errors
    ///
    /// When the signature or a claim is not right, or a scope is missing.
    pub(super) fn verify(
        &self,
        token: &str,
        head: &Head,
        key: &Key,
        now: u64,
    ) -> Result<(Principal, f64), Rejected> {
        let mut validation = Validation::new(head.algorithm);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&self.audiences);
        // The library reads the clock for these; `check_times` is given it.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = decode::<Map<String, Value>>(token, key.decoding(), &validation)
            .map_err(|error| Rejected::Invalid(reason(error.kind())))?
            .claims;
        // The library takes a list of issuers as well.
        if claims.get("iss").and_then(Value::as_str) != Some(&self.issuer) {
            return Err(Rejected::Invalid("the token is of another issuer"));
        }
        let end = self.check_times(&claims, now)?;
        if claims.contains_key("cnf") {
            // RFC 9449 and RFC 8705: whoever merely has such a token may not use it.
            return Err(Rejected::Invalid(
                "the token is bound to a key whose possession cannot be shown here",
            ));
        }
        let principal = self.principal(&claims)?;
        self.check_scopes(&claims)?;
        Ok((principal, end))
    }

    /// RFC 7519, sections 4.1.4 to 4.1.6. The end is that of `exp` and the leeway.
    fn check_times(&self, claims: &Map<String, Value>, now: u64) -> Result<f64, Rejected> {
        let malformed = Rejected::Invalid("a time in the token is not a number");
        let time = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(malformed),
        };
        let (now, leeway) = (now as f64, self.leeway as f64);
        let end = time("exp")?.ok_or(malformed)? + leeway;
        if now >= end {
            return Err(Rejected::Invalid("the token has expired"));
        }
        if time("nbf")?.is_some_and(|from| now + leeway < from) {
            return Err(Rejected::Invalid("the token is not valid yet"));
        }
        if time("iat")?.is_some_and(|issued| now + leeway < issued) {
            return Err(Rejected::Invalid("the token was issued in the future"));
        }
        Ok(end)
    }

    fn principal(&self, claims: &Map<String, Value>) -> Result<Principal, Rejected> {
        match claims.get(&self.principal_claim).and_then(Value::as_str) {
            Some(name) if (1..=MAX_SUBJECT).contains(&name.len()) => {
                Ok(Principal::oauth(&self.issuer, &self.principal_claim, name))
            }
            _ => Err(Rejected::Invalid(
                "the token does not say whom it stands for",
            )),
        }
    }

    /// Scopes are names without an order: none implies another. They stand in
    /// `scope` (RFC 9068, section 2.2.3), or in `scp`, as several issuers write it.
    fn check_scopes(&self, claims: &Map<String, Value>) -> Result<(), Rejected> {
        let granted: Vec<&str> = ["scope", "scp"]
            .iter()
            .filter_map(|name| claims.get(*name))
            .flat_map(|value| match value {
                Value::String(text) => text.split(' ').collect(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            })
            .collect();
        let has = |scope: &String| granted.contains(&scope.as_str());
        match self.required_scopes.iter().all(has) {
            true => Ok(()),
            false => Err(Rejected::Scope),
        }
    }
}

/// Whether a header's `typ` may be that of an access token: `at+jwt` (RFC 9068),
/// or the plain `JWT` that most issuers write.
fn is_access_token(typ: &str) -> bool {
    let short = match typ.get(..12) {
        Some(start) if start.eq_ignore_ascii_case("application/") => &typ[12..],
        _ => typ,
    };
    short.eq_ignore_ascii_case("at+jwt") || short.eq_ignore_ascii_case("jwt")
}

fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature => "the token's signature is not right",
        ErrorKind::InvalidIssuer => "the token is of another issuer",
        ErrorKind::InvalidAudience => "the token is not for this server",
        ErrorKind::MissingRequiredClaim(claim) => match claim.as_str() {
            "exp" => "the token has no expiry",
            "iss" => "the token names no issuer",
            _ => "the token names no audience",
        },
        _ => "the token cannot be read",
    }
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
