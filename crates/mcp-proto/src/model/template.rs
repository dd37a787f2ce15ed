//! Resource templates: families of resources, by the form of their URIs.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Annotations, Icon};
use crate::revision::Revision;

/// A family of resources whose URIs have a form in common.
///
/// The form is a URI template of level 1 (RFC 6570, section 1.2): `{name}` stands for one or more
/// characters other than `/`, `?` and `#`.
///
/// # Example
///
/// ```
/// use mcp_proto::ResourceTemplate;
///
/// let logs = ResourceTemplate::new("log://{host}/{day}", "log");
/// let named = logs.matches("log://web-1/2026-07-28").unwrap();
/// assert_eq!(named, [("host", "web-1".into()), ("day", "2026-07-28".into())]);
/// assert_eq!(logs.expand(&[("host", "a b"), ("day", "x")]), "log://a%20b/x");
/// assert!(logs.matches("log://web-1").is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceTemplate {
    /// The form of the URIs.
    pub uri_template: String,
    /// The family's name for programs.
    pub name: String,
    /// Its name for people (2025-06-18 and newer).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The media type, when all have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Hints for whoever shows them.
    #[serde(skip_serializing_if = "Annotations::is_empty")]
    pub annotations: Annotations,
    /// Pictures of it (2025-11-25 and newer).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Facts for programs, under prefixed keys (2025-06-18 and newer).
    #[serde(rename = "_meta", skip_serializing_if = "Map::is_empty")]
    pub meta: Map<String, Value>,
}

text_setters!(ResourceTemplate {
    /// Sets the name for people.
    with_title => title,
    /// Sets what it is.
    with_description => description,
    /// Sets the media type.
    with_mime_type => mime_type,
});

impl ResourceTemplate {
    /// A family with the form of its URIs and its name for programs.
    pub fn new(uri_template: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri_template: uri_template.into(),
            name: name.into(),
            ..Self::default()
        }
    }

    /// The names in the form, in order.
    pub fn variables(&self) -> Vec<&str> {
        pieces(&self.uri_template)
            .filter_map(|piece| match piece {
                Piece::Variable(name) => Some(name),
                Piece::Literal(_) => None,
            })
            .collect()
    }

    /// What the names stand for in a URI of this form, percent-decoded; `None` for any other URI.
    pub fn matches<'a>(&'a self, uri: &str) -> Option<Vec<(&'a str, String)>> {
        let pieces: Vec<Piece<'a>> = pieces(&self.uri_template).collect();
        let mut values = Vec::new();
        let mut rest = uri;
        for (index, piece) in pieces.iter().enumerate() {
            let name = match piece {
                Piece::Literal(text) => {
                    rest = rest.strip_prefix(text)?;
                    continue;
                }
                Piece::Variable(name) => *name,
            };
            let end = match pieces.get(index + 1) {
                Some(Piece::Literal(next)) if index + 2 == pieces.len() => {
                    rest.strip_suffix(next)?.len()
                }
                Some(Piece::Literal(next)) => end_of_value(rest, next)?,
                _ => rest.len(),
            };
            values.push((name, decoded_value(&rest[..end])?));
            rest = &rest[end..];
        }
        rest.is_empty().then_some(values)
    }

    /// The URI in which the names stand for these values; a name without a value stands for
    /// nothing.
    pub fn expand(&self, values: &[(&str, &str)]) -> String {
        pieces(&self.uri_template)
            .map(|piece| match piece {
                Piece::Literal(text) => text.to_owned(),
                Piece::Variable(name) => values
                    .iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| percent_encoded(value))
                    .unwrap_or_default(),
            })
            .collect()
    }

    /// Why the form can't be used, if it can't.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let pieces: Vec<Piece<'_>> = pieces(&self.uri_template).collect();
        let is_name = |name: &str| {
            let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
            !name.is_empty() && name.bytes().all(known)
        };
        let is_variable = |piece: &Piece<'_>| matches!(piece, Piece::Variable(_));
        if pieces.windows(2).any(|pair| pair.iter().all(is_variable)) {
            return Some("two names need characters between them");
        }
        match pieces.iter().all(|piece| match piece {
            Piece::Variable(name) => is_name(name),
            Piece::Literal(text) => !text.contains(['{', '}']),
        }) {
            true => None,
            false => Some("only {name}, with A-Z a-z 0-9 _ ., may stand for characters"),
        }
    }

    pub(crate) fn for_revision(&self, revision: Revision) -> Self {
        let mut template = self.clone();
        if !revision.has_titles() {
            template.title = None;
            template.meta.clear();
        }
        if !revision.has_icons() {
            template.icons.clear();
        }
        template.annotations = template.annotations.for_revision(revision);
        template
    }
}

