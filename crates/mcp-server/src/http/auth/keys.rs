//! An issuer's public keys: a JSON Web Key Set (RFC 7517), reduced to what may
//! check a signature.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::jwt::Head;

/// Keys of one set that are looked at; issuers have a handful.
const MAX_KEYS: usize = 128;

/// A public key, and what it may check.
#[derive(Debug)]
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    /// `None` for a key that checks no signature that is ever taken.
    fn new(jwk: &Jwk) -> Option<Self> {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let common = &jwk.common;
        if !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let verifies = |operations: &Vec<_>| operations.contains(&KeyOperations::Verify);
        if !common.key_operations.as_ref().is_none_or(verifies) {
            return None;
        }
        let of_type: &[Algorithm] = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => &[RS256, RS384, RS512, PS256, PS384, PS512],
            AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P256 => &[ES256],
            AlgorithmParameters::EllipticCurve(it) if it.curve == EllipticCurve::P384 => &[ES384],
            AlgorithmParameters::OctetKeyPair(it) if it.curve == EllipticCurve::Ed25519 => &[EdDSA],
            // A symmetric key in a public set is known to everybody.
            _ => return None,
        };
        let algorithms: Vec<Algorithm> = match common.key_algorithm {
            None => of_type.to_vec(),
            Some(only) => {
                let only = Algorithm::try_from(only).ok()?;
                of_type.iter().copied().filter(|it| *it == only).collect()
            }
        };
        if algorithms.is_empty() {
            return None;
        }
        Some(Self {
            id: common.key_id.clone(),
            algorithms,
            key: DecodingKey::from_jwk(jwk).ok()?,
        })
    }

    /// The key for the library that checks signatures.
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.key
    }
}

/// The keys of an issuer that may check signatures.
#[derive(Debug, Default)]
pub(super) struct KeySet(Vec<Arc<Key>>);

impl KeySet {
    /// Reads a set; keys of kinds that are not known are passed over (RFC 7517,
    /// section 5).
    ///
    /// # Errors
    ///
    /// When it is no set, has too many keys, or none that is of use.
    pub(super) fn parse(document: &Value) -> Result<Self> {
        let keys = document
            .get("keys")
            .and_then(Value::as_array)
            .context("it is no JSON Web Key Set: it has no `keys`")?;
        if keys.len() > MAX_KEYS {
            bail!("it has {} keys; {MAX_KEYS} are the most", keys.len());
        }
        let known = keys.iter().filter_map(|key| {
            let jwk = Jwk::deserialize(key).ok()?;
            Key::new(&jwk).map(Arc::new)
        });
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            bail!("it has no public key that could check a signature");
        }
        Ok(Self(known))
    }

    /// The key that a token's header asks for: the one with its id, or where it
    /// names none, the only one for its algorithm.
    pub(super) fn find(&self, head: &Head) -> Option<Arc<Key>> {
        let mut fit = self.0.iter().filter(|key| {
            key.algorithms.contains(&head.algorithm)
                && (head.key_id.is_none() || key.id == head.key_id)
        });
        let found = fit.next()?;
        if head.key_id.is_none() && fit.next().is_some() {
            return None;
        }
        Some(Arc::clone(found))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A public key of RFC 8037, appendix A.2.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "cases are written where they are used"
    )]
    fn ed25519(more: Value) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let more = more.as_object().unwrap().clone();
        key.as_object_mut().unwrap().extend(more);
        key
    }

    fn head(algorithm: Algorithm, key_id: Option<&str>) -> Head {
        Head {
            algorithm,
            key_id: key_id.map(str::to_owned),
        }
    }

    fn set(keys: &[Value]) -> Result<KeySet> {
        KeySet::parse(&json!({"keys": keys}))
    }

    /// A key checks what its type, use and `alg` say, and nothing else: the
    /// algorithm is never the token's choice alone.
    #[test]
    fn a_key_is_for_its_own_algorithm() {
        let keys = set(&[ed25519(json!({"kid": "a"}))]).unwrap();
        assert!(keys.find(&head(Algorithm::EdDSA, Some("a"))).is_some());
        assert!(keys.find(&head(Algorithm::EdDSA, None)).is_some());
        assert!(keys.find(&head(Algorithm::EdDSA, Some("b"))).is_none());
        for other in [Algorithm::RS256, Algorithm::ES256, Algorithm::HS256] {
            assert!(keys.find(&head(other, Some("a"))).is_none(), "{other:?}");
        }
        for useless in [
            json!({"use": "enc"}),
            json!({"key_ops": ["encrypt"]}),
            json!({"alg": "ES256"}),
            json!({"alg": "HS256"}),
            json!({"crv": "X25519"}),
        ] {
            assert!(set(&[ed25519(useless.clone())]).is_err(), "{useless}");
        }
        set(&[ed25519(
            json!({"use": "sig", "key_ops": ["verify"], "alg": "EdDSA"}),
        )])
        .unwrap();
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let symmetric = json!({"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "s"});
        let odd = [
            json!(1),
            json!({"kty": "LWE"}),
            json!({"kty": "RSA"}),
            symmetric,
        ];
        assert!(set(&odd).is_err());
        let mut keys = odd.to_vec();
        keys.push(ed25519(json!({"kid": "a"})));
        let keys = set(&keys).unwrap();
        assert_eq!(keys.0.len(), 1);
        assert!(keys.find(&head(Algorithm::HS256, Some("s"))).is_none());
        assert!(KeySet::parse(&json!([])).is_err());
        assert!(KeySet::parse(&json!({"keys": {}})).is_err());
    }

    /// A token that names no key is checked by the only one there is.
    #[test]
    fn without_an_id_there_is_no_choice() {
        let two = set(&[ed25519(json!({"kid": "a"})), ed25519(json!({"kid": "b"}))]).unwrap();
        assert!(two.find(&head(Algorithm::EdDSA, None)).is_none());
        assert!(two.find(&head(Algorithm::EdDSA, Some("b"))).is_some());
    }

    #[test]
    fn a_set_has_a_limit() {
        let many = |count| set(&vec![ed25519(json!({})); count]);
        assert!(many(MAX_KEYS).is_ok());
        assert!(many(MAX_KEYS + 1).is_err());
    }
}
