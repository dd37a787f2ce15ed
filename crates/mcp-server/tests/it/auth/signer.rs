//! Keys that sign tokens, made anew in each test, and the tokens. Written without
//! the library that checks them.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_server::http::auth::Moment;
use serde_json::{Value, json};

use super::AUDIENCE;

/// A key pair with an id.
pub(crate) struct Signer {
    id: String,
    pair: Pair,
}

enum Pair {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Signer {
    pub(crate) fn ed25519(id: &str) -> Self {
        Self::new(id, Pair::Ed(Ed25519KeyPair::generate().unwrap()))
    }

    pub(crate) fn p256(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self::new(id, Pair::Ec(pair))
    }

    pub(crate) fn rsa(id: &str) -> Self {
        Self::new(
            id,
            Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()),
        )
    }

    fn new(id: &str, pair: Pair) -> Self {
        let id = id.to_owned();
        Self { id, pair }
    }

    /// The public key as an issuer publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut key = match &self.pair {
            Pair::Ed(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64(pair.public_key())})
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": base64(&point[1..33]), "y": base64(&point[33..])})
            }
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({"kty": "RSA", "n": base64(n), "e": base64(e), "alg": "RS256"})
            }
        };
        key["kid"] = json!(self.id);
        key["use"] = json!("sig");
        key
    }

    /// A right token of this issuer at this moment, good for five minutes, with these
    /// claims in place of its own.
    pub(crate) fn token(&self, issuer: &str, now: Moment, changes: &Value) -> String {
        let algorithm = match self.pair {
            Pair::Ed(_) => "EdDSA",
            Pair::Ec(_) => "ES256",
            Pair::Rsa(_) => "RS256",
        };
        let header = json!({"alg": algorithm, "kid": self.id, "typ": "at+jwt"});
        self.sign(&header, &claims(issuer, now, changes))
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let bytes = message.as_bytes();
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ed(pair) => pair.sign(bytes).as_ref().to_vec(),
            Pair::Ec(pair) => pair.sign(&random, bytes).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
                    .unwrap();
                signature
            }
        };
        format!("{message}.{}", base64(signature))
    }

    /// What an attacker can make who knows the public key: tokens with a symmetric
    /// signature by each of its spellings, under the key's own id.
    pub(crate) fn forgeries(&self, issuer: &str, now: Moment) -> Vec<String> {
        let Pair::Rsa(pair) = &self.pair else {
            panic!("the classical attack is on RSA keys");
        };
        let jwk = self.jwk();
        let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(pair.public_key());
        let spki = spki.unwrap().as_ref().to_vec();
        let modulus = jwk["n"].as_str().unwrap();
        let secrets = [
            pair.public_key().as_ref().to_vec(),
            spki,
            modulus.as_bytes().to_vec(),
            URL_SAFE_NO_PAD.decode(modulus).unwrap(),
            jwk.to_string().into_bytes(),
        ];
        let message = message(
            &json!({"alg": "HS256", "kid": self.id, "typ": "at+jwt"}),
            &claims(issuer, now, &json!({})),
        );
        let sign = |secret: Vec<u8>| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            format!("{message}.{}", base64(hmac::sign(&key, message.as_bytes())))
        };
        secrets.into_iter().map(sign).collect()
    }

    /// Tokens without a signature, under the key's own id.
    pub(crate) fn unsigned(&self, issuer: &str, now: Moment) -> Vec<String> {
        let signed = self.token(issuer, now, &json!({}));
        let signature = signed.rsplit('.').next().unwrap();
        let message = |alg: &str| {
            let header = json!({"alg": alg, "kid": self.id, "typ": "at+jwt"});
            message(&header, &claims(issuer, now, &json!({})))
        };
        let mut tokens = vec![format!("{}.", signed.rsplit_once('.').unwrap().0)];
        for alg in ["none", "None", "NONE", ""] {
            tokens.push(format!("{}.", message(alg)));
            tokens.push(format!("{}.{signature}", message(alg)));
        }
        tokens
    }
}

fn message(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        base64(header.to_string()),
        base64(claims.to_string())
    )
}

fn claims(issuer: &str, now: Moment, changes: &Value) -> Value {
    let expiry = now.after(Duration::from_secs(300)).unix_s;
    let mut claims = json!({"iss": issuer, "aud": AUDIENCE, "sub": "alice",
        "iat": now.unix_s, "exp": expiry});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}
