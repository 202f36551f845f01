// The nodes in a real Node-RED, with flows deployed through its admin API, against a simulated Logz.io. Runs in a folder
// where node-red and the packed nodes are installed.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { NodeRed } from './node-red.mjs';
import { Simulated } from './simulated.mjs';

const USER_DIR = join(process.cwd(), 'user');
const PACKAGES = join(USER_DIR, 'node_modules');
const DEADLINE_MS = 30_000;

let simulated;
let nodeRed;

/** Waits until `look` finds something. */
async function eventually(look, what) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what} did not happen; Node-RED says:\n${nodeRed.log}`);
    await sleep(100);
  }
}

const OUT = join(process.cwd(), 'out.ndjson');
const messages = () => (existsSync(OUT) ? readFileSync(OUT, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);

/** Deploys a flow, and waits until it runs. */
async function deploy(flow) {
  const started = () => nodeRed.log.split('Started flows').length;
  const before = started();
  await nodeRed.admin('POST', '/flows', flow);
  await eventually(() => started() > before, 'the start of the flow');
}
const inject = () => nodeRed.admin('POST', '/inject/inject');

const account = (more = {}, settings = {}) => ({
  id: 'account',
  type: 'logzio-account',
  name: '',
  where: 'url',
  url: simulated.url,
  ...settings,
  timeBudget: '5',
  credentials: { securityToken: simulated.securityToken, operationsToken: simulated.operationsToken, ...more },
});

/** A flow: a message of the test's, one of the nodes, and a file with what comes out of it; failures and statuses too. */
const flow = (node, message = {}, more = {}, settings = {}) => [
  { id: 'tab', type: 'tab', label: 'test' },
  account(more, settings),
  {
    id: 'inject',
    type: 'inject',
    z: 'tab',
    props: Object.entries(message).map(([p, v]) => ({ p, v: typeof v === 'string' ? v : JSON.stringify(v), vt: typeof v === 'string' ? 'str' : 'json' })),
    once: false,
    repeat: '',
    wires: [['tested']],
  },
  { id: 'tested', z: 'tab', account: 'account', wires: [['keep']], ...node },
  { id: 'catch', type: 'catch', z: 'tab', scope: null, wires: [['keep']] },
  { id: 'status', type: 'status', z: 'tab', scope: ['tested'], wires: [['keep']] },
  { id: 'keep', type: 'function', z: 'tab', func: 'delete msg._event; return { payload: JSON.stringify(msg) };', wires: [['write']] },
  { id: 'write', type: 'file', z: 'tab', filename: OUT, filenameType: 'str', appendNewline: true, overwriteFile: 'false', wires: [[]] },
].map((one, row) => (one.z === undefined ? one : { x: 100, y: 40 * row, ...one }));

before(async () => {
  simulated = await Simulated.serve('--days', '3');
  nodeRed = new NodeRed({ program: process.cwd(), userDir: USER_DIR, level: 'debug' });
  await nodeRed.start();
});
after(async () => {
  await nodeRed.stop();
  simulated.stop();
});

async function run(node, message, more, settings) {
  rmSync(OUT, { force: true });
  await deploy(flow(node, message, more, settings));
  await inject();
}

const results = () => messages().filter((one) => one.status === undefined && one.error === undefined);
const failures = () => messages().filter((one) => one.error !== undefined);
const statuses = () => messages().filter((one) => one.status !== undefined).map((one) => one.status.text);

test('every node is loaded and enabled', async () => {
  const ours = (await nodeRed.nodes()).filter((one) => one.module === 'node-red-contrib-logzio-soar');
  assert.deepEqual(
    ours.map((one) => one.name).sort(),
    ['logzio-account', 'logzio-event-logs', 'logzio-fetch', 'logzio-fields', 'logzio-hunt', 'logzio-search'],
  );
  for (const one of ours) assert(one.enabled && one.err === undefined, JSON.stringify(one));
});

test('incidents come once, also after a restart, and the status says how many', async () => {
  const node = { type: 'logzio-fetch', interval: '0', since: '-1d', store: 'file', severities: 'high, severe' };
  await run(node);
  await eventually(() => statuses().some((text) => /^\d+ new at/.test(text)), 'a fetch');
  const first = results();
  assert(first.length > 50, `${first.length}`);
  for (const { topic, payload } of first) {
    assert.equal(topic, payload.name);
    assert(['high', 'severe'].includes(payload.severity) && payload.raw.alertEventId === payload.id);
  }
  await nodeRed.stop();
  await nodeRed.start();
  await eventually(() => nodeRed.log.includes('Started flows'), 'the start of the flow');
  rmSync(OUT, { force: true });
  await inject();
  await eventually(() => statuses().some((text) => / at \d\d:\d\d UTC$/.test(text)), 'a fetch after the restart');
  const ids = [...first, ...results()].map((one) => one.payload.id);
  assert.equal(new Set(ids).size, ids.length);
  assert(results().length < 5, 'it started again');

  await run(node, { reset: true });
  await eventually(() => statuses().some((text) => /^\d+ new at/.test(text)), 'a fetch from the start');
  assert(results().length >= first.length - 5);
});

test('it polls by itself', async () => {
  rmSync(OUT, { force: true });
  await deploy(flow({ type: 'logzio-fetch', interval: '1', since: '-2h' }));
  await eventually(() => statuses().filter((text) => text === 'fetching').length >= 3, 'three fetches');
  const ids = results().map((one) => one.payload.id);
  assert(ids.length > 5 && new Set(ids).size === ids.length);
});

test('logs are searched by the query of the node or of the message', async () => {
  await run({ type: 'logzio-search', query: '', limit: '7' }, { payload: 'type:falco', since: '-3d', kept: 'yes' });
  const [found] = await eventually(() => results().length > 0 && results(), 'a search');
  assert.equal(found.payload.length, 7);
  assert.equal(found.kept, 'yes');
  assert(found.next && found.payload.every((log) => JSON.stringify(log.source.type).includes('falco')));
  await run({ type: 'logzio-search', query: 'type:falco', limit: '' }, { payload: 'type:nothing', since: '-3d' });
  const [all] = await eventually(() => results().length > 0 && results(), 'a search');
  assert.equal(all.total, all.payload.length);
  assert.equal(all.next, null);
});

test('each request of a node is in the log, at the level debug', async () => {
  nodeRed.log = '';
  await run({ type: 'logzio-search', query: 'type:falco', since: '-1d', limit: '10' });
  await eventually(() => results().length > 0, 'a search');
  const line = /\[debug\] \[logzio-account:account\] POST \/v1\/search: 200, \d+ ms, \d+ bytes sent, \d+ received\n/;
  await eventually(() => line.test(nodeRed.log), 'a line of the log');
});

test('every page of a search is a message, if all are asked for', async () => {
  const node = { type: 'logzio-search', query: 'type:falco', since: '-3d', until: '-1h' };
  await run({ ...node, all: true, limit: '40' });
  await eventually(() => statuses().some((text) => /^\d+ logs$/.test(text)), 'a search');
  const pages = results();
  const ids = pages.flatMap((page) => page.payload.map((log) => log.id));
  assert(pages.length > 3 && new Set(ids).size === ids.length && ids.length === pages.at(-1).total);
  await run(node, { limit: 40, page: pages[0].next });
  const [second] = await eventually(() => results().length > 0 && results(), 'the second page');
  assert.deepEqual(second.payload, pages[1].payload);
});

test('the end of a fetch says what came and where the next one starts', async () => {
  const node = { type: 'logzio-fetch', interval: '0', since: '-1d', limit: '5', all: false, wires: [['keep'], ['keep']] };
  await run(node, { reset: true, kept: 'yes' });
  const ended = () => results().find((one) => one.payload.count !== undefined);
  const { kept, payload: end } = await eventually(ended, 'the end of a fetch');
  assert(end.count === 5 && end.more && kept === 'yes');
  const first = results().filter((one) => one.payload.id !== undefined).map((one) => one.payload.id);
  await run(node, { cursor: end.next, limit: 3 });
  await eventually(ended, 'the end of a fetch');
  const then = results().filter((one) => one.payload.id !== undefined).map((one) => one.payload.id);
  assert(first.length === 5 && then.length === 3 && new Set([...first, ...then]).size === 8);
});

test('documents come as the texts that Logz.io sent, if asked for', async () => {
  await run({ type: 'logzio-search', query: 'type:falco', limit: '1', documents: 'text' }, { since: '-3d' });
  const [found] = await eventually(() => results().length > 0 && results(), 'a search');
  assert.equal(typeof found.payload[0].source, 'string');
  assert(JSON.parse(found.payload[0].source)['@timestamp']);
});

test('an account is checked as it stands in the dialog, before it is deployed', async () => {
  await deploy(flow({ type: 'logzio-hunt' }));
  const check = (body) => nodeRed.admin('POST', '/logzio-soar/check/account', body);
  const verdicts = ({ ok }) => [...new Set(ok.map((one) => one.outcome.case))];
  const { url } = simulated;
  // The dialog shows this for a token that is stored.
  const stored = { securityToken: '__PWRD__', operationsToken: '__PWRD__' };
  assert.deepEqual(verdicts(await check({ where: 'url', url, ...stored })), ['passed']);
  const failed = await check({ where: 'url', url, securityToken: 'canary-token', operationsToken: '' });
  assert(verdicts(failed).includes('failed') && !JSON.stringify(failed).includes('canary-token'));
  assert.match((await check({ where: 'url', url: '', ...stored })).error, /https/);
  assert.match((await check({ where: 'url', url, timeBudget: 'long', ...stored })).error, /seconds/);
  const { ok } = await nodeRed.admin('GET', '/logzio-soar/integration');
  assert(ok.parameters.find((one) => one.name === 'region').options.includes('eu'));
});

test('the logs behind an incident come with the incident', async () => {
  await run({ type: 'logzio-fetch', interval: '0', since: '-1d', attachLogs: '1' }, { reset: true });
  const { payload: incident } = await eventually(() => results().find((one) => one.payload.logs.length > 0), 'a fetch');
  await run({ type: 'logzio-event-logs', limit: '2' }, { payload: incident });
  const [found] = await eventually(() => results().length > 0 && results(), 'the logs');
  assert(found.payload.length >= 1 && found.payload.length <= 2 && found.incident.id === incident.id);
});

test('indicators are hunted', async () => {
  const payload = ['203[.]0.113.9', { value: 'grace', kind: 'user' }, '0.0.0.0/0'];
  await run({ type: 'logzio-hunt', since: '-2d', limit: '1' }, { payload });
  const [found] = await eventually(() => results().length > 0 && results(), 'a hunt');
  assert.deepEqual(found.payload.map((one) => [one.value, one.kind]), [['203.0.113.9', 'ip'], ['grace', 'user']]);
  assert(found.payload[1].hits > 1 && found.payload[1].logs.length === 1);
  assert.deepEqual(found.rejected.map((one) => one.value), ['0.0.0.0/0']);
});

test('fields are found, and the payload passes through to a hunt', async () => {
  const payload = [{ value: 'grace', kind: 'user' }];
  await run({ type: 'logzio-fields', since: '-2d' }, { payload });
  const [found] = await eventually(() => results().length > 0 && results(), 'the fields');
  assert.deepEqual(found.payload, payload);
  assert(found.logTypes.length > 0 && found.fields.user.length > 0 && found.kinds.length > 0);
  const { fields, logTypes } = found;
  await run({ type: 'logzio-hunt', since: '-2d', limit: '1' }, { payload, fields, logTypes });
  const [hunted] = await eventually(() => results().length > 0 && results(), 'a hunt');
  assert(hunted.payload[0].hits > 1);
  assert.deepEqual(hunted.searched.map((one) => one.kind), ['user']);
});

test('failures reach the catch node and the status, and the process lives on', async () => {
  for (const [node, message, text, more] of [
    [{ type: 'logzio-search', query: '*x' }, {}, 'wildcard'],
    [{ type: 'logzio-search', query: '' }, { payload: 5 }, 'there is no query'],
    [{ type: 'logzio-search', query: 'x', limit: 'many' }, {}, 'whole number'],
    [{ type: 'logzio-search', query: 'x', account: 'nowhere' }, {}, 'no account'],
    [{ type: 'logzio-event-logs' }, { payload: { no: 'id' } }, 'there is no event'],
    [{ type: 'logzio-hunt' }, { payload: [] }, 'at least one'],
    [{ type: 'logzio-hunt', fields: '["user"]' }, { payload: ['203.0.113.9'] }, 'no JSON object'],
    [{ type: 'logzio-hunt' }, { payload: ['203.0.113.9'], fields: { colour: [] } }, 'colour'],
    [{ type: 'logzio-search', query: 'x' }, { since: { an: 'object' } }, 'give a text'],
    [{ type: 'logzio-search', query: 'x' }, { documents: 'xml' }, 'object or text'],
    [{ type: 'logzio-fetch', interval: '0' }, { cursor: 'banana' }, 'cursor'],
    [{ type: 'logzio-fetch', interval: '0', since: 'banana' }, { reset: true }, 'banana'],
    [{ type: 'logzio-fetch', interval: '0', since: '-1d' }, {}, 'token', { securityToken: 'canary-token' }],
    [{ type: 'logzio-fetch', interval: '0', since: '-1d' }, {}, 'token', { securityToken: '', operationsToken: '' }],
  ]) {
    await run(node, message, more);
    const [failure] = await eventually(() => failures().length > 0 && failures(), `a failure of ${text}`);
    assert(failure.error.message.includes(text), failure.error.message);
    // Its name and what there is of it, for a switch node.
    if (failure.error.cause !== undefined) assert.equal(failure.error.code, failure.error.cause.case);
    await eventually(() => statuses().length > 0, 'a status');
  }
});

/** A server that answers with a gigabyte, plain or compressed. */
async function serveGigabyte(isCompressed) {
  const plain = Buffer.alloc(2 ** 20, ' ');
  const whole = isCompressed ? gzipSync(Buffer.concat(Array(1024).fill(plain)), { level: 1 }) : undefined;
  const server = createServer((request, response) => {
    request.resume();
    response.on('error', () => {});
    response.writeHead(200, isCompressed ? { 'Content-Encoding': 'gzip' } : {});
    if (isCompressed) return response.end(whole);
    let left = 1024;
    const more = () => {
      while (left-- > 0 && !response.destroyed) if (!response.write(plain)) return response.once('drain', more);
      response.end();
    };
    more();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

test('an answer of a gigabyte is told, and costs no memory', { skip: process.platform !== 'linux' && 'only Linux tells the peak so' }, async () => {
  const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${nodeRed.process.pid}/status`, 'utf8'))[1]) / 1024;
  for (const isCompressed of [false, true]) {
    const server = await serveGigabyte(isCompressed);
    const before = peak();
    await run({ type: 'logzio-search', query: 'x' }, {}, {}, { url: server.url, timeBudget: '20' });
    // Refused for its size, or, on a slow machine, given up when the time was spent.
    const told = () => failures().map((one) => one.error.code)[0] ?? results().flatMap((one) => one.notices.map((notice) => notice.code))[0];
    assert.match(await eventually(told, 'an end'), /^(malformed-response|server|timed-out|goes-on|cut-short)$/);
    assert(peak() - before < 400, `${peak() - before} MiB more`);
    server.stop();
    await run({ type: 'logzio-search', query: 'type:falco', limit: '1' }, { since: '-3d' });
    await eventually(() => results().length > 0, 'a search after it');
  }
});

