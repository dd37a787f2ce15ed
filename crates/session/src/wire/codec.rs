//! How the values of other crates stand on the wire.

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};

/// A codec module for a type: what is written for it, and how it is read back.
macro_rules! codec {
    ($(#[$doc:meta])* $name:ident, $type:ty, as $plain:ty, $to:expr, $from:expr) => {
        $(#[$doc])*
        pub(crate) mod $name {
            use super::*;

            pub(crate) fn encode<C, W: Write>(
                value: &$type,
                encoder: &mut Encoder<W>,
                context: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                let to: fn(&$type) -> $plain = $to;
                encoder.encode_with(to(value), context)?.ok()
            }

            pub(crate) fn decode<'b, C>(
                decoder: &mut Decoder<'b>,
                context: &mut C,
            ) -> Result<$type, DecodeError> {
                let from: fn($plain) -> Option<$type> = $from;
                let position = decoder.position();
                let plain = decoder.decode_with(context)?;
                from(plain).ok_or_else(|| {
                    DecodeError::message(concat!("no ", stringify!($name))).at(position)
                })
            }
        }
    };
}

/// The same for `Option`, absent when it is `None`.
macro_rules! optional {
    ($name:ident, $inner:ident, $type:ty) => {
        pub(crate) mod $name {
            use super::*;

            pub(crate) fn encode<C, W: Write>(
                value: &Option<$type>,
                encoder: &mut Encoder<W>,
                context: &mut C,
            ) -> Result<(), EncodeError<W::Error>> {
                match value {
                    Some(value) => super::$inner::encode(value, encoder, context),
                    None => encoder.null()?.ok(),
                }
            }

            pub(crate) fn decode<'b, C>(
                decoder: &mut Decoder<'b>,
                context: &mut C,
            ) -> Result<Option<$type>, DecodeError> {
                if decoder.datatype()? == minicbor::data::Type::Null {
                    decoder.skip()?;
                    return Ok(None);
                }
                super::$inner::decode(decoder, context).map(Some)
            }

            pub(crate) fn nil() -> Option<Option<$type>> {
                Some(None)
            }

            pub(crate) fn is_nil(value: &Option<$type>) -> bool {
                value.is_none()
            }
        }
    };
}

codec!(
    /// An offset in the output: its number of bytes.
    offset,
    rejoinder_expect::Offset,
    as u64,
    |offset| offset.get(),
    |bytes| Some(rejoinder_expect::Offset::new(bytes))
);
optional!(optional_offset, offset, rejoinder_expect::Offset);

codec!(
    /// A signal: its number on this system, which both ends run on.
    signal,
    rejoinder_pty::Signal,
    as i32,
    |signal| signal.number(),
    rejoinder_pty::Signal::from_number
);

codec!(
    /// A terminal's size: rows, columns.
    winsize,
    rejoinder_pty::Winsize,
    as (u16, u16),
    |size| (size.rows(), size.cols()),
    |(rows, cols)| rejoinder_pty::Winsize::new(rows.into(), cols.into()).ok()
);
optional!(optional_winsize, winsize, rejoinder_pty::Winsize);

codec!(
    /// How a program ended: exit code, or signal and whether a core was dumped.
    exit_status,
    rejoinder_pty::ExitStatus,
    as (Option<i32>, Option<i32>, bool),
    |status| match *status {
        rejoinder_pty::ExitStatus::Code(code) => (Some(code), None, false),
        rejoinder_pty::ExitStatus::Signal { signal, core_dumped } =>
            (None, Some(signal.number()), core_dumped),
    },
    |plain| match plain {
        (Some(code), ..) => Some(rejoinder_pty::ExitStatus::Code(code)),
        (None, Some(number), core_dumped) => Some(rejoinder_pty::ExitStatus::Signal {
            signal: rejoinder_pty::Signal::from_number(number)?,
            core_dumped,
        }),
        _ => None,
    }
);

codec!(
    /// A key: its name.
    key,
    rejoinder_ansi::Key,
    as String,
    |key| key.to_string(),
    |name| name.parse().ok()
);

/// A hint: its name. One of a later version is none.
pub(crate) mod optional_hint {
    use super::*;
    use crate::waiting::Hint;

    pub(crate) fn encode<C, W: Write>(
        value: &Option<Hint>,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), EncodeError<W::Error>> {
        let name = value.as_ref().map(ToString::to_string);
        encoder.encode_with(name, context)?.ok()
    }

    pub(crate) fn decode<'b, C>(
        decoder: &mut Decoder<'b>,
        context: &mut C,
    ) -> Result<Option<Hint>, DecodeError> {
        let name: Option<&str> = decoder.decode_with(context)?;
        Ok(name.and_then(|name| name.parse().ok()))
    }

    pub(crate) fn nil() -> Option<Option<Hint>> {
        Some(None)
    }

    pub(crate) fn is_nil(value: &Option<Hint>) -> bool {
        value.is_none()
    }
}

codec!(
    /// A session's id: its text.
    session_id,
    crate::id::SessionId,
    as String,
    |id| id.to_string(),
    |text| text.parse().ok()
);

codec!(
    /// A path: its bytes.
    path,
    std::path::PathBuf,
    as minicbor::bytes::ByteVec,
    |path| std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec().into(),
    |bytes| Some(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes.into()).into())
);
optional!(optional_path, path, std::path::PathBuf);

codec!(
    /// Output: its bytes.
    output,
    bytes::Bytes,
    as minicbor::bytes::ByteVec,
    |bytes| bytes.to_vec().into(),
    |bytes| Some(Vec::from(bytes).into())
);
