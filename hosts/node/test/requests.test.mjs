// Requests for a callback: one for each that was sent, none if nobody asks, and never a token.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { LogzioSoar } from 'logzio-soar';
import { RequestReader } from '../node_modules/logzio-soar/dist/requests.js';
import { Simulated } from './simulated.mjs';

let simulated;
before(async () => (simulated = await Simulated.serve('--days', '1')));
after(() => simulated.stop());

const LINE = {
  trace: 'request',
  method: 'POST',
  path: '/v1/search',
  try: 1,
  status: 200,
  failure: null,
  ms: 12,
  bytes_sent: 340,
  bytes_received: 5600,
};
const { trace: _, try: attempt, ...OTHERS } = LINE;
const REQUEST = { ...OTHERS, attempt };

/** The requests in what a component writes, piece by piece. */
function read(pieces, tokens = []) {
  const found = [];
  const reader = new RequestReader(tokens, (request) => found.push(request));
  for (const piece of pieces) reader.write(Buffer.from(piece));
  return found;
}
const line = (changed = {}) => `${JSON.stringify({ ...LINE, ...changed })}\n`;

test('each request of an account is reported, and those of others are not', async () => {
  const requests = [];
  const account = simulated.account({ onRequest: (request) => requests.push(request) });
  const others = [];
  const other = simulated.account({ onRequest: (request) => others.push(request), securityToken: 'nobody' });
  const quiet = simulated.account();
  const [page] = await Promise.all([
    account.searchLogs('type:falco', { since: '-1d' }).next(),
    assert.rejects(other.fetchIncidents({ since: '-1h' }), { case: 'unauthorized' }),
    quiet.fetchIncidents({ since: '-1h' }),
  ]);
  assert(page.value.logs.length > 0 && requests.length > 0);
  for (const { ms, bytes_sent, bytes_received, ...request } of requests) {
    assert.deepEqual(request, { method: 'POST', path: '/v1/search', attempt: 1, status: 200, failure: null });
    assert(Number.isInteger(ms) && ms >= 0 && bytes_sent > 100 && bytes_received > 100);
  }
  assert(others.length > 0 && others.every((one) => one.path !== '/v1/search' && one.status === 403), inspect(others));
  const { length } = requests;
  await quiet.searchLogs('*', { since: '-1h' }).next();
  assert.equal(requests.length, length);
  for (const text of [inspect([requests, others], { depth: 9 }), inspect(account, { depth: 9, showHidden: true })]) {
    assert(!text.includes(simulated.securityToken) && !text.includes(simulated.operationsToken));
  }
});

test('repetitions and failures are reported, while the call runs', async () => {
  const faulty = await Simulated.serve('--days', '1', '--fault', 'search:503', '--fault', 'search:reset', '--fault', 'search:delay;for=2s');
  try {
    const requests = [];
    const account = faulty.account({ onRequest: (request) => requests.push({ ...request, at: Date.now() }) });
    await account.searchLogs('*', { since: '-1h' }).next();
    assert.deepEqual(requests.map((one) => one.attempt), [1, 2, 3], inspect(requests));
    assert.deepEqual(requests.map((one) => one.status), [503, null, 200]);
    assert(requests[0].failure === null && /^[a-z-]+$/.test(requests[1].failure));
    assert(requests[2].at - requests[0].at > 1_800, inspect(requests));
  } finally {
    faulty.stop();
  }
});

test('nothing is reported of a call that was given up', async () => {
  const slow = await Simulated.serve('--days', '1', '--fault', 'search:503', '--fault', 'search:delayx*;for=20s');
  try {
    const requests = [];
    const stopped = new AbortController();
    const onRequest = (request) => {
      requests.push(request);
      stopped.abort();
    };
    const calling = slow.account({ onRequest, timeBudgetMs: 5_000 }).searchLogs('*', { since: '-1h', signal: stopped.signal }).next();
    await assert.rejects(calling, { name: 'AbortError' });
    assert.equal(requests.length, 1);
  } finally {
    slow.stop();
  }
});

