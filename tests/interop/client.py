"""A conversation with the server by the protocol's official Python client.

Usage: client.py MODE URL
       client.py MODE SERVER [ARGUMENT]...

MODE is what the package's `Client` takes: `legacy` (the `initialize` handshake), `auto` (ask for
`server/discover` first), or a revision without a handshake. What the client made of the server's
answers is printed as one JSON object; judging it is left to the test that runs this script.
"""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.subscriptions import ResourcesListChanged, ResourceUpdated

# A server that does not answer at all is given up on after so many seconds.
PATIENCE = 120

PROMPT = "ready> "

# The newest revision whose subscriptions are single requests, and not streams.
LEGACY = "2025-11-25"


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


async def pages(method: Callable[..., Awaitable[Any]], key: str) -> dict[str, Any]:
    """What is listed on all pages, and the last page without it."""
    entries: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = plain(await method(cursor=cursor))
        entries += page.pop(key)
        cursor = page.get("nextCursor")
        if cursor is None:
            return {key: entries, "page": page}


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


class Person:
    """Who is asked when the server asks: says yes once, and no ever after."""

    def __init__(self) -> None:
        self.forms: list[dict[str, Any]] = []

    async def answer(self, context: Any, form: types.ElicitRequestParams) -> types.ElicitResult:
        self.forms.append(plain(form))
        if len(self.forms) == 1:
            return types.ElicitResult(action="accept", content={"approve": True})
        return types.ElicitResult(action="decline")


class Ear:
    """What the server announces of its resources, by either era's way."""

    def __init__(self) -> None:
        self.updated: list[str] = []
        self.lists = 0
        self._news = anyio.Event()

    async def message(self, message: Any) -> None:
        """A notification, or a fault of the connection."""
        if isinstance(message, Exception):
            raise message
        if message.params and message.params.meta:
            # It belongs to a stream, which hands it over as well.
            return
        if isinstance(message, types.ResourceUpdatedNotification):
            self.hear(ResourceUpdated(message.params.uri))
        elif isinstance(message, types.ResourceListChangedNotification):
            self.hear(ResourcesListChanged())

    def hear(self, change: Any) -> None:
        if isinstance(change, ResourceUpdated):
            self.updated.append(change.uri)
        elif isinstance(change, ResourcesListChanged):
            self.lists += 1
        self._news.set()
        self._news = anyio.Event()

    async def until(self, is_heard: Callable[[], bool]) -> None:
        while not is_heard():
            await self._news.wait()

    @asynccontextmanager
    async def on(self, client: Client, uri: str) -> AsyncIterator[None]:
        """Listens for changes of this resource and of the list."""
        if client.protocol_version == LEGACY:
            await client.subscribe_resource(uri)
            yield
            await client.unsubscribe_resource(uri)
            return
        changes = client.listen(resources_list_changed=True, resource_subscriptions=[uri])
        async with changes as changes, anyio.create_task_group() as tasks:

            async def listen() -> None:
                async for change in changes:
                    self.hear(change)

            tasks.start_soon(listen)
            yield
            tasks.cancel_scope.cancel()


async def watch(client: Client, person: Person, ear: Ear, uri: str) -> dict[str, Any]:
    """A resource that changes, and a list that does: by a program that a person agreed to, which
    ends and is forgotten."""

    async def call(tool: str, **arguments: Any) -> dict[str, Any]:
        return plain(await client.call_tool(tool, arguments))

    ear.lists = 0
    async with ear.on(client, uri):
        await call("send_input", session_id="sh", text="echo news", press_enter=True)
        await ear.until(lambda: uri in ear.updated)
        allowed = await call("start_process", command="uname -s", timeout=40)
        await ear.until(lambda: ear.lists >= 1)
        refused = await call("start_process", command="uname -s", timeout=40)
        await ear.until(lambda: ear.lists >= 2)
    changes = {"updated": ear.updated, "lists": ear.lists}
    approval = {"allowed": allowed, "refused": refused, "forms": person.forms}
    return {"changes": changes, "approval": approval}


async def explore(client: Client, person: Person, ear: Ear) -> dict[str, Any]:
    """What the server offers besides tools."""
    templates = await pages(client.list_resource_templates, "resourceTemplates")
    resources = await pages(client.list_resources, "resources")
    uris = {resource["name"]: resource["uri"] for resource in resources["resources"]}
    template = types.ResourceTemplateReference(uri="session://{id}/screen")
    guide = types.PromptReference(name="take_over_session")
    arguments = {"session": "sh", "aim": "say hello"}
    return {
        "templates": templates,
        "resources": resources,
        "screen": plain(await client.read_resource(uris["sh/screen"])),
        "info": plain(await client.read_resource(uris["sh/info"])),
        "no_such_resource": await refused(client.read_resource("session://nobody/screen")),
        "prompts": await pages(client.list_prompts, "prompts"),
        "prompt": plain(await client.get_prompt("take_over_session", arguments)),
        "bad_prompt": await refused(client.get_prompt("take_over_session", {})),
        "name_in_uri": plain(await client.complete(template, {"name": "id", "value": "s"})),
        "name_in_prompt": plain(await client.complete(guide, {"name": "session", "value": "s"})),
        "watched": await watch(client, person, ear, uris["sh/output"]),
    }


async def converse(client: Client, person: Person, ear: Ear) -> dict[str, Any]:
    """Everything that is asked of the server."""

    async def call(tool: str, **arguments: Any) -> dict[str, Any]:
        return plain(await client.call_tool(tool, arguments))

    server = client.server_info
    return {
        "revision": client.protocol_version,
        "server": plain(server) if server else None,
        "listing": await pages(client.list_tools, "tools"),
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
        "offers": await explore(client, person, ear),
        "end": await call("terminate_process", session_id="sh"),
        "sessions_after": await call("list_sessions"),
    }


async def main() -> None:
    mode, command, *arguments = sys.argv[1:]
    server: str | StdioServerParameters = command
    if not command.startswith("http://"):
        server = StdioServerParameters(command=command, args=arguments, env={"LC_ALL": "C.UTF-8"})
    person, ear = Person(), Ear()
    client = Client(
        server,
        mode=mode,
        read_timeout_seconds=60,
        elicitation_callback=person.answer,
        message_handler=ear.message,
    )
    with anyio.fail_after(PATIENCE):
        async with client:
            seen = await converse(client, person, ear)
    print(json.dumps(seen))


anyio.run(main)
