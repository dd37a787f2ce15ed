//! Tokens of an authorization server: which are taken, and how the others are
//! refused.

use std::time::Duration;

use http::HeaderMap;
use mcp_server::http::auth::Moment;
use serde_json::{Value, json};

use super::issuer::TestIssuer;
use super::signer::Signer;
use super::{AUDIENCE, for_issuer, headers_with, judge, judge_headers};

const METADATA: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

/// `alice` of this issuer.
fn alice(issuer: &TestIssuer) -> String {
    format!("oauth:{}:alice", issuer.url().replace(':', "%3A"))
}

#[tokio::test]
async fn a_right_token_is_taken_whatever_key_signed_it() {
    let signers = [Signer::p256("p"), Signer::rsa("r"), Signer::ed25519("e")];
    let issuer = TestIssuer::start(&signers.each_ref()).await;
    let authenticator = for_issuer(issuer.url(), "");
    let now = Moment::now();
    for signer in &signers {
        let token = signer.token(issuer.url(), now, &json!({}));
        judge(&authenticator, &token, now).await.is(&alice(&issuer));
    }
}

/// Only what is for this server, from this issuer, and now, is taken.
#[tokio::test]
async fn a_token_that_is_not_right_is_refused() {
    let signer = Signer::p256("p");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = for_issuer(issuer.url(), "");
    let now = Moment::now();
    let later = |seconds| now.after(Duration::from_secs(seconds)).unix_s;
    let cases: [(Value, &str); 6] = [
        (
            json!({"aud": "https://other.example.com/mcp"}),
            "not for this server",
        ),
        (json!({"aud": null}), "no audience"),
        (
            json!({"iss": "https://other.example.com"}),
            "another issuer",
        ),
        (json!({"exp": now.unix_s - 31}), "expired"),
        (json!({"nbf": later(60)}), "not valid yet"),
        (json!({"iat": later(60)}), "in the future"),
    ];
    for (changes, why) in cases {
        let token = signer.token(issuer.url(), now, &changes);
        let verdict = judge(&authenticator, &token, now).await;
        verdict.is_refused(401, "error=\"invalid_token\"");
        verdict.is_refused(401, why);
        verdict.is_refused(401, &format!("resource_metadata=\"{METADATA}\""));
    }
    let token = signer.token(issuer.url(), now, &json!({}));
    judge(&authenticator, &token, now).await.is(&alice(&issuer));
    let expired = now.after(Duration::from_secs(330));
    judge(&authenticator, &token, expired)
        .await
        .is_refused(401, "expired");
}

/// A token without a signature, or with one that anybody can make from the public
/// key, is no token; nor is one by another's key under the same id.
#[tokio::test]
async fn forged_tokens_are_refused() {
    let signer = Signer::rsa("r");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = for_issuer(issuer.url(), "");
    let now = Moment::now();
    let right = signer.token(issuer.url(), now, &json!({}));
    judge(&authenticator, &right, now).await.is(&alice(&issuer));
    let mut forged = signer.unsigned(issuer.url(), now);
    forged.extend(signer.forgeries(issuer.url(), now));
    for other in [Signer::rsa("r"), Signer::p256("r"), Signer::ed25519("r")] {
        forged.push(other.token(issuer.url(), now, &json!({})));
    }
    for token in forged {
        judge(&authenticator, &token, now)
            .await
            .is_refused(401, "error=\"invalid_token\"");
    }
}

/// A key is taken for the algorithms that the configuration names, and no others.
#[tokio::test]
async fn algorithms_are_those_of_the_configuration() {
    let signers = [Signer::p256("p"), Signer::ed25519("e")];
    let issuer = TestIssuer::start(&signers.each_ref()).await;
    let authenticator = for_issuer(issuer.url(), "algorithms = [\"EdDSA\"]");
    let now = Moment::now();
    let token = |signer: &Signer| signer.token(issuer.url(), now, &json!({}));
    judge(&authenticator, &token(&signers[0]), now)
        .await
        .is_refused(401, "not allowed");
    judge(&authenticator, &token(&signers[1]), now)
        .await
        .is(&alice(&issuer));
}

/// Who lacks a scope learns in one go which ones to ask for.
#[tokio::test]
async fn a_missing_scope_is_forbidden() {
    let signer = Signer::p256("p");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = for_issuer(issuer.url(), "required_scopes = [\"mcp:use\", \"mcp:run\"]");
    let now = Moment::now();
    let with = |scope: &str| signer.token(issuer.url(), now, &json!({"scope": scope}));
    let verdict = judge(&authenticator, &with("mcp:use"), now).await;
    verdict.is_refused(403, "error=\"insufficient_scope\"");
    verdict.is_refused(403, "scope=\"mcp:use mcp:run\"");
    verdict.is_refused(403, &format!("resource_metadata=\"{METADATA}\""));
    judge(&authenticator, &with("mcp:run mcp:use"), now)
        .await
        .is(&alice(&issuer));
}

/// Who shows a token is told of until when it is good, the leeway included: then it is refused, and
/// not a second before.
#[tokio::test]
async fn a_token_is_good_to_its_end() {
    let signer = Signer::ed25519("e");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = for_issuer(issuer.url(), "leeway_s = 10");
    let now = Moment::now();
    for (expires, left) in [(300.0, 310), (299.5, 310), (0.0, 10), (-9.0, 1)] {
        let expires = json!({"exp": now.unix_s as f64 + expires});
        let token = signer.token(issuer.url(), now, &expires);
        let headers = headers_with(&token);
        let identity = authenticator.authenticate_at(&headers, now).await.unwrap();
        let left = Duration::from_secs(left);
        assert_eq!(identity.until, Some(now.monotonic + left), "{expires}");
        let last = now.after(left - Duration::from_secs(1));
        judge(&authenticator, &token, last)
            .await
            .is(&alice(&issuer));
        let verdict = judge(&authenticator, &token, now.after(left)).await;
        verdict.is_refused(401, "expired");
    }
    let forever = signer.token(issuer.url(), now, &json!({"exp": u64::MAX}));
    let identity = authenticator
        .authenticate_at(&headers_with(&forever), now)
        .await;
    assert_eq!(identity.unwrap().until, None);
}

/// A client that knows nothing finds the way: from the challenge to the metadata,
/// and from there to the issuer.
#[tokio::test]
async fn a_request_without_a_token_is_shown_the_way() {
    let issuer = TestIssuer::start(&[&Signer::ed25519("e")]).await;
    let authenticator = for_issuer(issuer.url(), "required_scopes = [\"mcp:use\"]");
    let verdict = judge_headers(&authenticator, &HeaderMap::new(), Moment::now()).await;
    assert_eq!(verdict.status, 401);
    assert_eq!(
        verdict.challenge,
        format!("Bearer realm=\"rejoinder\", resource_metadata=\"{METADATA}\", scope=\"mcp:use\"")
    );
    assert_eq!(
        authenticator.metadata().unwrap(),
        json!({
            "resource": AUDIENCE,
            "authorization_servers": [issuer.url()],
            "bearer_methods_supported": ["header"],
            "resource_name": "Rejoinder",
            "scopes_supported": ["mcp:use"],
        })
    );
}
