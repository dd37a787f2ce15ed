//! Starting an interactive shell with marks: which arguments, which variables,
//! which files. Nothing of the user's is written.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Family, script};
use crate::id::SessionId;

const START_BASH: &str = include_str!("integration/start.bash");
const START_ZSH: &str = include_str!("integration/start.zsh");
const START_FISH: &str = include_str!("integration/start.fish");

/// How a shell is started with marks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Which shell.
    pub(crate) family: Family,
    /// The key of its marks.
    pub(crate) key: String,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Variables to set.
    pub(crate) env: Vec<(String, String)>,
    /// Files to write before it starts, below the directory.
    files: Vec<(&'static str, String)>,
    dir: PathBuf,
}

impl Plan {
    /// How to start this program so that it prints marks; `None` where it is no
    /// interactive shell that can be taught them by files, or was told to read
    /// none.
    pub(crate) fn new(
        program: &str,
        args: &[String],
        env: &[(String, String)],
        dir: &Path,
        key: String,
    ) -> Option<Self> {
        let name = program.rsplit('/').next().unwrap_or(program);
        let family = Family::of_name(name)?;
        let known: &[&str] = match family {
            Family::Bash if name == "bash" => &["-i", "-l", "-il", "-li", "--login", "--noediting"],
            Family::Zsh if name == "zsh" => &["-i", "-l", "-il", "-li", "--login", "--interactive"],
            Family::Fish => &[
                "-i",
                "-l",
                "-il",
                "-li",
                "--login",
                "--interactive",
                "-P",
                "--private",
            ],
            _ => return None,
        };
        if !args.iter().all(|arg| known.contains(&arg.as_str())) {
            return None;
        }
        let text = dir.to_str()?;
        let had = |name: &str| {
            env.iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let marks = script::marks(family, &key);
        let (mut args, mut env) = (args.to_vec(), Vec::new());
        let set = |name: &str, value: String| (name.to_owned(), value);
        let files = match family {
            Family::Bash => {
                let login = args
                    .iter()
                    .any(|arg| arg == "--login" || (!arg.starts_with("--") && arg.contains('l')));
                args.retain(|arg| arg == "--noediting");
                args.extend([
                    "--init-file".to_owned(),
                    format!("{text}/start.bash"),
                    "-i".to_owned(),
                ]);
                let start = START_BASH.replace("@LOGIN@", if login { "yes" } else { "no" });
                vec![("start.bash", start + &marks)]
            }
            Family::Zsh => {
                env.extend(had("ZDOTDIR").map(|value| set("REJOINDER_ZDOTDIR", value)));
                env.push(set("ZDOTDIR", text.to_owned()));
                let start = START_ZSH.replace("@DIR@", &text.replace('\'', "'\\''"));
                vec![(".zshenv", start), ("marks.zsh", marks)]
            }
            _ => {
                let before = had("XDG_DATA_DIRS");
                let rest = before.clone().filter(|dirs| !dirs.is_empty());
                let rest = rest.unwrap_or_else(|| "/usr/local/share:/usr/share".to_owned());
                env.extend(before.map(|value| set("REJOINDER_DATA_DIRS", value)));
                env.push(set("XDG_DATA_DIRS", format!("{text}:{rest}")));
                vec![(
                    "fish/vendor_conf.d/rejoinder.fish",
                    START_FISH.to_owned() + &marks,
                )]
            }
        };
        Some(Self {
            family,
            key,
            args,
            env,
            files,
            dir: dir.to_owned(),
        })
    }

    /// Writes the files, for this user alone.
    pub(crate) fn write(&self) -> io::Result<Files> {
        DirBuilder::new().mode(0o700).create(&self.dir)?;
        let files = Files(self.dir.clone());
        for (name, text) in &self.files {
            let path = self.dir.join(name);
            if let Some(parent) = path.parent() {
                DirBuilder::new()
                    .mode(0o700)
                    .recursive(true)
                    .create(parent)?;
            }
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(text.as_bytes())?;
        }
        Ok(files)
    }
}

/// The files of a shell's start, removed when this is dropped: their key is
/// nobody's business once the shell has read them.
#[derive(Debug)]
pub(crate) struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::debug!(path = %self.0.display(), %error, "the files of a shell's start stay");
        }
    }
}

/// A key that a program cannot guess: 128 random bits.
pub(crate) fn random_key() -> io::Result<String> {
    SessionId::random()
        .map(|id| id.to_string())
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Option<Plan> {
        let mut words = line.split(' ').map(str::to_owned);
        let program = words.next().unwrap();
        let env = [("XDG_DATA_DIRS".to_owned(), "/opt/share".to_owned())];
        Plan::new(
            &program,
            &words.collect::<Vec<_>>(),
            &env,
            Path::new("/d"),
            "key".to_owned(),
        )
    }

    /// Promise: a shell that runs a script, or was told to read no files, is
    /// started as it was asked for.
    #[test]
    fn only_interactive_shells_are_set_up() {
        for line in [
            "bash -c true",
            "bash --norc",
            "bash --posix",
            "bash --rcfile x",
            "bash script",
            "bash -s",
            "sh",
            "dash",
            "zsh -f",
            "zsh -c true",
            "fish --no-config",
            "fish -c true",
            "env -i bash",
            "rbash",
            "python3",
            "busybox sh",
        ] {
            assert_eq!(plan(line), None, "{line}");
        }
    }

    #[test]
    fn each_shell_has_its_own_way() {
        assert_eq!(
            plan("/bin/bash -l").unwrap().args,
            ["--init-file", "/d/start.bash", "-i"]
        );
        assert!(
            plan("bash --login").unwrap().files[0]
                .1
                .contains("'yes' == yes")
        );
        assert!(
            plan("bash --noediting").unwrap().files[0]
                .1
                .contains("'no' == yes")
        );
        assert_eq!(plan("zsh -l").unwrap().args, ["-l"]);
        assert_eq!(
            plan("fish").unwrap().env,
            [
                ("REJOINDER_DATA_DIRS".to_owned(), "/opt/share".to_owned()),
                ("XDG_DATA_DIRS".to_owned(), "/d:/opt/share".to_owned())
            ]
        );
    }
}
