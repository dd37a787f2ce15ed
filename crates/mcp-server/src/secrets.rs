//! Named secrets: where their values come from, and who may ask for them.
//!
//! A value is read when it is used and not kept; agents know secrets by their
//! names alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rejoinder_policy::{SecretRule, SecretUse};
use rejoinder_pty::aio::{AsyncChild, AsyncOutput};
use rejoinder_pty::{Command, Environment, ReadOutcome, Signal, Stderr, Stdio};
use rejoinder_session::{InputPart, Secret, SecretBytes, SecretVariable};
use serde::Deserialize;
use serde_json::json;
use zeroize::{Zeroize, Zeroizing};

use crate::failure::{ErrorType, Failure};

/// The longest value, in bytes.
const MAX_VALUE: usize = 64 * 1024;

/// How long the command that prints a value may take: that of a person who is
/// asked to unlock a key.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest name of a secret or a recipe, in bytes.
pub(crate) const MAX_NAME: usize = 64;

/// One secret as a person writes it: exactly one source, and what it is for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecretConfig {
    /// The server's own environment variable that holds it; no session inherits that.
    pub env: Option<String>,
    /// The file that holds it; nobody but its owner may have access.
    pub file: Option<PathBuf>,
    /// The program, with its arguments, that prints it.
    pub command: Option<Vec<String>>,
    /// Regular expressions for prompts that may be answered with it though the
    /// terminal echoes.
    pub prompts: Vec<String>,
    /// The only programs that may have it, when not empty: globs on their file names.
    pub programs: Vec<String>,
}

/// Where a value comes from.
#[derive(Debug)]
enum Source {
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

/// A secret that is configured.
#[derive(Debug)]
struct Known {
    source: Source,
    with: SecretUse,
    rule: SecretRule,
}

/// The secrets that are configured.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    known: BTreeMap<String, Known>,
}

impl Secrets {
    /// Checks the configuration; no value is read yet.
    ///
    /// # Errors
    ///
    /// When a secret has no source or several, or a pattern cannot be compiled.
    pub(crate) fn new(config: &BTreeMap<String, SecretConfig>) -> Result<Self> {
        let known = config.iter().map(|(name, config)| {
            check_name("secrets", name)?;
            Ok((name.clone(), Known::new(name, config)?))
        });
        Ok(Self {
            known: known.collect::<Result<_>>()?,
        })
    }

    /// Their names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// The variables of the server's own environment that hold values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.known.values().filter_map(|known| match &known.source {
            Source::Env(variable) => Some(variable.as_str()),
            _ => None,
        })
    }

    /// Fails where no secret of this name is configured; `path` is where the
    /// argument stands.
    pub(crate) fn check(&self, path: &str, name: &str) -> Result<(), Failure> {
        self.get(name).map(drop).map_err(|mut failure| {
            failure.message = format!("{path}: {}", failure.message);
            failure
        })
    }

    fn get(&self, name: &str) -> Result<&Known, Failure> {
        self.known.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            let there_are = match &names[..] {
                [] => "there are none".to_owned(),
                names => format!("there are: {}", names.join(", ")),
            };
            Failure::new(
                ErrorType::NotFound,
                format!("there is no secret `{name}`; {there_are}"),
                "use one of these; the person who runs the server adds others to the configuration, \
                 as [secrets.<name>]",
            )
            .with_details(json!({"secrets": names}))
        })
    }

    /// A secret to be typed, its value read.
    pub(crate) async fn to_type(&self, name: &str) -> Result<InputPart, Failure> {
        let known = self.get(name)?;
        let value = known.read(name).await?;
        Ok(InputPart::Secret(Box::new(Secret {
            name: name.to_owned(),
            value,
            prompts: known.with.prompts.clone(),
            programs: known.with.programs.clone(),
        })))
    }

    /// Whether a secret may be put into the environment of this program; `path` is
    /// where the argument stands.
    pub(crate) fn check_program(
        &self,
        path: &str,
        name: &str,
        program: &str,
    ) -> Result<(), Failure> {
        self.check(path, name)?;
        let file_name = Path::new(program).file_name();
        let program = file_name.map_or(program.into(), |name| name.to_string_lossy());
        let verdict = self.get(name)?.rule.judge_environment(&program);
        if verdict.is_allowed() {
            return Ok(());
        }
        Err(Failure::new(
            ErrorType::PolicyDenied,
            format!("{path}: {}; nothing was started", verdict.reason()),
            verdict.remedy().unwrap_or_default(),
        )
        .with_details(json!({"rule": verdict.rule().as_str()})))
    }

    /// An environment variable with a secret's value.
    pub(crate) async fn as_variable(
        &self,
        variable: &str,
        name: &str,
    ) -> Result<SecretVariable, Failure> {
        let value = self.get(name)?.read(name).await?;
        if !value.fits_environment() {
            return Err(Failure::new(
                ErrorType::ExecutionError,
                format!(
                    "the value of the secret `{name}` cannot stand in an environment: it is not UTF-8, or has a NUL"
                ),
                "the person who runs the server has to mend its source",
            ));
        }
        Ok(SecretVariable {
            variable: variable.to_owned(),
            value,
        })
    }
}

