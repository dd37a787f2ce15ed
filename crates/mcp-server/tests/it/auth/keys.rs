//! An issuer's keys: found, fetched once, replaced, and not there.

use std::fs;
use std::time::Duration;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderValue};
use mcp_server::http::auth::{Authenticator, Moment};
use serde_json::{Value, json};

use super::issuer::{KEYS, OAUTH_METADATA, OPENID_METADATA, TestIssuer};
use super::signer::Signer;
use super::{Verdict, authenticator, for_issuer, judge, quoted};

/// The least time between two fetches for unknown keys, and after one that failed.
const REFETCH_AFTER: Duration = Duration::from_secs(30);
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The verdict on a right token by this key at this moment.
async fn by(
    signer: &Signer,
    issuer: &TestIssuer,
    authenticator: &Authenticator,
    now: Moment,
) -> Verdict {
    let token = signer.token(issuer.url(), now, &json!({}));
    judge(authenticator, &token, now).await
}

#[track_caller]
fn taken(verdict: &Verdict) {
    assert!(verdict.principal.is_some(), "{verdict:?}");
}

/// Keys are fetched when the first token comes, once for all that come together,
/// and not again while they are fresh.
#[tokio::test]
async fn keys_are_fetched_once() {
    let signer = Signer::ed25519("a");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = std::sync::Arc::new(for_issuer(issuer.url(), ""));
    assert_eq!(issuer.requests(KEYS), 0);
    let now = Moment::now();
    let token = signer.token(issuer.url(), now, &json!({}));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (authenticator, token) = (std::sync::Arc::clone(&authenticator), token.clone());
        requests.spawn(async move { judge(&authenticator, &token, now).await });
    }
    for verdict in requests.join_all().await {
        taken(&verdict);
    }
    assert_eq!(issuer.requests(KEYS), 1);
    assert_eq!(issuer.requests(OAUTH_METADATA), 1);
}

/// A request that is given up does not take the keys from those after it.
#[tokio::test]
async fn a_fetch_outlives_the_request_that_began_it() {
    let signer = Signer::ed25519("a");
    let issuer = TestIssuer::start(&[&signer]).await;
    let authenticator = for_issuer(issuer.url(), "");
    let now = Moment::now();
    let token = signer.token(issuer.url(), now, &json!({}));
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    headers.insert(AUTHORIZATION, value);
    let given_up = authenticator.authenticate_at(&headers, now);
    assert!(
        tokio::time::timeout(Duration::ZERO, given_up)
            .await
            .is_err()
    );
    taken(&judge(&authenticator, &token, now).await);
    assert_eq!(issuer.requests(KEYS), 1);
}

/// Ids that nobody knows cost the issuer one request in half a minute.
#[tokio::test]
async fn an_unknown_key_is_asked_for_once() {
    let (known, unknown) = (Signer::ed25519("a"), Signer::ed25519("b"));
    let issuer = TestIssuer::start(&[&known]).await;
    let authenticator = for_issuer(issuer.url(), "");
    let start = Moment::now();
    taken(&by(&known, &issuer, &authenticator, start).await);
    let now = start.after(REFETCH_AFTER);
    for _ in 0..20 {
        by(&unknown, &issuer, &authenticator, now)
            .await
            .is_refused(401, "no such key");
        taken(&by(&known, &issuer, &authenticator, now).await);
    }
    assert_eq!(issuer.requests(KEYS), 2);
}

/// A key that the issuer begins to use is taken, one that it withdrew no more.
#[tokio::test]
async fn keys_are_replaced() {
    let (old, new) = (Signer::p256("old"), Signer::p256("new"));
    let issuer = TestIssuer::start(&[&old]).await;
    let authenticator = for_issuer(issuer.url(), "");
    let start = Moment::now();
    taken(&by(&old, &issuer, &authenticator, start).await);
    issuer.publish_keys(&[&old, &new]);
    let both = start.after(REFETCH_AFTER);
    taken(&by(&new, &issuer, &authenticator, both).await);
    taken(&by(&old, &issuer, &authenticator, both).await);
    issuer.publish_keys(&[&new]);
    let fresh_for = Duration::from_secs(600);
    let withdrawn = both.after(fresh_for + Duration::from_secs(1));
    by(&old, &issuer, &authenticator, withdrawn)
        .await
        .is_refused(401, "no such key");
    taken(&by(&new, &issuer, &authenticator, withdrawn).await);
}

