//! `drive_installer`: an interactive program that asks its way through.

use mcp_proto::RpcError;

use super::given::Given;
use super::{Argument, DATA, Guide, PASSWORDS, Text};
use crate::complete::Values;

pub(super) const GUIDE: Guide = Guide {
    name: "drive_installer",
    title: "Drive an installer",
    description: "Runs an installer or a setup dialogue, and answers what it asks as the user \
                  wants it.",
    arguments: &[
        Argument {
            name: "command",
            title: "Command",
            description: "The command line that starts it",
            required: true,
            values: Values::Programs,
        },
        Argument {
            name: "wishes",
            title: "Wishes",
            description: "What to answer: directories, components, licences; defaults otherwise",
            required: false,
            values: Values::Free,
        },
        Argument {
            name: "directory",
            title: "Directory",
            description: "Where to start it",
            required: false,
            values: Values::Free,
        },
    ],
    text: Text::Fixed(text),
};

fn text(given: &Given<'_>) -> Result<String, RpcError> {
    let mut arguments = serde_json::json!({"command": given.required("command"), "timeout": 30});
    if let Some(directory) = given.get("directory") {
        arguments["cwd"] = directory.into();
    }
    Ok(format!(
        "Run an installer and answer what it asks, as was wished; where nothing was, its defaults.\n\n\
         {}\n\
         1. start_process {arguments}\n   Add `shell: true` only if the command needs a shell \
         (pipes, variables).\n\
         2. After each answer look at the status line. waiting:line: it asks for a line; \
         send_and_read with press_enter. waiting:raw: it reads single keys; get_screen shows menus \
         and what is selected, send_and_read with `keys` (Up, Down, Space, Tab, Enter) moves. \
         running: read_output with until=waiting waits on, as often as need be.\n   \
         Prompts that are known beforehand are quicker: answer_prompts with conditions or a recipe \
         (server_info lists them), or multi_step_automation.\n\
         3. Answer only what was wished or what is a harmless default. Ask the user first before \
         anything is overwritten, deleted or formatted, a licence is accepted, data is sent away, \
         or more rights are used than the command has.\n   {PASSWORDS}\n\
         4. A step that failed is read in full (search_output `error|fail`), and not simply tried \
         again. Leave a half-finished installation as its own way out leaves it: its cancel key, \
         then C-c.\n\
         5. At the end (state=exited) look at the exit code, and check the result: the program's \
         version, the service's state. Report what was chosen, what was installed where, and what \
         is left to do.\n\n{DATA}",
        given.list()
    ))
}
