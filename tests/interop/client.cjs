// A conversation with the server by the protocol's official TypeScript clients.
//
// Usage: client.cjs PACKAGE MODE URL
//        client.cjs PACKAGE MODE SERVER [ARGUMENT]...
//
// PACKAGE is `sdk` (@modelcontextprotocol/sdk, the older era) or `client`
// (@modelcontextprotocol/client, both eras). MODE is `legacy` (the `initialize` handshake), `auto`
// (ask for `server/discover` first) or a revision without a handshake. The packages are found by
// NODE_PATH. What the client made of the server's answers is printed as one JSON object; judging it
// is left to the test that runs this script.
'use strict';

const PROMPT = 'ready> ';

// The client of the older era, under the names that the conversation uses.
function sdk() {
  const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport, getDefaultEnvironment } = require('@modelcontextprotocol/sdk/client/stdio.js');
  const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
  return {
    Client,
    StdioClientTransport,
    StreamableHTTPClientTransport,
    getDefaultEnvironment,
    options: () => ({}),
    call: (client, params, options) => client.callTool(params, undefined, options),
  };
}

// The client of both.
function client() {
  const { Client, StreamableHTTPClientTransport } = require('@modelcontextprotocol/client');
  const { StdioClientTransport, getDefaultEnvironment } = require('@modelcontextprotocol/client/stdio');
  const versions = (mode) => (mode === 'legacy' || mode === 'auto' ? mode : { pin: mode });
  return {
    Client,
    StdioClientTransport,
    StreamableHTTPClientTransport,
    getDefaultEnvironment,
    options: (mode) => ({ versionNegotiation: { mode: versions(mode) } }),
    call: (client, params, options) => client.callTool(params, options),
  };
}

function open(flavour, target, args) {
  if (target.startsWith('http://')) return new flavour.StreamableHTTPClientTransport(new URL(target));
  const env = { ...flavour.getDefaultEnvironment(), LC_ALL: 'C.UTF-8' };
  return new flavour.StdioClientTransport({ command: target, args, env });
}

// The tools of all pages, and the last page without them.
async function listTools(client) {
  const tools = [];
  let cursor;
  do {
    const { tools: some, ...page } = await client.listTools(cursor === undefined ? undefined : { cursor });
    tools.push(...some);
    cursor = page.nextCursor;
    if (cursor === undefined) return { tools, page };
  } while (true);
}

// The protocol error that a call ends in.
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return { code: error.code, message: error.message };
  }
  return {};
}

// A wait that ends because its progress was reported: the report is the cue to type what is waited
// for, in a call beside it.
async function waitWithProgress(call) {
  const reports = [];
  let typed;
  const onprogress = (report) => {
    reports.push(report);
    typed ??= call('send_input', { session_id: 'sh', text: "echo c''ue", press_enter: true });
  };
  const wait = { session_id: 'sh', wait_for: 'cue\r?\n', timeout: 40 };
  const result = await call('read_output', wait, { onprogress });
  await typed;
  return { result, reports };
}

// A wait that is cancelled as soon as it is known to be under way, and what the session shows once
// it has printed what was waited for.
async function giveUp(call) {
  const controller = new AbortController();
  const wait = {
    session_id: 'sh',
    expect_pattern: 'go-ahead\\r?\\n',
    response: 'echo typed by nobody',
    timeout: 40,
  };
  const options = { signal: controller.signal, onprogress: () => controller.abort('not wanted') };
  let cancelled = false;
  try {
    await call('expect_and_respond', wait, options);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    cancelled = true;
  }
  for (const [text, word] of [["echo go-a''head", 'go-ahead'], ["echo e''nd", 'end']]) {
    const wait_for = `${word}\n${PROMPT}$`;
    await call('send_and_read', { session_id: 'sh', text, press_enter: true, wait_for, timeout: 40 });
  }
  const after = await call('read_output', { session_id: 'sh', since: 0 });
  return { cancelled, after };
}

// Everything that is asked of the server.
async function converse(client, call) {
  const seen = {};
  seen.server = client.getServerVersion();
  seen.listing = await listTools(client);
  seen.start = await call('start_process', {
    command: 'bash --norc --noprofile',
    name: 'sh',
    env: { PS1: PROMPT },
    wait_for: `${PROMPT}$`,
    timeout: 40,
  });
  seen.line = await call('send_and_read', {
    session_id: 'sh',
    text: 'echo $((6 * 7))',
    press_enter: true,
    wait_for: `${PROMPT}$`,
    timeout: 40,
  });
  seen.progress = await waitWithProgress(call);
  seen.cancel = await giveUp(call);
  seen.sessions = await call('list_sessions', {});
  seen.bad_arguments = await call('start_process', { command: 'sh', rows: 'many' });
  seen.no_such_session = await call('read_output', { session_id: 'nobody' });
  seen.unknown_tool = await refused(call('no_such_tool', {}));
  seen.end = await call('terminate_process', { session_id: 'sh' });
  seen.sessions_after = await call('list_sessions', {});
  return seen;
}

async function main([name, mode, target, ...args]) {
  const flavour = name === 'sdk' ? sdk() : client();
  const transport = open(flavour, target, args);
  // Clients tell their transport what has been agreed on, and not everybody else.
  let revision;
  const setProtocolVersion = transport.setProtocolVersion?.bind(transport);
  transport.setProtocolVersion = (version) => {
    revision = version;
    setProtocolVersion?.(version);
  };
  const connection = new flavour.Client(
    { name: 'rejoinder-interop', version: '1.0.0' },
    { capabilities: { elicitation: {} }, ...flavour.options(mode) },
  );
  await connection.connect(transport);
  const call = (tool, args, options) => flavour.call(connection, { name: tool, arguments: args }, options);
  const seen = await converse(connection, call);
  await connection.close();
  process.stdout.write(JSON.stringify({ revision, ...seen }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