/// While nobody can tell whether a token is right, none is called wrong: the client
/// is told to come again. Keys that are known go on being taken.
#[tokio::test]
async fn an_issuer_that_is_down_makes_no_token_wrong() {
    let (known, other) = (Signer::ed25519("a"), Signer::ed25519("b"));
    let issuer = TestIssuer::start(&[&known]).await;
    let authenticator = for_issuer(issuer.url(), "");
    issuer.set_down(true);
    let start = Moment::now();
    for _ in 0..3 {
        let verdict = by(&known, &issuer, &authenticator, start).await;
        verdict.is_refused(503, "");
        assert_eq!(verdict.retry_after, Some(RETRY_AFTER.as_secs()));
        assert_eq!(verdict.challenge, "");
    }
    assert_eq!(issuer.requests(OAUTH_METADATA), 1);
    issuer.set_down(false);
    let up = start.after(RETRY_AFTER);
    taken(&by(&known, &issuer, &authenticator, up).await);
    issuer.set_down(true);
    let down = up.after(Duration::from_secs(3_600));
    taken(&by(&known, &issuer, &authenticator, down).await);
    by(&other, &issuer, &authenticator, down)
        .await
        .is_refused(503, "");
    let long_down = down.after(Duration::from_secs(11));
    by(&known, &issuer, &authenticator, long_down)
        .await
        .is_refused(503, "");
}

/// An issuer is found by OpenID Connect's document too, but never by one that is
/// another's.
#[tokio::test]
async fn metadata_is_the_issuers_own() {
    let signer = Signer::ed25519("a");
    let issuer = TestIssuer::start(&[&signer]).await;
    let metadata = issuer.metadata();
    issuer.publish(OAUTH_METADATA, None);
    issuer.publish(OPENID_METADATA, Some(metadata.clone()));
    let now = Moment::now();
    let fresh = || for_issuer(issuer.url(), "");
    taken(&by(&signer, &issuer, &fresh(), now).await);
    let mut others = metadata.clone();
    others["issuer"] = json!("https://other.example.com");
    issuer.publish(OAUTH_METADATA, Some(others.clone()));
    taken(&by(&signer, &issuer, &fresh(), now).await);
    issuer.publish(OPENID_METADATA, Some(others));
    by(&signer, &issuer, &fresh(), now)
        .await
        .is_refused(503, "");
    let mut elsewhere = metadata;
    elsewhere["jwks_uri"] = json!("ftp://127.0.0.1/keys");
    issuer.publish(OPENID_METADATA, Some(elsewhere));
    by(&signer, &issuer, &fresh(), now)
        .await
        .is_refused(503, "");
    issuer.publish(OAUTH_METADATA, None);
    issuer.publish(OPENID_METADATA, None);
    let named = format!("jwks_uri = \"{}{KEYS}\"", issuer.url());
    taken(&by(&signer, &issuer, &for_issuer(issuer.url(), &named), now).await);
    for odd in [json!({}), json!({"keys": []}), Value::Null] {
        issuer.publish(KEYS, Some(odd));
        let named = for_issuer(issuer.url(), &named);
        by(&signer, &issuer, &named, now).await.is_refused(503, "");
    }
}

/// Keys of a file need no network, and hold as the file stands.
#[tokio::test]
async fn keys_may_stand_in_a_file() {
    let (old, new) = (Signer::p256("old"), Signer::p256("new"));
    let issuer = TestIssuer::start(&[]).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("keys.json");
    let write = |signer: &Signer| {
        fs::write(&path, json!({"keys": [signer.jwk()]}).to_string()).unwrap();
    };
    write(&old);
    let line = format!("jwks_file = {}", quoted(&path));
    let with_file = for_issuer(issuer.url(), &line);
    let now = Moment::now();
    taken(&by(&old, &issuer, &with_file, now).await);
    by(&new, &issuer, &with_file, now)
        .await
        .is_refused(401, "no such key");
    write(&new);
    taken(&by(&new, &issuer, &with_file, now).await);
    by(&old, &issuer, &with_file, now)
        .await
        .is_refused(401, "no such key");
    fs::write(&path, "{").unwrap();
    by(&new, &issuer, &with_file, now).await.is_refused(503, "");
    assert_eq!(issuer.requests(KEYS), 0);
    let section = format!(
        "[auth]\nmode = \"oauth\"\n[auth.oauth]\nissuer = \"{}\"\naudience = \"https://m\"\n{line}\n",
        issuer.url()
    );
    assert!(format!("{:#}", authenticator(&section).unwrap_err()).contains("jwks_file"));
}