test('a callback that fails breaks no call, and is one warning', () => {
  const program = `
    import { LogzioSoar } from 'logzio-soar';
    const [url, securityToken] = process.argv.slice(1);
    let calls = 0;
    for (const onRequest of [
      () => { calls++; throw new Error('thrown'); },
      async () => { calls++; throw new Error('rejected'); },
    ]) {
      const account = new LogzioSoar({ url, securityToken, onRequest });
      for (let times = 0; times < 2; times++) {
        const { incidents } = await account.fetchIncidents({ since: '-1h', limit: 1 });
        console.log(incidents.length, calls > 0);
      }
    }`;
  const given = ['--input-type=module', '-e', program, simulated.url, simulated.securityToken];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { env: {}, encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual([status, stdout], [0, '1 true\n'.repeat(4)], stderr);
  assert.deepEqual(stderr.match(/LogzioSoarWarning: .*/g), ['thrown', 'rejected'].map((one) => `LogzioSoarWarning: onRequest failed: ${one}`));
  for (const onRequest of [5, 'log', {}, null]) {
    assert.throws(() => new LogzioSoar({ onRequest }), { case: 'invalid-connection', message: /onRequest/ });
  }
});

test('a component that prints unasked does not keep the process', () => {
  const program = `
    import { COMPONENT, Pool } from './node_modules/logzio-soar/dist/pool.js';
    const [url, securityToken] = process.argv.slice(1);
    const connection = { endpoint: { tag: 'url', val: url }, securityToken, timeBudgetMs: 5_000 };
    const ask = { interface: 'diagnostics', function: 'checkConnection', arguments: [connection], origin: url };
    const { ok } = await new Pool({ folder: COMPONENT, memoryLimit: 2 ** 28 }, 1).call({ ...ask, environment: [['LOGZIO_SOAR_TRACE', '1']] }, 10_000);
    console.log(ok.length > 0);`;
  const given = ['--input-type=module', '-e', program, simulated.url, simulated.securityToken];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { env: {}, encoding: 'utf8', timeout: 20_000 });
  assert.deepEqual([status, stdout, stderr], [0, 'true\n', '']);
});

test('a line is read in pieces, and what is no request is left out', () => {
  const text = `words\n${line()}{"trace": 1}\nnull\n[]\n"x"\n5\n${line({ try: 2 })}${line().trim()}`;
  const expected = [REQUEST, { ...REQUEST, attempt: 2 }];
  assert.deepEqual(read([text]), expected);
  assert.deepEqual(read(text), expected);
  for (const changed of [
    { trace: 'sleep' },
    { method: 5 },
    { path: null },
    { try: true },
    { status: '200' },
    { failure: [] },
    { ms: -1 },
    { bytes_sent: 1.5 },
    { bytes_received: 2 ** 53 },
  ]) {
    assert.deepEqual(read([line(changed)]), [], inspect(changed));
  }
});

test('no form of a token is in a request, and its texts are printable and short', () => {
  const token = '1a2b/3c4d+5e6f';
  const octets = Buffer.from(token);
  const encoded = ['base64', 'base64url', 'hex'].map((one) => octets.toString(one).replace(/=+$/, ''));
  for (const form of [token, encodeURIComponent(token), ...encoded, octets.toString('hex').toUpperCase()]) {
    for (const field of ['method', 'path', 'failure']) {
      const [request] = read([line({ [field]: `/x/${form}/y` })], [token.slice(0, 9), `${token}\n`, '']);
      assert.equal(request[field], `/x/${'*'.repeat(form.length)}/y`);
    }
  }
  // As JSON may write it.
  const escaped = [...token].map((one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  assert.equal(read([line().replace('/v1/search', escaped)], [token])[0].path, '*'.repeat(token.length));
  const hostile = `\x1b[2J\u202e\0\u2028${'x'.repeat(5_000)}`;
  const [{ path, failure }] = read([line({ path: hostile, failure: hostile })]);
  for (const one of [path, failure]) assert(/^\ufffd\[2J\ufffd{3}x+…$/.test(one) && one.length < 2_010, one);
});

test('a flood of output is cut', () => {
  assert.equal(read([line().repeat(4_000)]).length, 4_000);
  assert.equal(read([line({ path: '/' }).repeat(6_000)]).length, 5_000);
  // The limit of bytes.
  const long = line({ path: '/'.repeat(1_000) });
  assert.equal(read(Array(3_000).fill(long)).length, Math.floor(2 ** 20 / long.length));
  // A line without an end takes no memory, and the next one is read.
  assert.deepEqual(read(['x'.repeat(500_000), `\n${line()}`]), [REQUEST]);
});
