//! The tests that `docs/protocol.md` names exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the short names of the page lead.
const PLACES: [(&str, &str); 4] = [
    ("proto::", "crates/mcp-proto/tests/it"),
    ("e2e::", "tests/e2e"),
    ("fixture::", "tests/conformance-server/tests/it"),
    ("auth::", "crates/mcp-server/tests/it/auth"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names in backquotes on the page that are tests of one of the places.
fn named(page: &str) -> BTreeSet<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| PLACES.iter().any(|(short, _)| name.starts_with(short)))
        .filter(|name| !name.contains("::x::"))
        .collect()
}

/// The file and the function that a name stands for: `e2e::http::modern::x` is `x` in
/// `tests/e2e/http/modern.rs`.
fn place(name: &str) -> (PathBuf, &str) {
    let (short, directory) = PLACES
        .iter()
        .find(|(short, _)| name.starts_with(short))
        .expect("only such names are asked for");
    let (modules, function) = name[short.len()..]
        .rsplit_once("::")
        .expect("a test stands in a file");
    let file = format!("{}.rs", modules.replace("::", "/"));
    (root().join(directory).join(file), function)
}

#[test]
fn every_test_of_the_page_exists() {
    let page = std::fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    let named = named(&page);
    assert!(named.len() > 40, "{} tests are named", named.len());
    for name in named {
        let (file, function) = place(name);
        let source = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{name}: {}: {error}", file.display()));
        assert!(
            source.contains(&format!("fn {function}(")),
            "{name}: there is no such test in {}",
            file.display()
        );
    }
}

/// Promise: the test can fail.
#[test]
fn a_name_leads_to_its_file() {
    let page = "see `proto::asking::who_may_ask`, `e2e::http::modern::x_y` and `auth::x::y`";
    let names: Vec<&str> = named(page).into_iter().collect();
    assert_eq!(
        names,
        ["e2e::http::modern::x_y", "proto::asking::who_may_ask"]
    );
    let (file, function) = place("e2e::http::modern::x_y");
    assert!(file.ends_with("tests/e2e/http/modern.rs"));
    assert_eq!(function, "x_y");
}
