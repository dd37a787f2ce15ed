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

// The newest revision whose subscriptions are single requests, and not streams.
const LEGACY = '2025-11-25';

// The client of the older era, under the names that the conversation uses.
function sdk() {
  const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
  const { StdioClientTransport, getDefaultEnvironment } = require('@modelcontextprotocol/sdk/client/stdio.js');
  const { StreamableHTTPClientTransport } = require('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const {
    ElicitRequestSchema,
    ResourceListChangedNotificationSchema,
    ResourceUpdatedNotificationSchema,
  } = require('@modelcontextprotocol/sdk/types.js');
  return {
    Client,
    StdioClientTransport,
    StreamableHTTPClientTransport,
    getDefaultEnvironment,
    options: () => ({}),
    call: (client, params, options) => client.callTool(params, undefined, options),
    asked: ElicitRequestSchema,
    listChanged: ResourceListChangedNotificationSchema,
    updated: ResourceUpdatedNotificationSchema,
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
    asked: 'elicitation/create',
    listChanged: 'notifications/resources/list_changed',
    updated: 'notifications/resources/updated',
  };
}

function open(flavour, target, args) {
  if (target.startsWith('http://')) return new flavour.StreamableHTTPClientTransport(new URL(target));
  const env = { ...flavour.getDefaultEnvironment(), LC_ALL: 'C.UTF-8' };
  return new flavour.StdioClientTransport({ command: target, args, env });
}

// What is listed under this name on all pages, and the last page without it.
async function pages(list, key) {
  const entries = [];
  let cursor;
  do {
    const { [key]: some, ...page } = await list(cursor === undefined ? undefined : { cursor });
    entries.push(...some);
    cursor = page.nextCursor;
    if (cursor === undefined) return { [key]: entries, page };
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

// Who is asked when the server asks: says yes once, and no ever after.
function person(client, flavour) {
  const forms = [];
  client.setRequestHandler(flavour.asked, (request) => {
    forms.push(request.params);
    return forms.length === 1 ? { action: 'accept', content: { approve: true } } : { action: 'decline' };
  });
  return forms;
}

// What the server announces of its resources.
function ear(client, flavour) {
  const heard = { updated: [], lists: 0 };
  const waiting = [];
  const news = () => waiting.splice(0).forEach((go) => go());
  client.setNotificationHandler(flavour.updated, ({ params }) => {
    heard.updated.push(params.uri);
    news();
  });
  client.setNotificationHandler(flavour.listChanged, () => {
    heard.lists += 1;
    news();
  });
  const until = async (isHeard) => {
    while (!isHeard(heard)) await new Promise((go) => waiting.push(go));
  };
  return { heard, until };
}

// Listens for changes of this resource and of the list by the era's way, and returns how to stop.
async function listen(client, revision, uri) {
  if (revision === LEGACY) {
    await client.subscribeResource({ uri });
    return () => client.unsubscribeResource({ uri });
  }
  const changes = await client.listen({ resourcesListChanged: true, resourceSubscriptions: [uri] });
  return () => changes.close();
}

// A resource that changes, and a list that does: by a program that a person agreed to, which ends
// and is forgotten.
async function watch(client, call, revision, forms, { heard, until }, uri) {
  heard.lists = 0;
  const stop = await listen(client, revision, uri);
  await call('send_input', { session_id: 'sh', text: 'echo news', press_enter: true });
  await until(({ updated }) => updated.includes(uri));
  const allowed = await call('start_process', { command: 'uname -s', timeout: 40 });
  await until(({ lists }) => lists >= 1);
  const refused = await call('start_process', { command: 'uname -s', timeout: 40 });
  await until(({ lists }) => lists >= 2);
  await stop();
  return { changes: heard, approval: { allowed, refused, forms } };
}

// What the server offers besides tools.
async function explore(client, call, revision, forms, changes) {
  const templates = (page) => client.listResourceTemplates(page);
  const seen = { templates: await pages(templates, 'resourceTemplates') };
  seen.resources = await pages((page) => client.listResources(page), 'resources');
  const uris = Object.fromEntries(seen.resources.resources.map(({ name, uri }) => [name, uri]));
  seen.screen = await client.readResource({ uri: uris['sh/screen'] });
  seen.info = await client.readResource({ uri: uris['sh/info'] });
  seen.no_such_resource = await refused(client.readResource({ uri: 'session://nobody/screen' }));
  seen.prompts = await pages((page) => client.listPrompts(page), 'prompts');
  const name = 'take_over_session';
  seen.prompt = await client.getPrompt({ name, arguments: { session: 'sh', aim: 'say hello' } });
  seen.bad_prompt = await refused(client.getPrompt({ name, arguments: {} }));
  seen.name_in_uri = await client.complete({
    ref: { type: 'ref/resource', uri: 'session://{id}/screen' },
    argument: { name: 'id', value: 's' },
  });
  seen.name_in_prompt = await client.complete({
    ref: { type: 'ref/prompt', name },
    argument: { name: 'session', value: 's' },
  });
  seen.watched = await watch(client, call, revision, forms, changes, uris['sh/output']);
  return seen;
}

// Everything that is asked of the server.
async function converse(client, call, explore) {
  const seen = {};
  seen.server = client.getServerVersion();
  seen.listing = await pages((page) => client.listTools(page), 'tools');
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
  seen.offers = await explore();
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
  const forms = person(connection, flavour);
  const changes = ear(connection, flavour);
  await connection.connect(transport);
  const call = (tool, args, options) => flavour.call(connection, { name: tool, arguments: args }, options);
  const seen = await converse(connection, call, () => explore(connection, call, revision, forms, changes));
  await connection.close();
  process.stdout.write(JSON.stringify({ revision, ...seen }));
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
