//! `resources/list` where resources come and go.
//!
//! A cursor names the resource that the last page ended with. The next page begins behind it, so
//! that what comes or goes elsewhere in the list makes nobody miss anything; when it has gone
//! itself, the cursor is refused.

use super::listing::{InvalidCursor, List, Page, fnv1a, write_page};
use crate::model::Resource;
use crate::revision::Revision;
use crate::wire::to_json;

pub(crate) fn dynamic_page(
    resources: &[Resource],
    page_size: usize,
    revision: Revision,
    cursor: Option<&str>,
) -> Result<Page, InvalidCursor> {
    let start = match cursor {
        None => 0,
        Some(cursor) => {
            let last = resources.iter().position(|it| cursor_after(it) == cursor);
            last.ok_or(InvalidCursor)? + 1
        }
    };
    let rest = &resources[start..];
    let shown = &rest[..rest.len().min(page_size)];
    let items: Vec<String> = shown
        .iter()
        .map(|resource| to_json(&resource.for_revision(revision)))
        .collect();
    let next = shown
        .last()
        .filter(|_| rest.len() > page_size)
        .map(cursor_after);
    Ok(write_page(List::Resources, &items, next.as_deref()))
}

fn cursor_after(resource: &Resource) -> String {
    format!("r-{:016x}", fnv1a(resource.uri.bytes()))
}
