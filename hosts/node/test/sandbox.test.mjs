// Components and servers that do not behave: the process lives on and says what happened.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ContractError, LogzioSoar } from 'logzio-soar';
import { Simulated } from './simulated.mjs';

const { LOGZIO_SOAR_ADAPTER: ADAPTER, LOGZIO_SOAR_TARGET: TARGET } = process.env;

let simulated;
let folder;
before(async () => {
  simulated = await Simulated.serve('--days', '1');
  folder = mkdtempSync(join(tmpdir(), 'logzio-soar-'));
});
after(() => {
  simulated.stop();
  rmSync(folder, { recursive: true });
});

/** Starts an adapter with a component, and has it answer calls one after the other. */
async function asked(component, calls) {
  const adapter = spawn(process.execPath, [ADAPTER], { env: { ...process.env, LOGZIO_SOAR_COMPONENT: component } });
  let said = '';
  adapter.stderr.on('data', (bytes) => (said += bytes));
  const lines = createInterface({ input: adapter.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const answers = [];
  for (const call of calls) {
    adapter.stdin.write(`${JSON.stringify(call)}\n`);
    answers.push(JSON.parse((await lines.next()).value));
  }
  const ended = once(adapter, 'exit');
  adapter.stdin.end();
  assert.deepEqual([(await ended)[0], said], [0, '']);
  return answers;
}

const fetching = (mutation, time_budget_ms = 5_000) => ({
  function: 'incidents.fetch-incidents',
  arguments: {
    connection: { endpoint: { case: 'url', value: simulated.url }, security_token: simulated.securityToken, time_budget_ms },
    request: { start: { case: 'at', value: '-1h' }, filter: { severities: [], tags: [], include_muted: false } },
  },
  environment: { LOGZIO_SOAR_MUTATION: mutation },
});

test('what is no such component is refused', async () => {
  const wasm = readFileSync(join(TARGET, 'logzio-soar.wasm'));
  const other = Buffer.from(wasm.toString('latin1').replaceAll('@0.1.0', '@0.9.0'), 'latin1');
  for (const [name, bytes] of [
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('banana')],
    ['truncated', wasm.subarray(0, wasm.length / 2)],
    ['of another version', other],
  ]) {
    const file = join(folder, 'component.wasm');
    writeFileSync(file, bytes);
    const [answer] = await asked(file, [fetching('')]);
    assert.match(answer.trap ?? answer.missing, /no component|does not export|0\.9\.0/, `${name}: ${JSON.stringify(answer)}`);
  }
  const [answer] = await asked(join(folder, 'nowhere.wasm'), [fetching('')]);
  assert.match(answer.trap, /no component/);
});

test('a trap, a loop, a hunger for memory and a flood of output end the call and nothing else', async () => {
  const mutants = join(TARGET, 'logzio-soar-mutants.wasm');
  for (const mutation of ['traps', 'loops-for-ever', 'takes-memory-for-ever', 'prints-for-ever']) {
    const began = Date.now();
    const [broken, next] = await asked(mutants, [fetching(mutation, 1_000), fetching('')]);
    assert(broken.trap, `${mutation}: ${JSON.stringify(broken)}`);
    assert(next.ok, `${mutation}: ${JSON.stringify(next)}`);
    assert(!broken.trap.includes(simulated.securityToken));
    assert(Date.now() - began < 20_000);
  }
});

test('a package whose component is damaged says so', async () => {
  // Beside the installed one, so that its libraries are found.
  const copy = join(process.cwd(), 'node_modules', 'damaged');
  cpSync('node_modules/logzio-soar', copy, { recursive: true });
  try {
    const component = join(copy, 'dist/component');
    const core = readdirSync(component).find((name) => name.endsWith('.core.wasm'));
    truncateSync(join(component, core), 10_000);
    const { LogzioSoar: Damaged } = await import(pathToFileURL(join(copy, 'dist/index.js')).href);
    const account = new Damaged({ url: simulated.url, securityToken: simulated.securityToken });
    await assert.rejects(account.fetchIncidents({ since: '-1h' }), { name: 'ComponentError', message: /could not be started/ });
  } finally {
    rmSync(copy, { recursive: true });
  }
});

for (const compressed of [false, true]) {
  test(`an answer of a gigabyte${compressed ? ', compressed,' : ''} costs no memory`, async () => {
    let sent = 0;
    // Packed before anybody asks: it takes seconds.
    const packed = compressed ? gzipSync(Buffer.alloc(2 ** 30, ' '), { level: 1 }) : undefined;
    const server = createServer(async (request, response) => {
      request.resume();
      response.on('error', () => {});
      if (compressed) {
        response.setHeader('Content-Encoding', 'gzip');
        response.end(packed);
        return;
      }
      const chunk = Buffer.alloc(2 ** 20, ' ');
      for (let megabyte = 0; megabyte < 1024 && !response.destroyed; megabyte++) {
        sent += chunk.length;
        if (!response.write(chunk)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
      }
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const program = `
      import { LogzioSoar } from 'logzio-soar';
      const [hostile, usual, securityToken] = process.argv.slice(1);
      const fetching = (url) => new LogzioSoar({ url, securityToken }).fetchIncidents({ since: '-1d', limit: 1 });
      const peak = () => Math.round(process.resourceUsage().maxRSS / 1024);
      await fetching(usual);
      const before = peak();
      const error = await fetching(hostile).catch((one) => one);
      const { incidents } = await fetching(usual);
      console.log(JSON.stringify([error.case, error.message, incidents.length, peak() - before]));`;
    const arguments_ = ['--input-type=module', '-e', program, `http://127.0.0.1:${server.address().port}`, simulated.url, simulated.securityToken];
    const child = spawn(process.execPath, arguments_, { env: {} });
    let out = '';
    let failed = '';
    child.stdout.on('data', (bytes) => (out += bytes));
    child.stderr.on('data', (bytes) => (failed += bytes));
    const [status] = await once(child, 'close');
    server.closeAllConnections();
    server.close();
    assert.equal(status, 0, failed);
    const [which, text, incidents, megabytes] = JSON.parse(out);
    assert(['malformed-response', 'server'].includes(which), out);
    assert(text.length > 20 && incidents === 1);
    assert(megabytes < 500, `${megabytes} MiB`);
    assert(sent < 2 ** 29, `${sent} bytes`);
  });
}

test('a redirect is not followed, and no other origin is reached', async () => {
  const reached = [];
  const other = createServer((request, response) => {
    reached.push(request.url);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const first = createServer((request, response) => {
    request.resume();
    response.writeHead(307, { Location: `http://127.0.0.1:${other.address().port}/stolen` }).end();
  }).listen(0, '127.0.0.1');
  await once(first, 'listening');
  try {
    const account = simulated.account({ url: `http://127.0.0.1:${first.address().port}`, timeBudgetMs: 2_000 });
    await assert.rejects(account.fetchIncidents({ since: '-1h' }), ContractError);
    assert.deepEqual(reached, []);
  } finally {
    first.close();
    other.close();
  }
});

test('the one host holds for a component that goes elsewhere', async () => {
  const reached = [];
  const other = createServer((request, response) => {
    reached.push(request.url);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
  try {
    const { Pool, COMPONENT } = await import('../node_modules/logzio-soar/dist/pool.js');
    const pool = new Pool({ folder: COMPONENT, memoryLimit: 2 ** 28 }, 1);
    const url = `http://127.0.0.1:${other.address().port}`;
    const connection = { endpoint: { tag: 'url', val: url }, securityToken: 't', timeBudgetMs: 1_000 };
    // Allowed is another port than the one that it asks for.
    const ask = { interface: 'diagnostics', function: 'checkConnection', arguments: [connection], environment: [] };
    await pool.call({ ...ask, origin: simulated.url }, 10_000);
    assert.deepEqual(reached, []);
    await pool.call({ ...ask, origin: url }, 10_000);
    assert(reached.length > 0);
    await pool.close();
  } finally {
    other.close();
  }
});

test('threads do not keep the process, a call does, and Ctrl-C ends it', async () => {
  const slow = await Simulated.serve('--days', '1', '--fault', 'events:delayx*;for=25s');
  try {
    const run = (url, more) => [
      ['--input-type=module', '-e', `import { LogzioSoar } from 'logzio-soar';
        const account = new LogzioSoar({ url: '${url}', securityToken: process.env.TOKEN });
        account.fetchIncidents({ since: '-1h', limit: 1 }).then((page) => console.log(page.incidents.length)); ${more}`],
      { env: { TOKEN: simulated.securityToken }, encoding: 'utf8', timeout: 20_000 },
    ];
    const whole = spawnSync(process.execPath, ...run(simulated.url, ''));
    assert.deepEqual([whole.status, whole.stdout, whole.stderr], [0, '1\n', '']);
    const child = spawn(process.execPath, ...run(slow.url, "console.log('calling');"));
    await once(child.stdout, 'data');
    const began = Date.now();
    child.kill('SIGINT');
    await once(child, 'exit');
    assert(Date.now() - began < 3_000);
  } finally {
    slow.stop();
  }
});

test('what cannot be passed to a thread does not block it', async () => {
  const account = new LogzioSoar({ url: simulated.url, securityToken: simulated.securityToken, threads: 1 });
  const { Pool, COMPONENT } = await import('../node_modules/logzio-soar/dist/pool.js');
  const pool = new Pool({ folder: COMPONENT, memoryLimit: 2 ** 28 }, 1);
  const ask = { interface: 'manifest', function: 'describe', origin: undefined, environment: [] };
  await assert.rejects(pool.call({ ...ask, arguments: [() => {}] }, 5_000), { name: 'ComponentError' });
  assert((await pool.call({ ...ask, arguments: [] }, 5_000)).ok);
  await pool.close();
  assert.equal((await account.describe()).name, 'Logz.io Cloud SIEM');
});
