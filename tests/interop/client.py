"""A conversation with the server by the protocol's official Python client.

Usage: client.py MODE URL
       client.py MODE SERVER [ARGUMENT]...

MODE is what the package's `Client` takes: `legacy` (the `initialize` handshake), `auto` (ask for
`server/discover` first), or a revision without a handshake. What the client made of the server's
answers is printed as one JSON object; judging it is left to the test that runs this script.
"""

import json
import sys
from collections.abc import Awaitable
from typing import Any

import anyio
from mcp import Client, MCPError, StdioServerParameters

# A server that does not answer at all is given up on after so many seconds.
PATIENCE = 120

PROMPT = "ready> "


def plain(model: Any) -> dict[str, Any]:
    """What the client understood, under the names it has on the wire; what was not sent is left
    out, even where the client has a default for it."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


async def refused(call: Awaitable[Any]) -> dict[str, Any]:
    """The protocol error that a call ends in."""
    try:
        await call
    except MCPError as error:
        return {"code": error.code, "message": error.message}
    return {}


async def list_tools(client: Client) -> dict[str, Any]:
    """The tools of all pages, and the last page without them."""
    tools: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = plain(await client.list_tools(cursor=cursor))
        tools += page.pop("tools")
        cursor = page.get("nextCursor")
        if cursor is None:
            return {"tools": tools, "page": page}


async def wait_with_progress(client: Client) -> dict[str, Any]:
    """A wait that ends because its progress was reported: the report is the cue to type what is
    waited for, in a call beside it."""
    reports: list[dict[str, Any]] = []
    reported = anyio.Event()

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reports.append({"progress": progress, "total": total, "message": message})
        reported.set()

    async def type_on_cue() -> None:
        await reported.wait()
        typed = {"session_id": "sh", "text": "echo c''ue", "press_enter": True}
        await client.call_tool("send_input", typed)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(type_on_cue)
        result = await client.call_tool(
            "read_output",
            {"session_id": "sh", "wait_for": "cue\r?\n", "timeout": 40},
            progress_callback=report,
        )
        tasks.cancel_scope.cancel()
    return {"result": plain(result), "reports": reports}


async def give_up(client: Client) -> dict[str, Any]:
    """A wait that is cancelled as soon as it is known to be under way, and what the session shows
    once it has printed what was waited for."""
    with anyio.CancelScope() as scope:

        async def report(progress: float, total: float | None, message: str | None) -> None:
            scope.cancel()

        await client.call_tool(
            "expect_and_respond",
            {
                "session_id": "sh",
                "expect_pattern": "go-ahead\\r?\\n",
                "response": "echo typed by nobody",
                "timeout": 40,
            },
            progress_callback=report,
        )
    for line, word in [("echo go-a''head", "go-ahead"), ("echo e''nd", "end")]:
        typed = {
            "session_id": "sh",
            "text": line,
            "press_enter": True,
            "wait_for": word + "\n" + PROMPT + "$",
            "timeout": 40,
        }
        await client.call_tool("send_and_read", typed)
    after = await client.call_tool("read_output", {"session_id": "sh", "since": 0})
    return {"cancelled": scope.cancelled_caught, "after": plain(after)}


async def converse(client: Client) -> dict[str, Any]:
    """Everything that is asked of the server."""

    async def call(tool: str, **arguments: Any) -> dict[str, Any]:
        return plain(await client.call_tool(tool, arguments))

    server = client.server_info
    return {
        "revision": client.protocol_version,
        "server": plain(server) if server else None,
        "listing": await list_tools(client),
        "start": await call(
            "start_process",
            command="bash --norc --noprofile",
            name="sh",
            env={"PS1": PROMPT},
            wait_for=PROMPT + "$",
            timeout=40,
        ),
        "line": await call(
            "send_and_read",
            session_id="sh",
            text="echo $((6 * 7))",
            press_enter=True,
            wait_for=PROMPT + "$",
            timeout=40,
        ),
        "progress": await wait_with_progress(client),
        "cancel": await give_up(client),
        "sessions": await call("list_sessions"),
        "bad_arguments": await call("start_process", command="sh", rows="many"),
        "no_such_session": await call("read_output", session_id="nobody"),
        "unknown_tool": await refused(client.call_tool("no_such_tool", {})),
        "end": await call("terminate_process", session_id="sh"),
        "sessions_after": await call("list_sessions"),
    }


async def main() -> None:
    mode, command, *arguments = sys.argv[1:]
    server: str | StdioServerParameters = command
    if not command.startswith("http://"):
        server = StdioServerParameters(command=command, args=arguments, env={"LC_ALL": "C.UTF-8"})
    with anyio.fail_after(PATIENCE):
        async with Client(server, mode=mode, read_timeout_seconds=60) as client:
            seen = await converse(client)
    print(json.dumps(seen))


anyio.run(main)