/// A name that can stand in messages and arguments as it is.
pub(crate) fn check_name(section: &str, name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(plain) {
        bail!("[{section}.{name:?}]: a name has 1 to {MAX_NAME} letters, digits, `_`, `-` or `.`");
    }
    Ok(())
}

impl Known {
    fn new(name: &str, config: &SecretConfig) -> Result<Self> {
        let SecretConfig {
            env,
            file,
            command,
            prompts,
            programs,
        } = config;
        let source = match (env, file, command) {
            (Some(variable), None, None) => Source::Env(variable.clone()),
            (None, Some(path), None) => Source::File(expanded(path)),
            (None, None, Some(words)) if !words.is_empty() => Source::Command(words.clone()),
            (None, None, Some(_)) => bail!("secrets.{name}.command: it names no program"),
            _ => bail!("secrets.{name}: it takes one of `env`, `file` and `command`"),
        };
        let with = SecretUse {
            prompts: prompts.clone(),
            programs: programs.clone(),
        };
        Ok(Self {
            source,
            rule: SecretRule::new(name, &with)?,
            with,
        })
    }

    /// The value, without the line end behind it.
    async fn read(&self, name: &str) -> Result<SecretBytes, Failure> {
        let read = match &self.source {
            Source::Env(variable) => read_variable(variable),
            Source::File(path) => read_file(path),
            Source::Command(words) => read_command(words).await,
        };
        let checked = read.and_then(|mut value| {
            drop_line_end(&mut value);
            match value.len() {
                0 => bail!("its value is empty"),
                1..=MAX_VALUE => Ok(SecretBytes::new(value)),
                _ => bail!("its value is longer than {MAX_VALUE} bytes"),
            }
        });
        checked.map_err(|error| {
            Failure::new(
                ErrorType::ExecutionError,
                format!("the secret `{name}` cannot be read: {error:#}"),
                "the person who runs the server has to mend its source; nothing was done",
            )
        })
    }
}

fn drop_line_end(value: &mut Vec<u8>) {
    if value.last() == Some(&b'\n') {
        value.pop();
        if value.last() == Some(&b'\r') {
            value.pop();
        }
    }
}

/// `~` is the user's home.
pub(crate) fn expanded(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path.to_owned(),
    }
}

fn read_variable(variable: &str) -> Result<Zeroizing<Vec<u8>>> {
    use std::os::unix::ffi::OsStringExt;
    let value = std::env::var_os(variable)
        .with_context(|| format!("the server has no environment variable {variable}"))?;
    Ok(Zeroizing::new(value.into_vec()))
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        bail!("{} is not a regular file", path.display());
    }
    let mode = facts.mode() & 0o777;
    if mode & 0o077 != 0 {
        bail!(
            "others have access to {} (mode {mode:03o}); take it away with chmod 600",
            path.display()
        );
    }
    // Room for all of it at once: growing would leave parts of it behind.
    let mut value = Zeroizing::new(Vec::with_capacity(MAX_VALUE + 2));
    file.take(MAX_VALUE as u64 + 2).read_to_end(&mut value)?;
    Ok(value)
}

