//! `debug_crash`: from a crash to its cause, with gdb.

use mcp_proto::RpcError;

use super::given::{Given, file, invalid, start};
use super::{Argument, DATA, Guide, Text};
use crate::complete::Values;

pub(super) const GUIDE: Guide = Guide {
    name: "debug_crash",
    title: "Find out why a program crashed",
    description: "Opens a program's core dump, its running process, or the program itself in gdb, \
                  and works from the crash to its cause.",
    arguments: &[
        Argument {
            name: "program",
            title: "Program",
            description: "The program that crashed: its path, or its name on the search path",
            required: true,
            values: Values::Programs,
        },
        Argument {
            name: "core_file",
            title: "Core dump",
            description: "The path of its core dump, if there is one",
            required: false,
            values: Values::Free,
        },
        Argument {
            name: "pid",
            title: "Process",
            description: "The id of its process, if it still runs (a hang, a loop)",
            required: false,
            values: Values::Free,
        },
    ],
    text: Text::Fixed(text),
};

fn text(given: &Given<'_>) -> Result<String, RpcError> {
    let program = file(given.required("program"));
    let core = given.get("core_file").map(file);
    let pid = given.get("pid");
    if pid.is_some_and(|pid| pid.len() > 10 || !pid.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid("pid", "is a number"));
    }
    let (call, how) = match (&core, pid) {
        (Some(_), Some(_)) => {
            return Err(invalid("pid", "and `core_file` exclude each other"));
        }
        (Some(core), None) => (
            start("gdb", &["-q", "-nx", "-se", &program, "-c", core]),
            "The core is loaded. If gdb warns that it was made by another program, stop and say \
             so: the rest would be guesses.",
        ),
        (None, Some(pid)) => (
            start("gdb", &["-q", "-nx", "-se", &program, "-p", pid]),
            "The process stands still while gdb holds it: be quick, never `kill`, and `detach` \
             before you quit.",
        ),
        (None, None) => (
            start("gdb", &["-q", "-nx", "-se", &program]),
            "There is neither a core nor a process: ask which arguments and input make it crash, \
             then `run` with them. Look first whether the machine kept a core (`coredumpctl list`, \
             /proc/sys/kernel/core_pattern).",
        ),
    };
    let open = match given.has_tool("gdb_debug_session") {
        true => {
            "Open it with gdb_debug_session, then analyze_crash; debugger_command for the rest."
                .to_owned()
        }
        false => call,
    };
    Ok(format!(
        "Find out why a program crashed, and say what is certain and what is not.\n\n\
         {}\n\
         1. {open}\n   {how}\n\
         2. With run_command, one statement after the other: `set pagination off`, `set confirm \
         off`, `info threads`, `bt full 30`, `info registers`, `x/8i $pc`, `info sharedlibrary`. \
         run_command returns at the next (gdb) prompt with the answer alone.\n\
         3. In the crashing thread go to the first frame with the program's own code (`frame N`), \
         and look at its variables (`info locals`, `info args`, `p *name`). Without symbols say so \
         and name the package or build that has them.\n\
         4. Check the explanation against the evidence: the signal, the faulting address \
         (`p $_siginfo` where there is one), the instruction that used it. A null or small address \
         is a null pointer, one on the stack's edge with hundreds of frames a stack overflow, \
         SIGABRT an assertion or the allocator's complaint: its message is in the output.\n\
         5. Report the cause in one sentence, the chain from it to the crash with file and line, \
         what you could not see, and a fix. Then terminate_process.\n\n\
         Expressions such as `p f()` run the program's code: don't call functions. {DATA}",
        given.list()
    ))
}
