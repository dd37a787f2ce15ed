//! Secrets on their way to a program: named, shown nowhere, wiped when dropped.

use std::fmt;

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

/// The value of a secret. Its memory is overwritten when it is dropped, and it has no text form:
/// `Debug` says only that it is there.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes a value over.
    #[must_use]
    pub fn new(value: Zeroizing<Vec<u8>>) -> Self {
        Self(value)
    }

    /// The value.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the value has a byte that cannot be part of one line: a line end or a NUL.
    #[must_use]
    pub fn is_one_line(&self) -> bool {
        !self.0.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0))
    }

    /// Whether a variable of an environment can hold it: it is UTF-8 without a NUL.
    #[must_use]
    pub fn fits_environment(&self) -> bool {
        std::str::from_utf8(&self.0).is_ok_and(|text| !text.contains('\0'))
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<C> Encode<C> for SecretBytes {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        encoder.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for SecretBytes {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Ok(Self(Zeroizing::new(decoder.bytes()?.to_vec())))
    }
}

/// A secret to be typed, and where that may be done: judged by
/// [`rejoinder_policy::SecretRule`] at the moment of typing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Secret {
    /// Its name, for messages.
    #[n(0)]
    pub name: String,
    /// What is typed.
    #[n(1)]
    pub value: SecretBytes,
    /// As [`rejoinder_policy::SecretUse::prompts`].
    #[n(2)]
    pub prompts: Vec<String>,
    /// As [`rejoinder_policy::SecretUse::programs`].
    #[n(3)]
    pub programs: Vec<String>,
}

/// An environment variable whose value is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SecretVariable {
    /// The variable's name.
    #[n(0)]
    pub variable: String,
    /// Its value: UTF-8 without a NUL ([`SecretBytes::fits_environment`]).
    #[n(1)]
    pub value: SecretBytes,
}

impl SecretVariable {
    /// Bytes that it takes to write it down, roughly.
    pub(crate) fn room(&self) -> usize {
        self.variable.len() + self.value.as_bytes().len() + 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: no form that is meant for people or logs shows a value.
    #[test]
    fn a_value_is_never_shown() {
        let value = SecretBytes::new(Zeroizing::new(b"hunter2".to_vec()));
        let secret = Secret {
            name: "db".to_owned(),
            value: value.clone(),
            prompts: Vec::new(),
            programs: Vec::new(),
        };
        let variable = SecretVariable {
            variable: "DB".to_owned(),
            value,
        };
        let shown = format!("{secret:?} {secret:#?} {variable:?}");
        assert!(shown.contains("db") && shown.contains("DB"), "{shown}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("104"),
            "{shown}"
        );
    }

    /// Promise: what a line or an environment cannot hold is told before it is used.
    #[test]
    fn values_are_checked_for_their_use() {
        let value = |bytes: &[u8]| SecretBytes::new(Zeroizing::new(bytes.to_vec()));
        let uses = [
            (&b"word"[..], true, true),
            (b"two\nlines", false, true),
            (b"nul\0", false, false),
            (b"latin \xe9", true, false),
        ];
        for (bytes, line, environment) in uses {
            let value = value(bytes);
            assert_eq!(value.is_one_line(), line, "{bytes:?}");
            assert_eq!(value.fits_environment(), environment, "{bytes:?}");
        }
    }
}
