//! The lists of a catalogue: pages and their cursors.

use std::sync::OnceLock;

use super::Catalogue;
use crate::model::{ToolDefinition, write_tool};
use crate::revision::Revision;
use crate::wire::{Writer, to_json};

/// One page, written once: the list's member and `nextCursor` without the braces around them.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) members: String,
}

/// The cursor is none of this list's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor belongs to no page of the present list")]
pub struct InvalidCursor;

/// A list that stands in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl List {
    const COUNT: usize = 4;

    /// The member that holds the list.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }

    /// The items' JSON, and the names that make this list what it is.
    fn items(self, catalogue: &Catalogue, revision: Revision) -> Vec<String> {
        match self {
            Self::Tools => catalogue
                .listed()
                .map(|tool| {
                    let mut out = Writer::with_capacity(1024);
                    write_tool(tool, revision, &mut out);
                    out.finish_text()
                })
                .collect(),
            Self::Prompts => texts(&catalogue.prompts, |it| it.for_revision(revision)),
            Self::Resources => texts(&catalogue.resources, |it| it.for_revision(revision)),
            Self::Templates => texts(&catalogue.templates, |it| it.for_revision(revision)),
        }
    }

    fn names(self, catalogue: &Catalogue) -> Vec<&str> {
        match self {
            Self::Tools => catalogue.listed().map(ToolDefinition::name).collect(),
            Self::Prompts => catalogue.prompts.iter().map(|it| &*it.name).collect(),
            Self::Resources => catalogue.resources.iter().map(|it| &*it.uri).collect(),
            Self::Templates => {
                let templates = catalogue.templates.iter();
                templates.map(|it| &*it.uri_template).collect()
            }
        }
    }
}

fn texts<T, U: serde::Serialize>(items: &[T], shape: impl Fn(&T) -> U) -> Vec<String> {
    items.iter().map(|item| to_json(&shape(item))).collect()
}

/// The pages of each list and revision, written when first asked for.
#[derive(Default)]
pub(crate) struct Listing {
    pages: [[OnceLock<Vec<Page>>; Revision::ALL.len()]; List::COUNT],
}

impl Listing {
    pub(crate) fn page(
        &self,
        catalogue: &Catalogue,
        list: List,
        revision: Revision,
        cursor: Option<&str>,
    ) -> Result<&Page, InvalidCursor> {
        let slot = &self.pages[list as usize][revision as usize];
        let pages = slot.get_or_init(|| write_pages(catalogue, list, revision));
        let index = match cursor {
            None => 0,
            Some(cursor) => page_of(cursor, fingerprint(catalogue, list)).ok_or(InvalidCursor)?,
        };
        pages.get(index).ok_or(InvalidCursor)
    }
}

fn write_pages(catalogue: &Catalogue, list: List, revision: Revision) -> Vec<Page> {
    let items = list.items(catalogue, revision);
    if items.is_empty() {
        return vec![write_page(list, &[], None)];
    }
    let pages: Vec<&[String]> = items.chunks(catalogue.page_size()).collect();
    let mark = fingerprint(catalogue, list);
    pages
        .iter()
        .enumerate()
        .map(|(index, items)| {
            let next = (index + 1 < pages.len()).then(|| cursor_of(index + 1, mark));
            write_page(list, items, next.as_deref())
        })
        .collect()
}

/// Writes a page of items that are JSON already.
pub(super) fn write_page(list: List, items: &[String], next: Option<&str>) -> Page {
    let mut out = Writer::with_capacity(items.iter().map(String::len).sum::<usize>() + 128);
    out.key(list.member());
    out.raw("[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.raw(",");
        }
        out.raw(item);
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
/// list is refused instead of skipping items.
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

/// A hash of the listed names and the page size: the same in every process, so a cursor outlives
/// a restart of the server.
fn fingerprint(catalogue: &Catalogue, list: List) -> u64 {
    let names = list.names(catalogue);
    let names = names.into_iter().flat_map(|name| name.bytes().chain([0]));
    let size = (catalogue.page_size() as u64).to_le_bytes();
    fnv1a(names.chain(size))
}

/// FNV-1a, 64 bits.
pub(super) fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}