// Core modules: a function that never returns, and one that traps.
const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0];
const LOOPS = [...HEAD, 10, 9, 1, 7, 0, 3, 0x40, 12, 0, 11, 11];
const TRAPS = [...HEAD, 10, 5, 1, 3, 0, 0, 11];
const calling = `export async function instantiate(core) {
  const { exports } = await WebAssembly.instantiate(core('component.core.wasm'));
  return { 'logzio:soar/logs@0.1.0': { searchLogs: exports.f } };
}`;

test('a component that is broken is told, and Node-RED lives on', async () => {
  const usual = nodeRed;
  for (const [name, damage, text] of [
    ['truncated', (file) => writeFileSync(file('component.core.wasm'), readFileSync(file('component.core.wasm')).subarray(0, 400_000)), 'could not be started'],
    ['of another version', (file) => writeFileSync(file('component.js'), readFileSync(file('component.js'), 'utf8').replaceAll('@0.1.0', '@0.9.0')), '0.9.0'],
    ['trapping', (file) => (writeFileSync(file('component.core.wasm'), Uint8Array.from(TRAPS)), writeFileSync(file('component.js'), calling)), 'unreachable'],
    ['endless', (file) => (writeFileSync(file('component.core.wasm'), Uint8Array.from(LOOPS)), writeFileSync(file('component.js'), calling)), 'did not come back within'],
    ['hungry', undefined, 'failed'],
  ]) {
    const userDir = join(process.cwd(), 'broken');
    rmSync(userDir, { recursive: true, force: true });
    cpSync(PACKAGES, join(userDir, 'node_modules'), { recursive: true });
    writeFileSync(join(userDir, 'package.json'), '{"name":"user","private":true}');
    damage?.((one) => join(userDir, 'node_modules/logzio-soar/dist/component', one));
    nodeRed = new NodeRed({ program: process.cwd(), userDir, level: 'debug' });
    try {
      await nodeRed.start();
      const settings = { timeBudget: '1', memoryLimit: damage === undefined ? '1' : '' };
      await run({ type: 'logzio-search', query: '*' }, { since: '-1h' }, {}, settings);
      const [failure] = await eventually(() => failures().length > 0 && failures(), `a failure of one that is ${name}`);
      assert(failure.error.message.includes(text), `${name}: ${failure.error.message}`);
      assert.equal(failure.error.cause, undefined);
      // It lives on, and says the same again.
      rmSync(OUT, { force: true });
      await inject();
      await eventually(() => failures().length > 0, `a second failure of one that is ${name}`);
      for (const token of [simulated.securityToken, simulated.operationsToken]) assert(!nodeRed.log.includes(token));
    } finally {
      await nodeRed.stop();
      nodeRed = usual;
    }
  }
});

test('no token is in a log, a flow file or a message', () => {
  const files = readdirSync(USER_DIR, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile() && !one.parentPath.includes('node_modules'))
    .map((one) => readFileSync(join(one.parentPath, one.name), 'utf8'));
  assert(files.length >= 2 && files.some((text) => text.includes('logzio-fetch')), 'there is no flow file');
  assert(!nodeRed.log.includes('MaxListeners'), nodeRed.log);
  for (const text of [...files, nodeRed.log, readFileSync(OUT, 'utf8')]) {
    for (const token of [simulated.securityToken, simulated.operationsToken, 'canary-token']) assert(!text.includes(token));
  }
});

test('the example flow deploys without an error', async () => {
  const example = JSON.parse(readFileSync(process.env.LOGZIO_SOAR_EXAMPLE, 'utf8'));
  const before = nodeRed.log.length;
  await deploy(example.map((one) => (one.type === 'logzio-account' ? { ...one, ...account(), id: one.id } : one)));
  assert(!/unknown|missing/i.test(nodeRed.log.slice(before)), nodeRed.log.slice(before));
});
