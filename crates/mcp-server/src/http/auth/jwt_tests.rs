//! What has to be true of a token, claim by claim, at a given time.

#![allow(
    clippy::needless_pass_by_value,
    reason = "cases are written where they are used"
)]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::http::auth::keys::KeySet;

const NOW: u64 = 2_000_000_000;
const LEEWAY: u64 = 30;
const ISSUER: &str = "https://auth.example.com";
const AUDIENCE: &str = "https://mcp.example.com/mcp";

struct Bench {
    pair: Ed25519KeyPair,
    keys: KeySet,
    rules: Rules,
}

impl Bench {
    fn new() -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key());
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]});
        Self {
            pair,
            keys: KeySet::parse(&keys).unwrap(),
            rules: Rules {
                issuer: ISSUER.to_owned(),
                audiences: vec![AUDIENCE.to_owned(), "api://mcp".to_owned()],
                algorithms: vec![Algorithm::EdDSA],
                required_scopes: vec!["mcp:use".to_owned()],
                principal_claim: "sub".to_owned(),
                leeway: LEEWAY,
            },
        }
    }

    fn sign(&self, header: &Value, claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", part(&header.to_string()), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn judge(&self, token: &str) -> Result<String, Rejected> {
        let head = self.rules.head(token)?;
        let key = self.keys.find(&head).expect("the set has the one key");
        self.rules
            .verify(token, &head, &key, NOW)
            .map(|(principal, _)| String::from(principal))
    }

    /// The verdict on a right token with these claims in place of its own; `null`
    /// takes one away.
    fn with(&self, changes: Value) -> Result<String, Rejected> {
        self.judge(&self.sign(&json!({"alg": "EdDSA"}), &claims(changes).to_string()))
    }

    fn with_header(&self, header: Value) -> Result<String, Rejected> {
        self.judge(&self.sign(&header, &claims(json!({})).to_string()))
    }
}

fn claims(changes: Value) -> Value {
    let mut claims = json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": NOW + 300,
        "iat": NOW - 1, "scope": "other mcp:use"});
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    claims
}

const ALICE: &str = "oauth:https%3A//auth.example.com:alice";

#[track_caller]
fn refused(verdict: Result<String, Rejected>, why: &str) {
    match verdict {
        Err(Rejected::Invalid(reason)) => assert!(reason.contains(why), "{reason}"),
        other => panic!("{other:?} instead of {why:?}"),
    }
}

#[test]
fn a_right_token_says_who_it_stands_for() {
    let mut bench = Bench::new();
    assert_eq!(bench.with(json!({})).unwrap(), ALICE);
    bench.rules.principal_claim = "email".to_owned();
    assert_eq!(
        bench.with(json!({"email": "a@b.c"})).unwrap(),
        "oauth:https%3A//auth.example.com:email:a@b.c"
    );
}

/// A token is for this server by its audience, or it is for nobody here.
#[test]
fn the_audience_is_this_server() {
    let bench = Bench::new();
    for right in [
        json!(AUDIENCE),
        json!(["https://x", AUDIENCE]),
        json!(["api://mcp"]),
    ] {
        assert_eq!(bench.with(json!({"aud": right})).unwrap(), ALICE);
    }
    for wrong in [
        json!("https://mcp.example.com"),
        json!("https://mcp.example.com/mcp/"),
        json!(["https://other.example/mcp"]),
        json!([]),
    ] {
        refused(bench.with(json!({"aud": wrong})), "not for this server");
    }
    refused(bench.with(json!({"aud": null})), "no audience");
    assert!(bench.with(json!({"aud": 1})).is_err());
    assert!(
        bench
            .with(json!({"aud": {"https://mcp.example.com/mcp": 1}}))
            .is_err()
    );
}

#[test]
fn the_issuer_is_exact() {
    let bench = Bench::new();
    for wrong in [
        "https://auth.example.com/",
        "https://AUTH.example.com",
        "https://evil.example",
    ] {
        refused(bench.with(json!({"iss": wrong})), "another issuer");
    }
    refused(
        bench.with(json!({"iss": [ISSUER, "https://evil.example"]})),
        "another issuer",
    );
    refused(bench.with(json!({"iss": null})), "no issuer");
}

/// Times hold to the second, give or take what clocks may differ by.
#[test]
fn times_are_checked_at_their_edges() {
    let bench = Bench::new();
    let exp = |at: u64| bench.with(json!({"exp": at}));
    assert!(exp(NOW - LEEWAY + 1).is_ok());
    refused(exp(NOW - LEEWAY), "expired");
    refused(exp(0), "expired");
    refused(bench.with(json!({"exp": null})), "no expiry");
    for odd in [json!("2999999999"), json!([]), json!(true)] {
        assert!(bench.with(json!({"exp": odd})).is_err(), "{odd}");
    }
    assert!(bench.with(json!({"exp": NOW as f64 + 0.5})).is_ok());
    for (claim, why) in [("nbf", "not valid yet"), ("iat", "in the future")] {
        assert!(bench.with(json!({claim: NOW + LEEWAY})).is_ok());
        refused(bench.with(json!({claim: NOW + LEEWAY + 1})), why);
        refused(bench.with(json!({claim: "1"})), "not a number");
        assert!(bench.with(json!({claim: null})).is_ok());
    }
}

