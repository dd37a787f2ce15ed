//! `start_process`: a program in a session of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::{Argv, ArgvError, CallFacts, PathFact};
use rejoinder_session::{
    Error, ErrorKind, Interact, Launch, Limits, Mode, Pause, Read, SearchFrom, Session, Wait,
    Winsize,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{OneOrMany, Seconds, wait_for, yes};
use super::schema::{
    boolean, described, integer, object, one_of, one_or_many, seconds, string, strings,
};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::Reply;
use crate::server::Server;

/// A pause in the first output that ends the start, when no pattern is waited for.
const FIRST_PAUSE: Duration = Duration::from_millis(300);

/// The highest number that is put behind a name: as many sessions of one name are enough.
const MAX_NUMBER: u32 = 999;

/// The arguments as they come.
#[derive(Debug, Deserialize)]
struct Arguments {
    command: String,
    args: Option<Vec<String>>,
    #[serde(default)]
    shell: bool,
    #[serde(default)]
    mode: ModeArg,
    name: Option<String>,
    /// Whether a number is put behind the name where another session has it: not for
    /// callers, but for names that come from systems where they need not differ.
    #[serde(default)]
    numbered: bool,
    cwd: Option<PathBuf>,
    #[serde(default)]
    env: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    secret_env: std::collections::BTreeMap<String, String>,
    #[serde(default = "default_rows")]
    rows: u16,
    #[serde(default = "default_cols")]
    cols: u16,
    #[serde(default = "default_timeout")]
    timeout: Seconds,
    wait_for: Option<OneOrMany>,
    idle_timeout: Option<Seconds>,
    lifetime: Option<Seconds>,
    #[serde(default = "yes")]
    record: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ModeArg {
    #[default]
    Pty,
    Pipe,
}

fn default_rows() -> u16 {
    24
}

fn default_cols() -> u16 {
    80
}

fn default_timeout() -> Seconds {
    Seconds::new(10.0)
}

/// A program to start, checked.
pub(crate) struct StartProcess {
    arguments: Arguments,
    argv: Argv,
    shell_line: Option<String>,
    cwd: PathFact,
    size: Winsize,
}

impl Act for StartProcess {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "start_process",
            "Start a program (shell, ssh, REPL, debugger, installer) in a terminal of its own, where \
             it runs on between calls: then run_command in a shell, send_and_read elsewhere. Returns \
             its first output when wait_for matches, it waits for input or ends, output pauses, or \
             timeout (all times are seconds) passes. `command`: a program, with `args`; or a command \
             line, whose pipes and variables need `shell: true`.",
        )
        .with_title("Start a program")
        .with_input_schema(object(&[
            ("command!", string("")),
            ("args", strings("")),
            ("shell", boolean(false, "")),
            ("mode", one_of(&["pty", "pipe"], "pty", "")),
            ("name", string("to use as session_id")),
            ("cwd", string("")),
            (
                "env",
                described(
                    json!({"type": "object", "additionalProperties": {"type": "string"}}),
                    "added to a few inherited",
                ),
            ),
            (
                "secret_env",
                described(
                    json!({"type": "object", "additionalProperties": {"type": "string"}}),
                    "variable: name of a secret",
                ),
            ),
            ("rows", integer(1, Some(500), 24, "")),
            ("cols", integer(1, Some(1000), 80, "")),
            (
                "timeout",
                seconds(0, None, 10, ""),
            ),
            ("wait_for", one_or_many("regex(es)")),
            (
                "idle_timeout",
                seconds(
                    0,
                    None,
                    1800,
                    "without a call; 0 = never",
                ),
            ),
            (
                "lifetime",
                seconds(0, None, 0, "0 = no end"),
            ),
            ("record", boolean(true, "keep a transcript")),
        ]))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let arguments: Arguments = super::args::read(arguments)?;
        let (argv, shell_line) = argv_of(&arguments, server)?;
        let given = match &arguments.cwd {
            Some(cwd) => cwd.clone(),
            None => server.default_cwd().to_owned(),
        };
        let canonical = check_cwd(&given)?;
        let size = Winsize::new(arguments.rows.into(), arguments.cols.into()).map_err(|error| {
            Failure::new(
                ErrorType::ValidationError,
                error.to_string(),
                "choose a size in range",
            )
        })?;
        check_env(&arguments)?;
        for (variable, secret) in &arguments.secret_env {
            let path = format!("/secret_env/{variable}");
            let program = argv.program();
            server.secrets().check_program(&path, secret, program)?;
        }
        Ok(Self {
            cwd: PathFact::new(given, Some(canonical)),
            arguments,
            argv,
            shell_line,
            size,
        })
    }

    fn facts<'a>(&'a self, mut facts: CallFacts<'a>) -> CallFacts<'a> {
        if let Some(line) = &self.shell_line {
            facts = facts.shell_line(line);
        }
        facts
            .argv(&self.argv)
            .cwd(self.cwd.clone())
            .env_names(self.arguments.env.keys().map(String::as_str))
            .env_names(self.arguments.secret_env.keys().map(String::as_str))
            .secret_names(self.arguments.secret_env.values().map(String::as_str))
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let Self {
            arguments,
            argv,
            cwd,
            size,
            ..
        } = self;
        let config = call.server.config();
        let mut secret_env = Vec::new();
        for (variable, secret) in &arguments.secret_env {
            secret_env.push(call.server.secrets().as_variable(variable, secret).await?);
        }
        let (program, args) = argv.into_parts();
        let launch = Launch {
            owner: call.caller.owner.clone(),
            name: arguments.name,
            program,
            args,
            mode: match arguments.mode {
                ModeArg::Pty => Mode::Pty,
                ModeArg::Pipe => Mode::Pipe,
            },
            cwd: cwd.canonical().map(Path::to_owned),
            env_names: arguments.env.keys().cloned().collect(),
            env: call.server.environment(arguments.env),
            size,
            limits: Limits {
                ring_bytes: config.limits.ring_bytes,
                idle_timeout: arguments
                    .idle_timeout
                    .unwrap_or(Seconds::new(config.limits.idle_timeout_s as f64))
                    .or_never(),
                lifetime: arguments.lifetime.and_then(Seconds::or_never),
            },
            record: arguments.record,
            secret_env,
            integrate: true,
        };
        let patterns = wait_for(arguments.wait_for.as_ref());
        rejoinder_session::check_patterns(&patterns).map_err(|error| failure(&error))?;
        let session = start(&call, launch, arguments.numbered)
            .await
            .map_err(|error| failure(&error))?;
        call.server.has_started(&session);
        call.caller.log.is_about(&session);
        call.caller.log.started(session.identity());
        let reader = call.reader(None);
        let interacted = session
            .interact(Interact {
                input: None,
                wait: Some(Wait {
                    idle: patterns
                        .is_empty()
                        .then_some(Pause::AfterOutput(FIRST_PAUSE)),
                    patterns,
                    take_match: false,
                    from: SearchFrom::LastMatch,
                    reader: reader.clone(),
                    output: false,
                    waiting: true,
                    timeout: call.wait(arguments.timeout),
                }),
                read: Some(Read::unread(&reader)),
            })
            .await
            .map_err(|error| failure(&error))?;
        let identity = session.identity();
        let mut reply = Reply::interacted(
            identity,
            &interacted,
            rejoinder_session::Format::Text,
            call.max_bytes(None),
        );
        reply.fact("pid", json!(identity.pid));
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}

/// Starts the session; with `numbered` under the first name of `sh`, `sh-2`, `sh-3`, …
/// that no session has.
async fn start(call: &Call, mut launch: Launch, numbered: bool) -> Result<Session, Error> {
    let name = launch.name.clone().filter(|_| numbered);
    let mut number = 2;
    loop {
        match (call.server.sessions().start(&launch).await, &name) {
            (Err(error), Some(name))
                if error.kind() == ErrorKind::NameTaken && number <= MAX_NUMBER =>
            {
                launch.name = Some(format!("{name}-{number}"));
                number += 1;
            }
            (started, _) => return started,
        }
    }
}

/// What will be executed, and the shell's line where a shell reads one.
fn argv_of(arguments: &Arguments, server: &Server) -> Result<(Argv, Option<String>), Failure> {
    let args = arguments.args.clone();
    let argv = if arguments.shell {
        if args.is_some() {
            return Err(Failure::new(
                ErrorType::ValidationError,
                "/args: a shell line has no separate arguments",
                "write the arguments into `command`, or leave `shell` out",
            ));
        }
        Argv::new(server.shell(), ["-c", &arguments.command])
    } else if let Some(args) = args {
        Argv::new(&arguments.command, args)
    } else {
        Argv::parse_line(&arguments.command)
    };
    let argv = argv.map_err(|error| bad_command(&error))?;
    Ok((argv, arguments.shell.then(|| arguments.command.clone())))
}

fn bad_command(error: &ArgvError) -> Failure {
    Failure::new(
        ErrorType::ValidationError,
        format!("/command: {error}"),
        "give a program name with `args`, a command line without shell syntax, or `shell: true`",
    )
}

fn check_cwd(given: &Path) -> Result<PathBuf, Failure> {
    let failed = |error_type, what: &str| {
        Failure::new(
            error_type,
            format!("/cwd: {} {what}", given.display()),
            "give a directory that exists and may be entered",
        )
    };
    let canonical = std::fs::canonicalize(given)
        .map_err(|error| failed(ErrorType::NotFound, &format!("cannot be used: {error}")))?;
    if canonical.is_dir() {
        Ok(canonical)
    } else {
        Err(failed(ErrorType::ValidationError, "is not a directory"))
    }
}

fn check_env(arguments: &Arguments) -> Result<(), Failure> {
    let twice = |variable: &&String| arguments.env.contains_key(*variable);
    if let Some(variable) = arguments.secret_env.keys().find(twice) {
        return Err(Failure::new(
            ErrorType::ValidationError,
            format!("/secret_env: {variable} is set by `env` as well"),
            "leave it out of one of them",
        ));
    }
    let empty = String::new();
    let secrets = arguments.secret_env.keys().map(|name| (name, &empty));
    let bad = arguments.env.iter().chain(secrets).find(|(name, value)| {
        name.is_empty() || name.contains(['=', '\0']) || value.contains('\0')
    });
    match bad {
        None => Ok(()),
        Some((name, _)) => Err(Failure::new(
            ErrorType::ValidationError,
            format!(
                "/env: {name:?} cannot be set: a name has no `=`, and neither name nor value a NUL"
            ),
            "correct the name or the value",
        )),
    }
}
