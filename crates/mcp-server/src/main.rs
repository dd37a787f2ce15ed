//! The `mcp-server` binary: an MCP server for interactive programs.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match mcp_server::cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mcp-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}
