//! Programs on the search path.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::rank::rank;

/// File names that are looked at in all, at most.
const MAX_NAMES: usize = 20_000;

/// Programs that are told at most; each is looked at.
const MAX_TOLD: usize = 200;

/// The programs whose names fit, as `$PATH` has them. None for nothing, which all would fit, nor
/// for more than one word.
pub(super) fn like(typed: &str) -> Vec<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .collect();
    in_directories(typed, &directories)
}

fn in_directories(typed: &str, directories: &[PathBuf]) -> Vec<String> {
    if typed.is_empty() || typed.contains(['/', ' ', '\t', '\n']) {
        return Vec::new();
    }
    let names: BTreeSet<String> = directories
        .iter()
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flat_map(|entries| entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()))
        .take(MAX_NAMES)
        .collect();
    let is_there = |name: &String| directories.iter().any(|it| is_program(&it.join(name)));
    let fitting = rank(typed, names).into_iter();
    fitting.filter(is_there).take(MAX_TOLD).collect()
}

fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: programs are told, and what cannot be run is not.
    #[test]
    fn programs_are_found_by_the_beginning_of_their_names() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str, mode: u32| {
            let path = place.path().join(name);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        };
        make("psql", 0o755);
        make("psql.conf", 0o644);
        make("pg_psql", 0o755);
        let directories = [place.path().to_owned(), "/nowhere".into()];
        assert_eq!(in_directories("psql", &directories), ["psql", "pg_psql"]);
        assert_eq!(in_directories("", &directories), [""; 0]);
        assert_eq!(in_directories("psql -h", &directories), [""; 0]);
    }
}
