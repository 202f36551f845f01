// The nodes in a real Node-RED, with flows deployed through its admin API, against a simulated Logz.io. Runs in a folder
// where node-red and the packed nodes are installed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Simulated } from './simulated.mjs';

const USER_DIR = join(process.cwd(), 'user');
const DEADLINE_MS = 30_000;

let simulated;
let nodeRed;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

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

class NodeRed {
  log = '';

  async start() {
    this.port = await freePort();
    const settings = {
      uiPort: this.port,
      uiHost: '127.0.0.1',
      userDir: USER_DIR,
      flowFile: 'flows.json',
      credentialSecret: 'of the test',
      contextStorage: { default: 'memory', file: { module: 'localfilesystem', config: { flushInterval: 0 } }, memory: { module: 'memory' } },
      telemetry: { enabled: false, updateNotification: false },
      logging: { console: { level: 'debug', metrics: false, audit: true } },
    };
    const file = join(process.cwd(), 'settings.cjs');
    writeFileSync(file, `module.exports = ${JSON.stringify(settings)};`);
    const program = join(process.cwd(), 'node_modules/node-red/red.js');
    this.process = spawn(process.execPath, [program, '--settings', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (bytes) => (this.log += bytes));
    }
    this.log = '';
    await eventually(() => this.log.includes('Started flows'), 'the start');
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await ended;
  }

  async nodes() {
    const answer = await fetch(`http://127.0.0.1:${this.port}/nodes`, { headers: { Accept: 'application/json' } });
    return answer.json();
  }

  /** Deploys a flow, and waits until it runs. */
  async deploy(flow) {
    const started = this.log.split('Started flows').length;
    const answer = await fetch(`http://127.0.0.1:${this.port}/flows`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(flow),
    });
    assert.equal(answer.status, 204, await answer.text());
    await eventually(() => this.log.split('Started flows').length > started, 'the start of the flow');
  }

  inject(id) {
    return fetch(`http://127.0.0.1:${this.port}/inject/${id}`, { method: 'POST' });
  }
}

const OUT = join(process.cwd(), 'out.ndjson');
const messages = () => (existsSync(OUT) ? readFileSync(OUT, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line)) : []);

const account = (more = {}) => ({
  id: 'account',
  type: 'logzio-account',
  name: '',
  url: simulated.url,
  timeBudget: '5',
  credentials: { securityToken: simulated.securityToken, operationsToken: simulated.operationsToken, ...more },
});

/** A flow: a message of the test's, one of the nodes, and a file with what comes out of it; failures and statuses too. */
const flow = (node, message = {}, more = {}) => [
  { id: 'tab', type: 'tab', label: 'test' },
  account(more),
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
  nodeRed = new NodeRed();
  await nodeRed.start();
});
after(async () => {
  await nodeRed.stop();
  simulated.stop();
});

async function run(node, message, more) {
  rmSync(OUT, { force: true });
  await nodeRed.deploy(flow(node, message, more));
  assert.equal((await nodeRed.inject('inject')).status, 200);
}

const results = () => messages().filter((one) => one.status === undefined && one.error === undefined);
const failures = () => messages().filter((one) => one.error !== undefined);
const statuses = () => messages().filter((one) => one.status !== undefined).map((one) => one.status.text);

test('every node is loaded and enabled', async () => {
  const ours = (await nodeRed.nodes()).filter((one) => one.module === 'node-red-contrib-logzio-soar');
  assert.deepEqual(
    ours.map((one) => one.name).sort(),
    ['logzio-account', 'logzio-event-logs', 'logzio-fetch', 'logzio-hunt', 'logzio-search'],
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
  rmSync(OUT, { force: true });
  assert.equal((await nodeRed.inject('inject')).status, 200);
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
  await nodeRed.deploy(flow({ type: 'logzio-fetch', interval: '1', since: '-2h' }));
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
  assert.equal(all.next, undefined);
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

test('failures reach the catch node and the status, and the process lives on', async () => {
  for (const [node, message, text, more] of [
    [{ type: 'logzio-search', query: '*x' }, {}, 'wildcard'],
    [{ type: 'logzio-search', query: '' }, { payload: 5 }, 'there is no query'],
    [{ type: 'logzio-search', query: 'x', limit: 'many' }, {}, 'whole number'],
    [{ type: 'logzio-search', query: 'x', account: 'nowhere' }, {}, 'no account'],
    [{ type: 'logzio-event-logs' }, { payload: { no: 'id' } }, 'there is no event'],
    [{ type: 'logzio-hunt' }, { payload: [] }, 'at least one'],
    [{ type: 'logzio-fetch', interval: '0', since: 'banana' }, { reset: true }, 'banana'],
    [{ type: 'logzio-fetch', interval: '0', since: '-1d' }, {}, 'token', { securityToken: 'canary-token' }],
    [{ type: 'logzio-fetch', interval: '0', since: '-1d' }, {}, 'token', { securityToken: '', operationsToken: '' }],
  ]) {
    await run(node, message, more);
    const [failure] = await eventually(() => failures().length > 0 && failures(), `a failure of ${text}`);
    assert(failure.error.message.includes(text), failure.error.message);
    await eventually(() => statuses().length > 0, 'a status');
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
  await nodeRed.deploy(example.map((one) => (one.type === 'logzio-account' ? { ...one, ...account(), id: one.id } : one)));
  assert(!/unknown|missing/i.test(nodeRed.log.slice(before)), nodeRed.log.slice(before));
});
