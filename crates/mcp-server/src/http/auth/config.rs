//! `[http.auth]` of the configuration: how a client shows who it is.

use std::path::PathBuf;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::issuer::{Issuer, Resource, check_fetchable};
use super::jwt::algorithm;
use crate::http::settings::within;

/// Values of one list of `[http.auth.oauth]`.
const MAX_VALUES: usize = 64;

/// How a client shows who it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthConfig {
    /// The way; absent: none, which is refused beyond loopback.
    pub mode: Option<AuthMode>,
    /// For `bearer`: the file that holds the tokens; absent: one is made at each start.
    pub token_file: Option<PathBuf>,
    /// For `oauth`: whose tokens are taken.
    pub oauth: Option<OAuthConfig>,
}

/// A way of showing who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// None: everybody who reaches the server is its user.
    None,
    /// A secret that both sides know (RFC 6750).
    Bearer,
    /// A token that an authorization server signed (OAuth 2.1).
    #[serde(rename = "oauth")]
    OAuth,
}

/// Whose tokens are taken, and which.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthConfig {
    /// The authorization server's identifier, to the letter as in its tokens'
    /// `iss`: an `https` URL, or an `http` one of loopback.
    pub issuer: String,
    /// This server as the authorization server calls it: its canonical URI, or
    /// several names, of which the first is the URI.
    pub audience: OneOrMany,
    /// Where the issuer's keys are; absent: as its metadata says.
    #[serde(default)]
    pub jwks_uri: Option<String>,
    /// A file with the issuer's keys, instead of fetching them.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// Signature algorithms that are taken.
    #[serde(default = "default_algorithms")]
    pub algorithms: Vec<String>,
    /// Scopes that a token must have, all of them.
    #[serde(default)]
    pub required_scopes: Vec<String>,
    /// The claim that says who somebody is.
    #[serde(default = "default_principal_claim")]
    pub principal_claim: String,
    /// Seconds that clocks may differ by; 0 to 300.
    #[serde(default = "default_leeway_s")]
    pub leeway_s: u64,
}

/// One name or a list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The names.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

fn default_algorithms() -> Vec<String> {
    ["RS256", "ES256", "EdDSA"].map(str::to_owned).to_vec()
}

fn default_principal_claim() -> String {
    "sub".to_owned()
}

fn default_leeway_s() -> u64 {
    30
}

impl AuthConfig {
    /// The way that holds.
    #[must_use]
    pub fn mode(&self) -> AuthMode {
        self.mode.unwrap_or(AuthMode::None)
    }

    pub(in crate::http) fn check(&self) -> Result<()> {
        if self.token_file.is_some() && self.mode() != AuthMode::Bearer {
            bail!("http.auth.token_file is for http.auth.mode = \"bearer\"; set that too");
        }
        match (&self.oauth, self.mode()) {
            (Some(oauth), AuthMode::OAuth) => oauth.check(),
            (None, AuthMode::OAuth) => bail!(
                "http.auth.mode is \"oauth\"; it needs [http.auth.oauth] with `issuer` and `audience`"
            ),
            (Some(_), _) => {
                bail!("[http.auth.oauth] is for http.auth.mode = \"oauth\"; set that too")
            }
            (None, _) => Ok(()),
        }
    }
}