/// A token that lacks a scope is right and does not reach: the two are told apart.
#[test]
fn every_required_scope_is_there() {
    let mut bench = Bench::new();
    for right in [
        json!({"scope": "mcp:use"}),
        json!({"scope": null, "scp": "a mcp:use"}),
        json!({"scope": null, "scp": ["a", "mcp:use"]}),
    ] {
        assert_eq!(bench.with(right).unwrap(), ALICE);
    }
    for lacking in [
        json!(null),
        json!(""),
        json!("mcp:user mcp"),
        json!("MCP:USE"),
        json!(1),
    ] {
        assert_eq!(bench.with(json!({"scope": lacking})), Err(Rejected::Scope));
    }
    bench.rules.required_scopes.push("b".to_owned());
    assert_eq!(bench.with(json!({})), Err(Rejected::Scope));
    // Who has the wrong token does not learn of scopes.
    refused(bench.with(json!({"exp": 1})), "expired");
    bench.rules.required_scopes.clear();
    assert!(bench.with(json!({"scope": null})).is_ok());
}

#[test]
fn somebody_has_a_name() {
    let bench = Bench::new();
    for nobody in [
        json!(null),
        json!(""),
        json!(7),
        json!("x".repeat(MAX_SUBJECT + 1)),
    ] {
        refused(bench.with(json!({"sub": nobody})), "whom it stands for");
    }
    assert!(bench.with(json!({"sub": "x".repeat(MAX_SUBJECT)})).is_ok());
}

/// A token that only its rightful holder may use is not taken from whoever has it.
#[test]
fn a_bound_token_is_no_bearer_token() {
    let bound = json!({"cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}});
    refused(Bench::new().with(bound), "bound to a key");
}

#[test]
fn headers_are_of_access_tokens() {
    let bench = Bench::new();
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "application/at+jwt",
        "Application/AT+JWT",
    ] {
        assert_eq!(
            bench
                .with_header(json!({"alg": "EdDSA", "typ": typ}))
                .unwrap(),
            ALICE
        );
    }
    for typ in ["dpop+jwt", "logout+jwt", "", "application/", "secevent+jwt"] {
        refused(
            bench.with_header(json!({"alg": "EdDSA", "typ": typ})),
            "another type",
        );
    }
    for crit in [json!(["exp"]), json!(["b64"]), json!([])] {
        for b64 in [true, false] {
            let header = json!({"alg": "EdDSA", "b64": b64, "crit": crit});
            assert!(bench.with_header(header.clone()).is_err(), "{header}");
        }
    }
    for alg in ["none", "None", "", "HS256", "ES256", "RS256", "eddsa"] {
        assert!(bench.with_header(json!({"alg": alg})).is_err(), "{alg}");
    }
    assert!(bench.with_header(json!({})).is_err());
}

/// Each character of a token counts.
#[test]
fn a_token_is_whole() {
    let bench = Bench::new();
    let token = bench.sign(&json!({"alg": "EdDSA"}), &claims(json!({})).to_string());
    assert_eq!(bench.judge(&token).unwrap(), ALICE);
    let (message, signature) = token.rsplit_once('.').unwrap();
    for broken in [
        message.to_owned(),
        format!("{message}."),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!("{message}.{}", &signature[1..]),
        token.replacen("eyJ", "eyI", 1),
        String::new(),
        "..".to_owned(),
    ] {
        assert!(bench.judge(&broken).is_err(), "{broken}");
    }
    let other = bench.sign(
        &json!({"alg": "EdDSA"}),
        &claims(json!({"sub": "bob"})).to_string(),
    );
    let (others_message, _) = other.rsplit_once('.').unwrap();
    refused(
        bench.judge(&format!("{others_message}.{signature}")),
        "signature",
    );
}

/// Of two claims of one name, neither is believed.
#[test]
fn a_claim_stands_once() {
    let bench = Bench::new();
    let once = claims(json!({})).to_string();
    let twice = once.replacen('{', "{\"exp\":9999999999,", 1);
    assert!(
        bench
            .judge(&bench.sign(&json!({"alg": "EdDSA"}), &twice))
            .is_err()
    );
}

#[test]
fn a_token_has_a_limit() {
    let bench = Bench::new();
    let padded = |size: usize| {
        let token = bench.with_padding(size);
        (token.len(), bench.judge(&token))
    };
    let (length, verdict) = padded(8_000);
    assert!(length <= MAX_TOKEN && verdict.is_ok());
    let (length, verdict) = padded(MAX_TOKEN);
    assert!(length > MAX_TOKEN);
    refused(verdict, "too long");
}

impl Bench {
    fn with_padding(&self, size: usize) -> String {
        let padded = claims(json!({"groups": "x".repeat(size)})).to_string();
        self.sign(&json!({"alg": "EdDSA"}), &padded)
    }
}
