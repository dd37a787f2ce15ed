//! Media types in `Content-Type` and `Accept` (RFC 9110, sections 8.3 and 12.5.1).

use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_TYPE};

use super::names::field_text;

/// A media type of this binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    EventStream,
}

impl Media {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::EventStream => "text/event-stream",
        }
    }

    /// How closely a range of `Accept` names this type: 3 by name, 2 by `application/*`, 1 by
    /// `*/*`, 0 not at all.
    fn closeness(self, range: &str) -> u8 {
        let (kind, _) = self.as_str().split_once('/').unwrap_or_default();
        if range.eq_ignore_ascii_case(self.as_str()) {
            return 3;
        }
        match range.split_once('/') {
            Some((range_kind, "*")) if range_kind.eq_ignore_ascii_case(kind) => 2,
            Some(("*", "*")) => 1,
            _ => 0,
        }
    }
}

/// Whether the body is declared to be JSON. Parameters don't matter: JSON is UTF-8 whatever
/// `charset` says, and a body that is not is seen to be none.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(field_text);
    declared.is_some_and(|text| Media::Json.closeness(essence(text)) == 3)
}

/// Whether the client takes this type: the range that names it most closely decides, and `q=0`
/// is a no.
pub(super) fn accepts(headers: &HeaderMap, media: Media) -> bool {
    let mut best = (0, false);
    for value in headers.get_all(ACCEPT) {
        let Some(value) = field_text(value) else {
            continue;
        };
        for range in list(value) {
            let closeness = media.closeness(essence(range));
            if closeness > best.0 {
                best = (closeness, !is_refused(range));
            }
        }
    }
    best.1
}

/// The members of a comma-separated list; a comma within quotes separates nothing.
fn list(value: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    value
        .split(move |char| {
            quoted ^= char == '"';
            char == ',' && !quoted
        })
        .map(|member| member.trim_matches([' ', '\t']))
}

/// The type without its parameters.
fn essence(text: &str) -> &str {
    let end = text.find(';').unwrap_or(text.len());
    text[..end].trim_matches([' ', '\t'])
}

/// Whether a range's weight is zero: `q=0`, `q=0.0`, `q=0.000`.
fn is_refused(range: &str) -> bool {
    range.split(';').skip(1).any(|parameter| {
        parameter.split_once('=').is_some_and(|(name, weight)| {
            let weight = weight.trim_matches([' ', '\t']);
            name.trim_matches([' ', '\t']).eq_ignore_ascii_case("q")
                && weight.starts_with('0')
                && weight.bytes().all(|byte| matches!(byte, b'0' | b'.'))
        })
    })
}
