//! The URLs of the two parties: the authorization server's identifier with its
//! well-known addresses (RFC 8414, section 3; OpenID Connect Discovery 1.0,
//! section 4), and the protected resource's with its own (RFC 9728, section 3).

use std::net::IpAddr;

use anyhow::{Context, Result, bail};
use http::Uri;
use serde_json::Value;

/// The path of a resource's metadata, in front of the resource's own path.
pub const METADATA_PATH: &str = "/.well-known/oauth-protected-resource";

/// An authorization server's identifier.
#[derive(Debug, Clone)]
pub(super) struct Issuer {
    identifier: String,
    origin: String,
    path: String,
    loopback: bool,
}

impl Issuer {
    /// # Errors
    ///
    /// When it is not an `https` URL without query and fragment, or such an
    /// `http` URL of this machine.
    pub(super) fn parse(identifier: &str) -> Result<Self> {
        let key = "http.auth.oauth.issuer";
        let loopback = is_loopback(identifier);
        let uri = check_fetchable(identifier, loopback).context(key)?;
        if identifier.contains('?') {
            bail!("{key} is {identifier:?}; an issuer has no query");
        }
        Ok(Self {
            identifier: identifier.to_owned(),
            origin: origin(&uri),
            path: uri.path().trim_end_matches('/').to_owned(),
            loopback,
        })
    }

    /// The identifier to the letter, as in `iss`.
    pub(super) fn as_str(&self) -> &str {
        &self.identifier
    }

    /// Whether it runs on this machine, where nobody listens on the way.
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Where its metadata may be, in the order of the Model Context Protocol's
    /// "Authorization Server Metadata Discovery".
    pub(super) fn metadata_uris(&self) -> Vec<String> {
        let Self { origin, path, .. } = self;
        let mut uris = vec![
            format!("{origin}/.well-known/oauth-authorization-server{path}"),
            format!("{origin}/.well-known/openid-configuration{path}"),
        ];
        if !path.is_empty() {
            uris.push(format!("{origin}{path}/.well-known/openid-configuration"));
        }
        uris
    }

    /// Where its keys are, by its metadata.
    ///
    /// # Errors
    ///
    /// When the metadata is another issuer's (RFC 8414, section 3.3), or names no
    /// place that keys may be fetched from.
    pub(super) fn jwks_uri(&self, metadata: &Value) -> Result<String> {
        let named = metadata.get("issuer").and_then(Value::as_str);
        if named != Some(self.as_str()) {
            bail!("it is the metadata of issuer {named:?}");
        }
        let uri = metadata
            .get("jwks_uri")
            .and_then(Value::as_str)
            .context("it names no jwks_uri")?;
        check_fetchable(uri, self.loopback).context("its jwks_uri")?;
        Ok(uri.to_owned())
    }
}

/// This server as clients and authorization servers call it.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    uri: String,
    metadata: String,
}

impl Resource {
    /// # Errors
    ///
    /// When it is not an `http` or `https` URL without query and fragment.
    pub(super) fn parse(uri: &str) -> Result<Self> {
        let key = "http.auth.oauth.audience";
        let parsed = check_fetchable(uri, true).with_context(|| {
            format!("{key}: the first name is the URL of this server, such as https://mcp.example.com/mcp")
        })?;
        if uri.contains('?') {
            bail!("{key} is {uri:?}; it takes a URL without a query");
        }
        let path = parsed.path().trim_end_matches('/');
        Ok(Self {
            uri: uri.to_owned(),
            metadata: format!("{}{METADATA_PATH}{path}", origin(&parsed)),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.uri
    }

    /// Where its metadata is (RFC 9728, section 3.1).
    pub(super) fn metadata_uri(&self) -> &str {
        &self.metadata
    }
}

/// An absolute URL that may be fetched: `https`, or `http` where that is all right.
///
/// # Errors
///
/// When it is not, or has a fragment or a user in it.
pub(super) fn check_fetchable(text: &str, http_too: bool) -> Result<Uri> {
    let uri: Uri = text
        .parse()
        .with_context(|| format!("{text:?} is no URL"))?;
    let known = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => http_too,
        _ => false,
    };
    if !known || uri.host().is_none_or(str::is_empty) {
        bail!(
            "{text:?} is not the https URL that it has to be (http only for this machine's loopback)"
        );
    }
    if text.contains('#') || uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        bail!("{text:?} has a fragment or a user; it takes a URL without them");
    }
    Ok(uri)
}

fn origin(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |it| it.as_str());
    format!("{scheme}://{authority}")
}

/// Whether a URL's host is this machine by its loopback.
fn is_loopback(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|it| it.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The order that the specification gives, with and without a path.
    #[test]
    fn metadata_is_looked_for_where_clients_do() {
        let uris = |issuer: &str| Issuer::parse(issuer).unwrap().metadata_uris();
        let plain = [
            "https://auth.example.com/.well-known/oauth-authorization-server",
            "https://auth.example.com/.well-known/openid-configuration",
        ];
        assert_eq!(uris("https://auth.example.com"), plain);
        assert_eq!(uris("https://auth.example.com/"), plain);
        assert_eq!(
            uris("https://auth.example.com/tenant1"),
            [
                "https://auth.example.com/.well-known/oauth-authorization-server/tenant1",
                "https://auth.example.com/.well-known/openid-configuration/tenant1",
                "https://auth.example.com/tenant1/.well-known/openid-configuration",
            ]
        );
    }

    #[test]
    fn issuers_are_https_or_here() {
        for right in [
            "https://a.example",
            "https://a.example:8443/x/",
            "http://127.0.0.1:1/x",
            "http://[::1]:1",
            "http://localhost:1",
        ] {
            assert_eq!(Issuer::parse(right).unwrap().as_str(), right);
        }
        for wrong in [
            "",
            "a.example",
            "http://a.example",
            "http://localhost.a.example",
            "http://127.0.0.1.a.example",
            "ftp://127.0.0.1",
            "https://a.example?x",
            "https://a.example#x",
            "https://u@a.example",
            "https://127.0.0.1@a.example",
        ] {
            assert!(Issuer::parse(wrong).is_err(), "{wrong}");
        }
    }

    /// Metadata that names another issuer is not used, nor keys over plain HTTP.
    #[test]
    fn metadata_is_its_own_issuers() {
        let issuer = Issuer::parse("https://honest.example").unwrap();
        let uri = |issuer_named: &str, keys: &str| {
            issuer.jwks_uri(&json!({"issuer": issuer_named, "jwks_uri": keys}))
        };
        let keys = "https://honest.example/keys";
        assert_eq!(uri("https://honest.example", keys).unwrap(), keys);
        assert!(uri("https://honest.example/", keys).is_err());
        assert!(uri("https://attacker.example", keys).is_err());
        assert!(uri("https://honest.example", "http://honest.example/keys").is_err());
        assert!(
            issuer
                .jwks_uri(&json!({"issuer": "https://honest.example"}))
                .is_err()
        );
    }

    #[test]
    fn a_resource_has_its_metadata_in_front_of_its_path() {
        for (resource, metadata) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example:1/mcp",
                "https://a.example:1/.well-known/oauth-protected-resource/mcp",
            ),
            (
                "http://10.0.0.1/x/mcp",
                "http://10.0.0.1/.well-known/oauth-protected-resource/x/mcp",
            ),
        ] {
            assert_eq!(Resource::parse(resource).unwrap().metadata_uri(), metadata);
        }
        for wrong in ["mcp.example.com", "https://a#b", "https://a/?q", "urn:x"] {
            assert!(Resource::parse(wrong).is_err(), "{wrong}");
        }
    }
}