enum Piece<'a> {
    Literal(&'a str),
    Variable(&'a str),
}

fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, after)) = rest
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
        {
            rest = after;
            return Some(Piece::Variable(name));
        }
        // A brace that opens nothing is a character like any other.
        let mut braces = rest.match_indices('{').map(|(at, _)| at);
        let end = braces.find(|at| *at > 0).unwrap_or(rest.len());
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Literal(text))
    })
}

/// Where a value ends that this text follows: at its first place that leaves at least one
/// character and no escape cut in two. A later place could only be wrong where this one is, since
/// the text after it is matched in the same way.
fn end_of_value(rest: &str, next: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let cuts_escape = |at: usize| bytes[at - 1] == b'%' || at >= 2 && bytes[at - 2] == b'%';
    let mut places = rest.char_indices().map(|(at, _)| at).skip(1);
    places.find(|&at| rest[at..].starts_with(next) && !cuts_escape(at))
}

/// What a name stands for; `None` for what no name can stand for.
fn decoded_value(text: &str) -> Option<String> {
    if text.is_empty() || text.contains(['/', '?', '#']) {
        return None;
    }
    percent_decoded(text)
}

/// RFC 3986, section 2.1; `None` for what isn't UTF-8 then.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let [high, low, after @ ..] = after else {
            return None;
        };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let byte = digit(*high)? * 16 + digit(*low)?;
        bytes.push(u8::try_from(byte).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// All but the unreserved characters (RFC 3986, section 2.3), as simple expansion asks
/// (RFC 6570, section 3.2.2).
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => {
                use std::fmt::Write as _;
                // Writing to a string does not fail.
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: a template matches just the URIs that it can be expanded to.
    #[test]
    fn templates_match_what_they_expand_to() {
        let check = |template: &str, uri: &str, expected: Option<&[(&str, &str)]>| {
            let template = ResourceTemplate::new(template, "t");
            let found = template.matches(uri);
            let expected = expected.map(|pairs| {
                let owned = pairs
                    .iter()
                    .map(|(name, value)| (*name, (*value).to_owned()));
                owned.collect::<Vec<_>>()
            });
            assert_eq!(found, expected, "{uri}");
        };
        check("s://{id}/screen", "s://a/screen", Some(&[("id", "a")]));
        check(
            "s://{id}/screen",
            "s://a%2Fb/screen",
            Some(&[("id", "a/b")]),
        );
        check("s://{id}/screen", "s:///screen", None);
        check("s://{id}/screen", "s://a/b/screen", None);
        check("s://{id}/screen", "s://a/screen/", None);
        check("s://{id}/screen", "s://a/scree", None);
        check("s://{id}", "s://%zz", None);
        check("s://{id}", "s://%ff", None);
        check("{a}-{b}", "x-y", Some(&[("a", "x"), ("b", "y")]));
        check("{a}{b}", "xy", None);
        check("s://{id}", "s://a?b", None);
        check("plain", "plain", Some(&[]));
        check("{open", "{open", Some(&[]));
        check("s://{id}s", "s://ass", Some(&[("id", "as")]));
        check("{a}aa{b}", "aaab", Some(&[("a", "a"), ("b", "b")]));
        check("{a}2{b}", "%2Fx2y", Some(&[("a", "/x"), ("b", "y")]));
        check("{a}ä{b}", "xäy", Some(&[("a", "x"), ("b", "y")]));
        check("s://{id}", "s://%+f", None);
        check("s://{id}", "s://%4", None);
    }

    /// Promise: what a form is expanded to has that form, and stands for the same values.
    #[test]
    fn expansions_match() {
        for template in [
            "s://{a}/x/{b}",
            "{a}-{b}",
            "{a}2{b}s",
            "ä{a}ä{b}",
            "{a}%2F{b}",
        ] {
            let template = ResourceTemplate::new(template, "t");
            for (a, b) in [
                ("x", "y"),
                ("/x", "y-z"),
                ("ä", "2"),
                ("s", "ass"),
                ("%", "{b}"),
            ] {
                let uri = template.expand(&[("a", a), ("b", b)]);
                let found = template.matches(&uri).unwrap_or_default();
                let again: Vec<(&str, &str)> = found
                    .iter()
                    .map(|(name, value)| (*name, &**value))
                    .collect();
                assert_eq!(template.expand(&again), uri, "{template:?}");
            }
        }
    }
}
