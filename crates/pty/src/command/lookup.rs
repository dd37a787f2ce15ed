//! Finding a program in the `PATH` of the environment it will run in, before
//! the fork, the way `execvp(3)` would.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::unistd::AccessFlags;

/// Where to look when the environment has no `PATH`: the value POSIX systems
/// give for `_CS_PATH` of `confstr(3)`.
pub(crate) const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Why a name could not be turned into a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LookupFailure {
    /// The name is empty.
    Empty,
    /// No directory of `PATH` has a file of that name.
    Missing,
    /// There is one, and it may not be executed.
    NotExecutable(PathBuf),
    /// There is one, and it is a directory.
    Directory(PathBuf),
}

/// The path to execute. A name with a slash is used as it is; any other is
/// looked for in `path`. Relative directories in `path` count from `cwd`, the
/// child's working directory, for that is where it will be when it executes.
pub(crate) fn lookup(
    program: &OsStr,
    path: Option<&OsStr>,
    cwd: Option<&Path>,
) -> Result<PathBuf, LookupFailure> {
    let name = program.as_bytes();
    if name.is_empty() {
        return Err(LookupFailure::Empty);
    }
    if name.contains(&b'/') {
        return Ok(PathBuf::from(program));
    }
    let mut failure = LookupFailure::Missing;
    let path = path.unwrap_or(OsStr::new(DEFAULT_PATH));
    for entry in path.as_bytes().split(|byte| *byte == b':') {
        // An empty entry is the current directory (POSIX, "Other Environment
        // Variables"); "./" keeps the candidate a path with a slash.
        let directory = if entry.is_empty() { b"." } else { entry };
        let candidate = Path::new(OsStr::from_bytes(directory)).join(program);
        match examine(&candidate, cwd) {
            Verdict::Program => return Ok(candidate),
            Verdict::Absent => {}
            // The first obstacle is the one worth telling: it is the file a
            // shell would have tried first.
            Verdict::Directory if failure == LookupFailure::Missing => {
                failure = LookupFailure::Directory(candidate);
            }
            Verdict::Locked if failure == LookupFailure::Missing => {
                failure = LookupFailure::NotExecutable(candidate);
            }
            Verdict::Directory | Verdict::Locked => {}
        }
    }
    Err(failure)
}

enum Verdict {
    Program,
    Absent,
    Directory,
    Locked,
}

fn examine(candidate: &Path, cwd: Option<&Path>) -> Verdict {
    let seen_from_here = match cwd {
        Some(cwd) => cwd.join(candidate),
        None => candidate.to_owned(),
    };
    let Ok(metadata) = std::fs::metadata(&seen_from_here) else {
        return Verdict::Absent;
    };
    if metadata.is_dir() {
        return Verdict::Directory;
    }
    if may_execute(&seen_from_here) {
        Verdict::Program
    } else {
        Verdict::Locked
    }
}

/// Whether the effective user may execute this file.
pub(crate) fn may_execute(path: &Path) -> bool {
    use nix::fcntl::{AT_FDCWD, AtFlags};
    nix::unistd::faccessat(AT_FDCWD, path, AccessFlags::X_OK, AtFlags::AT_EACCESS).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn place(directory: &Path, name: &str, mode: u32) -> PathBuf {
        fs::create_dir_all(directory).unwrap();
        let path = directory.join(name);
        fs::write(&path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    /// Guards: the order of `PATH` decides, locked files and directories are
    /// passed over while something better follows, and are named otherwise.
    #[test]
    fn path_is_searched_in_order() {
        let root = tempfile::tempdir().unwrap();
        let [a, b, c] = ["a", "b", "c"].map(|name| root.path().join(name));
        let locked = place(&a, "tool", 0o644);
        let runnable = place(&b, "tool", 0o755);
        place(&c, "tool", 0o755);
        fs::create_dir(c.join("folder")).unwrap();
        let join = |parts: &[&Path]| {
            let parts: Vec<_> = parts.iter().map(|part| part.to_str().unwrap()).collect();
            std::ffi::OsString::from(parts.join(":"))
        };

        let find = |name: &str, path: &OsStr| lookup(name.as_ref(), Some(path), None);
        assert_eq!(find("tool", &join(&[&a, &b, &c])), Ok(runnable));
        assert_eq!(
            find("tool", &join(&[&a])),
            Err(LookupFailure::NotExecutable(locked))
        );
        assert_eq!(
            find("folder", &join(&[&a, &c])),
            Err(LookupFailure::Directory(c.join("folder")))
        );
        assert_eq!(
            find("absent", &join(&[&a, &c])),
            Err(LookupFailure::Missing)
        );
        assert_eq!(find("", &join(&[&a])), Err(LookupFailure::Empty));
        assert_eq!(
            find("./x/y", &join(&[&a])),
            Ok(PathBuf::from("./x/y")),
            "a slash switches the search off"
        );
    }

    /// Guards: relative and empty entries count from the child's directory.
    #[test]
    fn relative_entries_count_from_the_childs_directory() {
        let root = tempfile::tempdir().unwrap();
        place(&root.path().join("bin"), "tool", 0o755);
        place(root.path(), "here", 0o755);
        let find =
            |name: &str, path: &str| lookup(name.as_ref(), Some(path.as_ref()), Some(root.path()));
        assert_eq!(find("tool", "bin"), Ok(PathBuf::from("bin/tool")));
        assert_eq!(find("here", "bin:"), Ok(PathBuf::from("./here")));
    }
}
