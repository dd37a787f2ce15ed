//! Every public item of the crates that other programs embed has an example, compiled as all of
//! them are.
//!
//! Rustdoc counts examples itself (`--show-coverage`), but of types and free functions only. So
//! this reads its description of the crate in JSON, which is not stable yet: `RUSTC_BOOTSTRAP=1`
//! lets the stable compiler write it.
//!
//! A type, a trait, a function needs an example of its own. A method may do with its type's
//! instead, where that one calls it. Variants, fields and constants are shown by what has them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process;
use crate::workspace::Workspace;

/// The crates that are held to it.
const PACKAGES: [&str; 3] = ["rejoinder-expect", "rejoinder-pty", "rejoinder-ansi"];

/// Looks at all of them, and fails with a list of what lacks an example.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut lacking = Vec::new();
    let mut looked_at = 0;
    for package in PACKAGES {
        let text = fs::read_to_string(described(workspace, package)?)?;
        let description = serde_json::from_str(&text)?;
        let items = Items::new(&description)
            .with_context(|| format!("rustdoc's description of {package} has another format"))?;
        let found = items.without_example();
        looked_at += found.looked_at;
        lacking.extend(found.lacking);
    }
    if !lacking.is_empty() {
        lacking.sort();
        bail!(
            "{} of {looked_at} public items have no example:\n    {}",
            lacking.len(),
            lacking.join("\n    ")
        );
    }
    eprintln!("    {looked_at} public items have an example");
    Ok(())
}

/// Where rustdoc's description of a package is, made anew. It is built in a directory of its own,
/// as the variable would have everything else built anew.
fn described(workspace: &Workspace, package: &str) -> anyhow::Result<PathBuf> {
    let target = workspace.cargo_target().join("examples");
    process::run(
        workspace
            .cargo()
            .args(["rustdoc", "--locked", "--quiet", "--package", package])
            .args(["--lib", "--all-features", "--"])
            .args(["-Zunstable-options", "--output-format=json"])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &target),
    )?;
    let name = package.replace('-', "_");
    Ok(target.join("doc").join(name).with_extension("json"))
}

/// The items of one crate.
struct Items<'a> {
    index: &'a serde_json::Map<String, Value>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    looked_at: usize,
    /// `Type::method (file:line)` of each that has none.
    lacking: Vec<String>,
}

impl<'a> Items<'a> {
    fn new(description: &'a Value) -> Option<Self> {
        let index = description["index"].as_object()?;
        let items = Items { index };
        let understood = items.types().next().is_some();
        understood.then_some(items)
    }

    fn without_example(&self) -> Found {
        let mut found = Found::default();
        for item in self.types() {
            let own = example(item);
            found.note(item, name(item), own.is_some());
            for method in self.methods(item) {
                let called = own.as_deref().is_some_and(|code| calls(code, name(method)));
                let full_name = format!("{}::{}", name(item), name(method));
                found.note(method, &full_name, called || example(method).is_some());
            }
        }
        for function in self.free_functions() {
            found.note(function, name(function), example(function).is_some());
        }
        found
    }

    /// What is defined here and may have methods.
    fn types(&self) -> impl Iterator<Item = &'a Value> {
        let kinds = ["struct", "enum", "union", "trait"];
        self.local()
            .filter(move |item| kinds.iter().any(|kind| item["inner"].get(kind).is_some()))
    }

    fn local(&self) -> impl Iterator<Item = &'a Value> {
        self.index.values().filter(|item| item["crate_id"] == 0)
    }

    /// A type's own methods, and what a trait declares; what comes from a trait is shown there.
    fn methods(&self, item: &Value) -> Vec<&'a Value> {
        let inner = |kind: &str, list: &str| item["inner"][kind][list].as_array();
        let blocks = ["struct", "enum", "union"]
            .iter()
            .find_map(|kind| inner(kind, "impls"));
        let implemented = blocks
            .into_iter()
            .flatten()
            .filter_map(|id| self.get(id))
            .filter(|block| block["inner"]["impl"]["trait"].is_null())
            .filter_map(|block| block["inner"]["impl"]["items"].as_array());
        implemented
            .chain(inner("trait", "items"))
            .flatten()
            .filter_map(|id| self.get(id))
            .filter(|item| is_function(item))
            .collect()
    }

    fn free_functions(&self) -> impl Iterator<Item = &'a Value> {
        let modules = self.local().filter_map(|item| item["inner"].get("module"));
        modules
            .filter_map(|module| module["items"].as_array())
            .flatten()
            .filter_map(|id| self.resolved(id))
            .filter(|item| is_function(item))
    }

    /// An item of a module, or what a `pub use` there stands for.
    fn resolved(&self, id: &Value) -> Option<&'a Value> {
        let item = self.get(id)?;
        match item["inner"].get("use") {
            Some(import) => self.get(&import["id"]),
            None => Some(item),
        }
    }

    /// Ids are numbers, and keys of a JSON object are strings.
    fn get(&self, id: &Value) -> Option<&'a Value> {
        self.index.get(&id.to_string())
    }
}

