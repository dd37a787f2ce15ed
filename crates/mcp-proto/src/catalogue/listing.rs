//! `tools/list`: pages and their cursors.

use std::sync::OnceLock;

use super::Catalogue;
use crate::model::{ToolDefinition, write_tool};
use crate::revision::Revision;
use crate::wire::{Writer, to_json};

/// One page, written once: the members `tools` and `nextCursor` without the braces around them.
pub(crate) struct Page {
    pub(crate) members: String,
}

/// The cursor is none of this tool list's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor belongs to no page of the present tool list")]
pub struct InvalidCursor;

/// The pages of each revision, written when first asked for.
#[derive(Default)]
pub(crate) struct Listing {
    pages: [OnceLock<Vec<Page>>; Revision::ALL.len()],
}

impl Listing {
    pub(crate) fn page(
        &self,
        catalogue: &Catalogue,
        revision: Revision,
        cursor: Option<&str>,
    ) -> Result<&Page, InvalidCursor> {
        let slot = &self.pages[revision as usize];
        let pages = slot.get_or_init(|| write_pages(catalogue, revision));
        let index = match cursor {
            None => 0,
            Some(cursor) => page_of(cursor, fingerprint(catalogue)).ok_or(InvalidCursor)?,
        };
        pages.get(index).ok_or(InvalidCursor)
    }
}

fn write_pages(catalogue: &Catalogue, revision: Revision) -> Vec<Page> {
    let tools: Vec<&ToolDefinition> = catalogue.listed().collect();
    if tools.is_empty() {
        return vec![Page {
            members: "\"tools\":[]".to_owned(),
        }];
    }
    let pages: Vec<&[&ToolDefinition]> = tools.chunks(catalogue.page_size()).collect();
    let mark = fingerprint(catalogue);
    pages
        .iter()
        .enumerate()
        .map(|(index, tools)| {
            let next = (index + 1 < pages.len()).then(|| cursor_of(index + 1, mark));
            write_page(tools, revision, next.as_deref())
        })
        .collect()
}

fn write_page(tools: &[&ToolDefinition], revision: Revision, next: Option<&str>) -> Page {
    let mut out = Writer::with_capacity(4096);
    out.key("tools");
    out.raw("[");
    for (index, tool) in tools.iter().enumerate() {
        if index > 0 {
            out.raw(",");
        }
        write_tool(tool, revision, &mut out);
    }
    out.raw("]");
    if let Some(next) = next {
        out.raw_member("nextCursor", &to_json(next));
    }
    Page {
        members: out.finish_text(),
    }
}

/// A cursor names a page and the list it is a page of, so that one from before a change of the
/// list is refused instead of skipping tools.
fn cursor_of(page: usize, fingerprint: u64) -> String {
    format!("{page:x}-{fingerprint:016x}")
}

fn page_of(cursor: &str, fingerprint: u64) -> Option<usize> {
    let (page, mark) = cursor.split_once('-')?;
    if mark != format!("{fingerprint:016x}") {
        return None;
    }
    usize::from_str_radix(page, 16)
        .ok()
        .filter(|page| *page > 0)
}

/// FNV-1a over the listed names and the page size: the same in every process, so a cursor
/// outlives a restart of the server.
fn fingerprint(catalogue: &Catalogue) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let names = catalogue
        .listed()
        .flat_map(|tool| tool.name().bytes().chain([0]));
    let size = (catalogue.page_size() as u64).to_le_bytes();
    names.chain(size).fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}
