//! The role of an OAuth 2.1 resource server: tokens that an authorization server
//! signed for this server.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Moment;
use super::challenge::{Challenge, Refusal};
use super::config::OAuthConfig;
use super::fetch::Fetcher;
use super::issuer::{Issuer, Resource};
use super::jwt::{Head, Rejected, Rules, algorithm};
use super::keys::KeySet;
use super::principal::Identity;
use super::remote::{Place, RemoteKeys, Sought};
use super::watched::{Access, Watched};

/// When to come again where the file with the keys cannot be read: a person has to
/// mend it.
const FILE_RETRY: Duration = Duration::from_secs(10);

/// Whose tokens are taken, and which.
#[derive(Debug)]
pub(super) struct OAuth {
    resource: Resource,
    issuer: Issuer,
    rules: Rules,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    File(Watched<KeySet>),
    Remote(RemoteKeys),
}

impl OAuth {
    /// # Errors
    ///
    /// When a value of the configuration is not right, the file with the keys cannot
    /// be read, or nothing is there to check an issuer's certificate with. The
    /// issuer is not asked yet.
    pub(super) fn new(config: &OAuthConfig) -> Result<Self> {
        let issuer = Issuer::parse(&config.issuer)?;
        let audiences = config.audience.as_slice();
        let resource = audiences
            .first()
            .context("http.auth.oauth.audience is empty")?;
        let keys = match &config.jwks_file {
            Some(path) => {
                let file = Watched::new(path, Access::Any, |content| {
                    let document = serde_json::from_slice(content).context("it is not JSON")?;
                    KeySet::parse(&document)
                });
                file.get().context("http.auth.oauth.jwks_file")?;
                Keys::File(file)
            }
            None => Keys::Remote(RemoteKeys::new(Place {
                fetcher: Fetcher::new(needs_tls(config))?,
                issuer: issuer.clone(),
                jwks_uri: config.jwks_uri.clone(),
            })),
        };
        let algorithms = config.algorithms.iter().map(|name| algorithm(name));
        Ok(Self {
            resource: Resource::parse(resource)?,
            rules: Rules {
                issuer: issuer.as_str().to_owned(),
                audiences: audiences.to_vec(),
                algorithms: algorithms.collect::<Result<_>>()?,
                required_scopes: config.required_scopes.clone(),
                principal_claim: config.principal_claim.clone(),
                leeway: config.leeway_s,
            },
            issuer,
            keys,
        })
    }

    /// Whom a token stands for, and until when.
    pub(super) async fn identity(&self, token: &str, now: Moment) -> Result<Identity, Challenge> {
        let refuse = |rejected| {
            self.lead(match rejected {
                Rejected::Invalid(why) => Challenge::new(Refusal::InvalidToken, why),
                Rejected::Scope => Challenge::new(
                    Refusal::InsufficientScope,
                    "the token lacks a scope that this server needs",
                ),
            })
        };
        let unavailable = |retry_after| {
            let refusal = Refusal::Unavailable { retry_after };
            Challenge::new(refusal, "the issuer's keys cannot be read now")
        };
        let head = self.rules.head(token).map_err(refuse)?;
        let key = match self.seek(&head, now).await {
            Sought::Found(key) => key,
            Sought::Unknown => {
                return Err(refuse(Rejected::Invalid("the issuer has no such key")));
            }
            Sought::Unavailable(wait) => return Err(unavailable(wait)),
        };
        let (principal, end) = self
            .rules
            .verify(token, &head, &key, now.unix_s)
            .map_err(refuse)?;
        let until = now.until(end);
        Ok(Identity { principal, until })
    }

    async fn seek(&self, head: &Head, now: Moment) -> Sought {
        let file = match &self.keys {
            Keys::Remote(keys) => return keys.key(head, now.monotonic).await,
            Keys::File(file) => file,
        };
        match file.get() {
            Ok(keys) => keys.find(head).map_or(Sought::Unknown, Sought::Found),
            Err(error) => {
                tracing::warn!("the issuer's keys cannot be read: {error:#}");
                Sought::Unavailable(FILE_RETRY)
            }
        }
    }

    /// Says in a refusal which authorization server to turn to.
    pub(super) fn lead(&self, challenge: Challenge) -> Challenge {
        challenge.leading_to(self.resource.metadata_uri(), &self.rules.required_scopes)
    }

    /// The resource's metadata (RFC 9728, section 2).
    pub(super) fn metadata(&self) -> Value {
        let mut metadata = json!({
            "resource": self.resource.as_str(),
            "authorization_servers": [self.issuer.as_str()],
            "bearer_methods_supported": ["header"],
            "resource_name": "Rejoinder",
        });
        let scopes = &self.rules.required_scopes;
        if !scopes.is_empty() {
            metadata["scopes_supported"] = json!(scopes);
        }
        metadata
    }
}

/// Whether the first thing that is fetched is fetched over TLS.
fn needs_tls(config: &OAuthConfig) -> bool {
    let first = config.jwks_uri.as_ref().unwrap_or(&config.issuer);
    first.starts_with("https:")
}