/// What a program prints on standard output; what it says on standard error is
/// not shown, since nothing tells that it is no secret.
async fn read_command(words: &[String]) -> Result<Zeroizing<Vec<u8>>> {
    let (program, args) = words.split_first().context("it names no program")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .environment(Environment::inherit_all())
        .stdio(Stdio::Pipe {
            stderr: Stderr::Separate,
        });
    let AsyncChild {
        process,
        exit,
        input,
        output,
        stderr,
        ..
    } = AsyncChild::new(command.spawn()?)?;
    drop(input);
    let errors = tokio::spawn(async move {
        if let Some(stderr) = stderr {
            let mut ignored = Zeroizing::new([0; 1024]);
            while let Ok(ReadOutcome::Data(_)) = stderr.read(&mut *ignored).await {}
        }
    });
    let run = async {
        let value = read_all(&output).await?;
        anyhow::Ok((value, exit.exited().await?))
    };
    let outcome = tokio::time::timeout(COMMAND_TIMEOUT, run).await;
    errors.abort();
    if !matches!(outcome, Ok(Ok(_))) {
        // It may have ended by itself meanwhile.
        let _ = process.signal_group(Signal::KILL);
    }
    let (value, status) = outcome.map_err(|_| {
        let limit = COMMAND_TIMEOUT.as_secs();
        anyhow::anyhow!("`{program}` has not printed it within {limit} seconds")
    })??;
    if !status.success() {
        bail!("`{program}` ended with {status}; run it by hand to see why");
    }
    Ok(value)
}

async fn read_all(output: &AsyncOutput) -> Result<Zeroizing<Vec<u8>>> {
    let mut value = Zeroizing::new(Vec::with_capacity(MAX_VALUE + 2));
    let mut buffer = Zeroizing::new([0; 4096]);
    while let ReadOutcome::Data(count) = output.read(&mut *buffer).await? {
        if value.len() + count > value.capacity() {
            bail!("it is longer than {MAX_VALUE} bytes");
        }
        value.extend_from_slice(&buffer[..count]);
        buffer.zeroize();
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn config(text: &str) -> Result<Secrets> {
        Secrets::new(&toml::from_str(text)?)
    }

    #[test]
    fn a_secret_has_one_source() {
        let secrets = config(
            "[a]\nenv = \"A\"\n[b]\nfile = \"/b\"\nprompts = [\"x\"]\n[c]\ncommand = [\"pass\", \"c\"]\n",
        )
        .unwrap();
        assert_eq!(secrets.names().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(secrets.variables().collect::<Vec<_>>(), ["A"]);
        let wrong = [
            ("[a]\n", "one of `env`, `file` and `command`"),
            (
                "[a]\nenv = \"A\"\nfile = \"/a\"\n",
                "one of `env`, `file` and `command`",
            ),
            ("[a]\ncommand = []\n", "names no program"),
            (
                "[a]\nenv = \"A\"\nprompts = [\"(\"]\n",
                "secrets.a.prompts[0]",
            ),
            ("[\"a b\"]\nenv = \"A\"\n", "letters, digits"),
            ("[a]\nvalue = \"x\"\n", "unknown field `value`"),
        ];
        for (text, says) in wrong {
            let error = format!("{:#}", config(text).unwrap_err());
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_name_that_is_not_known_is_told_with_those_that_are() {
        let secrets = config("[db]\nenv = \"A\"\n[web]\nenv = \"B\"\n").unwrap();
        let failure = secrets.check("/secret", "dbx").unwrap_err();
        assert_eq!(failure.error_type, ErrorType::NotFound);
        assert_eq!(
            failure.message,
            "/secret: there is no secret `dbx`; there are: db, web"
        );
    }

    /// Promise: a file that others may read holds no secret, and the line end of one that only its
    /// owner may is no part of it.
    #[test]
    fn a_file_is_its_owners_alone() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("word");
        std::fs::write(&path, "swordfish\r\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        for open in [0o644, 0o640, 0o604, 0o610] {
            mode(open);
            let error = format!("{:#}", read_file(&path).unwrap_err());
            assert!(error.contains("chmod 600"), "{error}");
            assert!(!error.contains("swordfish"), "{error}");
        }
        mode(0o600);
        let mut value = read_file(&path).unwrap();
        drop_line_end(&mut value);
        assert_eq!(&value[..], b"swordfish");
        assert!(
            read_file(directory.path()).is_err(),
            "a directory is no file"
        );
    }

    fn printed(script: &str) -> Result<Zeroizing<Vec<u8>>> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(read_command(&words))
    }

    /// Promise: what a command prints is the value, and nothing of it is in the message when it
    /// fails.
    #[test]
    fn a_command_prints_the_value() {
        let value = printed("echo noise >&2; printf 'sword'; printf 'fish\\n'").unwrap();
        assert_eq!(&value[..], b"swordfish\n");
        let error = format!(
            "{:#}",
            printed("echo swordfish; echo swordfish >&2; exit 3").unwrap_err()
        );
        assert!(
            error.contains('3') && !error.contains("swordfish"),
            "{error}"
        );
        let error = printed("head -c 100000 /dev/zero").unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
    }
}