impl OAuthConfig {
    fn check(&self) -> Result<()> {
        let issuer = Issuer::parse(&self.issuer)?;
        let audiences = self.audience.as_slice();
        within(
            "auth.oauth.audience: its length",
            audiences.len(),
            1..=MAX_VALUES,
        )?;
        Resource::parse(&audiences[0])?;
        if audiences.iter().any(String::is_empty) {
            bail!("http.auth.oauth.audience has an empty name");
        }
        if let Some(uri) = &self.jwks_uri {
            if self.jwks_file.is_some() {
                bail!("http.auth.oauth takes one of `jwks_uri` and `jwks_file`");
            }
            check_fetchable(uri, issuer.is_loopback())
                .map_err(|error| error.context("http.auth.oauth.jwks_uri"))?;
        }
        within(
            "auth.oauth.algorithms: its length",
            self.algorithms.len(),
            1..=MAX_VALUES,
        )?;
        for name in &self.algorithms {
            algorithm(name)?;
        }
        within(
            "auth.oauth.required_scopes: its length",
            self.required_scopes.len(),
            0..=MAX_VALUES,
        )?;
        if let Some(scope) = self.required_scopes.iter().find(|it| !is_scope(it)) {
            bail!(
                "http.auth.oauth.required_scopes has {scope:?}; a scope has printable ASCII without \
                 blanks, quotes and backslashes"
            );
        }
        within("auth.oauth.leeway_s", self.leeway_s, 0..=300)?;
        if self.principal_claim.is_empty() {
            bail!("http.auth.oauth.principal_claim is empty; it takes the name of a claim");
        }
        Ok(())
    }
}

/// A scope token of RFC 6749, section 3.3.
fn is_scope(scope: &str) -> bool {
    let taken = |byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    !scope.is_empty() && scope.bytes().all(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "mode = \"oauth\"\n[oauth]\n\
         issuer = \"https://auth.example.com\"\naudience = \"https://mcp.example.com/mcp\"\n";

    fn check(text: &str) -> Result<()> {
        toml::from_str::<AuthConfig>(text)?.check()
    }

    #[track_caller]
    fn refused(text: &str, says: &str) {
        let said = format!("{:#}", check(text).unwrap_err());
        assert!(said.contains(says), "{said}");
    }

    #[test]
    fn modes_and_what_goes_with_them() {
        check("").unwrap();
        check("mode = \"bearer\"").unwrap();
        check("mode = \"bearer\"\ntoken_file = \"/x\"").unwrap();
        check(RIGHT).unwrap();
        refused("token_file = \"/x\"", "token_file");
        refused("mode = \"oauth\"", "needs [http.auth.oauth]");
        refused(
            &RIGHT.replace("\"oauth\"", "\"bearer\""),
            "for http.auth.mode",
        );
        refused("mode = \"basic\"", "basic");
    }

    #[test]
    fn oauth_defaults_are_safe_ones() {
        let config: AuthConfig = toml::from_str(RIGHT).unwrap();
        let oauth = config.oauth.unwrap();
        assert_eq!(oauth.algorithms, ["RS256", "ES256", "EdDSA"]);
        assert_eq!(oauth.principal_claim, "sub");
        assert_eq!(oauth.leeway_s, 30);
    }

    /// What would weaken the check of a token is refused when the server starts.
    #[test]
    fn oauth_values_are_checked() {
        let with = |line: &str| format!("{RIGHT}{line}\n");
        for algorithm in ["none", "HS256", "HS512", "RS1"] {
            refused(&with(&format!("algorithms = [\"{algorithm}\"]")), algorithm);
        }
        refused(&with("algorithms = []"), "algorithms");
        refused(&with("required_scopes = [\"a b\"]"), "required_scopes");
        refused(&with("leeway_s = 301"), "0 to 300");
        refused(&with("principal_claim = \"\""), "principal_claim");
        refused(
            &with("jwks_uri = \"http://auth.example.com/keys\""),
            "https",
        );
        refused(
            &with("jwks_uri = \"https://a/keys\"\njwks_file = \"/keys\""),
            "one of",
        );
        check(&with("leeway_s = 300")).unwrap();
        let audience = |value: &str| RIGHT.replace("\"https://mcp.example.com/mcp\"", value);
        check(&audience("[\"https://mcp.example.com\", \"api://1\"]")).unwrap();
        refused(&audience("[]"), "1 to 64");
        refused(&audience("\"api://1\""), "audience");
        refused(&audience("\"https://mcp.example.com/#x\""), "audience");
        let issuer = |value: &str| RIGHT.replace("https://auth.example.com", value);
        refused(&issuer("http://auth.example.com"), "https");
        check(&issuer("http://127.0.0.1:9000")).unwrap();
    }
}