impl Found {
    fn note(&mut self, item: &Value, full_name: &str, has_example: bool) {
        self.looked_at += 1;
        if !has_example {
            let file = item["span"]["filename"].as_str().unwrap_or("a macro");
            let line = &item["span"]["begin"][0];
            self.lacking.push(format!("{full_name} ({file}:{line})"));
        }
    }
}

fn is_function(item: &Value) -> bool {
    item["inner"].get("function").is_some()
}

fn name(item: &Value) -> &str {
    item["name"].as_str().unwrap_or_default()
}

/// The Rust code in an item's documentation, `None` when there is none that is compiled.
fn example(item: &Value) -> Option<String> {
    let mut code = None::<String>;
    let mut inside = None;
    for line in item["docs"].as_str()?.lines() {
        match (line.trim().strip_prefix("```"), inside) {
            (Some(language), None) => inside = Some(is_compiled(language)),
            (Some(_), Some(_)) => inside = None,
            (None, Some(true)) => {
                let code = code.get_or_insert_default();
                code.push_str(line);
                code.push('\n');
            }
            (None, _) => {}
        }
    }
    code
}

/// Whether rustdoc compiles a block with these words behind its fence.
fn is_compiled(words: &str) -> bool {
    let known = ["", "rust", "no_run", "should_panic", "compile_fail"];
    words
        .split(',')
        .all(|word| known.contains(&word.trim()) || word.trim().starts_with("edition"))
}

/// Whether a function of this name is called in the code: the name, alone, and a parenthesis or
/// the type of a generic call behind it.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let behind = &code[start + name.len()..];
        let is_whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        is_whole && (behind.starts_with('(') || behind.starts_with("::<"))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(id: u32, name: &str, docs: &str, inner: &Value) -> (String, Value) {
        let item = json!({
            "crate_id": 0, "name": name, "docs": docs, "inner": inner,
            "span": { "filename": "a.rs", "begin": [id, 1] },
        });
        (id.to_string(), item)
    }

    fn lacking(items: impl IntoIterator<Item = (String, Value)>) -> Vec<String> {
        let index: serde_json::Map<String, Value> = items.into_iter().collect();
        let description = json!({ "index": index });
        Items::new(&description).unwrap().without_example().lacking
    }

    /// Types, their methods and functions are looked at, wherever they are exported from.
    #[test]
    fn what_has_no_example_is_named() {
        let docs = "Text.\n```\nlet one = Kind::shown();\n```";
        let of_type = json!({ "impl": { "trait": null, "items": [3, 4, 5] } });
        let of_trait = json!({ "impl": { "trait": { "path": "Clone" }, "items": [6] } });
        let function = json!({ "function": {} });
        let found = lacking([
            item(1, "Kind", docs, &json!({ "struct": { "impls": [2, 7] } })),
            item(2, "", "", &of_type),
            item(3, "shown", "", &function),
            item(4, "show", "", &function),
            item(5, "own", "```no_run\nx\n```", &function),
            item(6, "clone", "", &function),
            item(7, "", "", &of_trait),
            item(8, "", "", &json!({ "module": { "items": [9, 10] } })),
            item(9, "free", "```text\nfree()\n```", &function),
            item(10, "", "", &json!({ "use": { "id": 11 } })),
            item(11, "elsewhere", "", &function),
            item(12, "Bare", "", &json!({ "trait": { "items": [13] } })),
            item(13, "asked", "", &function),
        ]);
        let expected = [
            "Bare (a.rs:12)",
            "Bare::asked (a.rs:13)",
            "Kind::show (a.rs:4)",
            "elsewhere (a.rs:11)",
            "free (a.rs:9)",
        ];
        assert_eq!(sorted(found), expected);
    }

    fn sorted(mut names: Vec<String>) -> Vec<String> {
        names.sort();
        names
    }

    /// A description that this does not understand is an error, and not one without fault.
    #[test]
    fn another_format_is_refused() {
        assert!(Items::new(&json!({ "items": {} })).is_none());
        assert!(Items::new(&json!({ "index": {} })).is_none());
    }
}
