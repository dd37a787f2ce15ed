//! The checked form of a [`Command`](super::Command): everything the child
//! needs between fork and exec, allocated before the fork, in the shapes the
//! system calls take. Only what cannot fail by its form gets here.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::libc;

use super::lookup::{DEFAULT_PATH, LookupFailure, lookup};
use super::{Command, Limit, RawResource, Resource, descriptors};
use crate::error::{Cause, Error, ErrorKind, Stage};

/// A program ready to be executed.
#[derive(Debug)]
pub(crate) struct ExecPlan {
    pub(crate) program: CString,
    pub(crate) argv: Vec<CString>,
    pub(crate) envp: Vec<CString>,
    pub(crate) cwd: Option<CString>,
    pub(crate) umask: Option<libc::mode_t>,
    pub(crate) limits: Vec<(RawResource, libc::rlimit)>,
    /// The program's path as seen from here, for explaining a failed exec.
    pub(crate) seen_from_here: PathBuf,
}

impl ExecPlan {
    pub(crate) fn new(command: &Command) -> Result<Self, Error> {
        let program = &command.program;
        let refuse = |what: String| {
            let remedy = "give a value without it";
            let cause = Cause::new(ErrorKind::InvalidInput, what, remedy);
            Error::new(Stage::Prepare, program, cause, None)
        };

        let mut argv = Vec::with_capacity(command.args.len() + 1);
        let arg0 = command.arg0.as_ref().unwrap_or(program);
        let named = [arg0].into_iter().chain(&command.args).enumerate();
        for (index, arg) in named {
            let arg = CString::new(arg.as_bytes())
                .map_err(|_| refuse(format!("argument {index} contains a NUL byte")))?;
            argv.push(arg);
        }
        let mut envp = Vec::new();
        for (name, value) in command.environment.iter() {
            let shown = name.display();
            if name.is_empty() || name.as_bytes().contains(&b'=') {
                return Err(refuse(format!(
                    "the environment variable name `{shown}` is empty or contains `=`"
                )));
            }
            let entry = [name.as_bytes(), b"=", value.as_bytes()].concat();
            let entry = CString::new(entry).map_err(|_| {
                refuse(format!(
                    "the environment variable `{shown}` contains a NUL byte"
                ))
            })?;
            envp.push(entry);
        }
        let cwd = match &command.cwd {
            Some(cwd) => Some(
                CString::new(cwd.as_os_str().as_bytes())
                    .map_err(|_| refuse("the working directory contains a NUL byte".into()))?,
            ),
            None => None,
        };

        let path = command.environment.get("PATH");
        let found = lookup(program, path, command.cwd.as_deref())
            .map_err(|failure| lookup_error(program, &failure, path))?;
        let seen_from_here = match &command.cwd {
            Some(cwd) => cwd.join(&found),
            None => found.clone(),
        };
        Ok(Self {
            program: CString::new(found.into_os_string().into_encoded_bytes())
                .map_err(|_| refuse("the program's name contains a NUL byte".into()))?,
            argv,
            envp,
            cwd,
            umask: command.umask.map(|umask| (umask & 0o777) as libc::mode_t),
            limits: limits(command),
            seen_from_here,
        })
    }
}

/// The limits that the command sets, and that of descriptors as this process
/// got it.
fn limits(command: &Command) -> Vec<(RawResource, libc::rlimit)> {
    let set = |(resource, _): &(Resource, Limit)| *resource == Resource::OpenFiles;
    let inherited = descriptors::inherited().filter(|_| !command.limits.iter().any(set));
    inherited
        .map(|limit| (Resource::OpenFiles, limit))
        .iter()
        .chain(&command.limits)
        .map(|(resource, limit)| (resource.to_raw(), limit.to_raw()))
        .collect()
}

fn lookup_error(program: &OsStr, failure: &LookupFailure, path: Option<&OsStr>) -> Error {
    let cause = match failure {
        LookupFailure::Empty => Cause::new(
            ErrorKind::InvalidInput,
            "the program's name is empty",
            "give a program's name or path",
        ),
        LookupFailure::Missing => {
            let origin = match path {
                Some(_) => "in PATH",
                None => "in the default directories (the environment has no PATH)",
            };
            let searched = path.unwrap_or(OsStr::new(DEFAULT_PATH)).display();
            Cause::new(
                ErrorKind::NotFound,
                format!("not found {origin} ({searched})"),
                "check the spelling, install it, or give its full path",
            )
        }
        LookupFailure::NotExecutable(path) => not_executable(path),
        LookupFailure::Directory(path) => is_a_directory(path),
    };
    Error::new(Stage::Lookup, program, cause, None)
}

pub(crate) fn not_executable(path: &Path) -> Cause {
    let path = path.display();
    Cause::new(
        ErrorKind::PermissionDenied,
        format!("{path} may not be executed by this user"),
        format!("give it execute permission (chmod +x {path}) or run it through its interpreter"),
    )
}

pub(crate) fn is_a_directory(path: &Path) -> Cause {
    Cause::new(
        ErrorKind::NotExecutable,
        format!("{} is a directory", path.display()),
        "give a program inside it",
    )
}
