//! Who a client or a server says it is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::revision::Revision;

/// Name and version of a client's or server's software, for display and logs.
///
/// What the other side says of itself is not verified: don't decide by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Implementation {
    /// The program's name.
    pub name: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its version.
    pub version: String,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
    /// Pictures of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

text_setters!(Implementation {
    /// Sets the name for people.
    with_title => title,
    /// Sets the description.
    with_description => description,
    /// Sets the home page.
    with_website => website_url,
});

impl Implementation {
    /// Software with a name and a version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            ..Self::default()
        }
    }

    /// Adds a picture.
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }

    /// The same identity with only the fields that `revision` knows.
    pub(crate) fn for_revision(&self, revision: Revision) -> Self {
        let mut identity = self.clone();
        if !revision.has_titles() {
            identity.title = None;
        }
        if !revision.has_icons() {
            identity.description = None;
            identity.website_url = None;
            identity.icons.clear();
        }
        identity
    }

    /// Reads what a client says of itself, forgiving wrong or missing fields: identity is for
    /// display and no ground for refusing a request.
    pub(crate) fn from_claim(claim: &Value) -> Option<Self> {
        let claim: &Map<String, Value> = claim.as_object()?;
        let text = |key: &str| claim.get(key).and_then(Value::as_str);
        Self::claimed(text("name"), text("title"), text("version"))
    }

    /// The same of its JSON text, for requests that each say it.
    pub(crate) fn from_claim_text(claim: &str) -> Option<Self> {
        /// What a client in good order says.
        #[derive(Deserialize)]
        struct Claim<'a> {
            #[serde(borrow)]
            name: Cow<'a, str>,
            #[serde(borrow, default)]
            title: Option<Cow<'a, str>>,
            #[serde(borrow)]
            version: Cow<'a, str>,
        }
        // An array would be taken for the members in order.
        if claim.starts_with('{')
            && let Ok(claim) = serde_json::from_str::<Claim<'_>>(claim)
        {
            let title = claim.title.as_deref();
            return Self::claimed(Some(&claim.name), title, Some(&claim.version));
        }
        let claim = serde_json::from_str(claim).ok()?;
        Self::from_claim(&claim)
    }

    fn claimed(name: Option<&str>, title: Option<&str>, version: Option<&str>) -> Option<Self> {
        Some(Self {
            name: shorten(name?),
            title: title.map(shorten),
            version: version.map(shorten).unwrap_or_default(),
            ..Self::default()
        })
    }
}

/// The longest part of a self-reported name that is kept, in characters.
const MAX_CLAIM_CHARS: usize = 256;

fn shorten(text: &str) -> String {
    let end = text.char_indices().nth(MAX_CLAIM_CHARS);
    text[..end.map_or(text.len(), |(end, _)| end)].to_owned()
}

/// A picture of a server or a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Icon {
    /// An `https:` or `data:` URI.
    pub src: String,
    /// For example `image/png`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// `WxH` each, such as `48x48`, or `any`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
    /// `light` or `dark`: the background it is drawn for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: however a client is told to be, it is the same whether its text was read or its
    /// value, and nothing wrong in it is an error.
    #[test]
    fn a_claim_is_read_alike_from_text_and_value() {
        let long = format!(r#"{{"name":"{}","version":"1"}}"#, "é".repeat(300));
        let claims = [
            r#"{"name":"a","version":"1"}"#,
            r#"{"name":"a","title":"A \u00e9","version":"1","icons":[{"src":"x"}]}"#,
            r#"{"name":"a","title":null,"version":"1"}"#,
            r#"{"name":"a","title":7,"version":"1"}"#,
            r#"{"name":"a","version":{}}"#,
            r#"{"name":"a"}"#,
            r#"{"name":"a","name":"b","version":"1"}"#,
            r#"{"name":1,"version":"1"}"#,
            r#"{"version":"1"}"#,
            r#"["a",null,"1"]"#,
            "null",
            "7",
            &long,
        ];
        for claim in claims {
            let value: Value = serde_json::from_str(claim).unwrap();
            let of_value = Implementation::from_claim(&value);
            assert_eq!(Implementation::from_claim_text(claim), of_value, "{claim}");
        }
        let cut = Implementation::from_claim_text(&long).unwrap();
        assert_eq!(cut.name.chars().count(), MAX_CLAIM_CHARS);
    }
}
