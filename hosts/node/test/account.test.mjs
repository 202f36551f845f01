// What a program gets from an account: the same as anybody, in JavaScript's types.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import { ComponentError, ContractError, LogzioSoar, LogzioSoarError } from 'logzio-soar';
import { Simulated } from './simulated.mjs';

let simulated;
before(async () => (simulated = await Simulated.serve('--days', '3')));
after(() => simulated.stop());

const all = async (pages) => {
  const found = [];
  for await (const page of pages) found.push(page);
  return found;
};

test('incidents come once and in order', async () => {
  const account = simulated.account();
  const ids = [];
  const times = [];
  let cursor;
  let page;
  do {
    page = await account.fetchIncidents({ since: '-1d', cursor });
    ids.push(...page.incidents.map((one) => one.id));
    times.push(...page.incidents.map((one) => one.occurred));
    cursor = page.next;
  } while (page.more);
  assert(ids.length > 200);
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(times, [...times].sort());
  assert.deepEqual((await account.fetchIncidents({ cursor })).incidents, []);
});

test('filters reach the component', async () => {
  const page = await simulated.account().fetchIncidents({ since: new Date(Date.now() - 1.728e8), severities: ['high'], attachLogs: 2, limit: 5 });
  assert.equal(page.incidents.length, 5);
  for (const incident of page.incidents) {
    assert.equal(incident.severity, 'high');
    assert.equal(incident.raw.alertEventId, incident.id);
    assert.deepEqual(JSON.parse(incident.raw_text), incident.raw);
  }
  assert(page.incidents.some((one) => one.logs.length > 0));
});

test('a search pages through any range', async () => {
  const account = simulated.account();
  // An end that stays where it is.
  const until = new Date(Date.now() - 60_000);
  const range = { since: new Date(until.getTime() - 2.16e8), until };
  const whole = await all(account.searchLogs('type:falco', { ...range, pageSize: 10_000 }));
  const paged = await all(account.searchLogs('type:falco', { ...range, pageSize: 50 }));
  const ids = paged.flatMap((page) => page.logs.map((log) => log.id));
  assert.deepEqual(ids, whole.flatMap((page) => page.logs.map((log) => log.id)));
  assert(paged.length > 3 && paged.at(-1).total === ids.length && new Set(ids).size === ids.length);
  const again = await account.searchLogs('type:falco', { ...range, pageSize: 50, page: paged[0].next }).next();
  assert.deepEqual(again.value.logs, paged[1].logs);
});

test('logs behind an event, and a hunt', async () => {
  const account = simulated.account();
  const { incidents } = await account.fetchIncidents({ since: '-1d', limit: 20, attachLogs: 1 });
  const incident = incidents.find((one) => one.logs.length > 0);
  const page = await account.getLogsByEventId(incident.id, { limit: 2 });
  assert(page.logs.length >= 1 && page.logs.length <= 2);
  const report = await account.huntIndicators(['203[.]0.113.9', { value: 'grace', kind: 'user' }, '0.0.0.0/0'], {
    since: '-2d',
    limitPerIndicator: 1,
    fields: { user: ['user', 'winlog.user'] },
  });
  assert.deepEqual(report.sightings.map((one) => [one.value, one.kind]), [['203.0.113.9', 'ip'], ['grace', 'user']]);
  assert(report.sightings[1].hits > 1 && report.sightings[1].logs.length === 1);
  assert.deepEqual(report.rejected.map((one) => one.value), ['0.0.0.0/0']);
});

test('fields that were found go into a hunt', async () => {
  const account = simulated.account();
  const learned = await account.findFields({ since: '-2d' });
  assert(learned.sampled.length > 0 && learned.kinds.some((one) => one.fields.length > 0));
  const report = await account.huntIndicators([{ value: 'grace', kind: 'user' }], {
    since: '-2d',
    fields: learned.fields,
    logTypes: learned.sampled,
  });
  assert(report.sightings[0].hits > 1);
  assert.deepEqual(report.searched.map((one) => one.kind), ['user']);
});

test('a token of the environment goes to no URL that the environment does not name', async () => {
  const { url, securityToken } = simulated;
  const set = { ...process.env };
  try {
    process.env.LOGZIO_SECURITY_TOKEN = securityToken;
    await assert.rejects(new LogzioSoar({ url }).fetchIncidents({ since: '-1h' }), { case: 'invalid-connection' });
    process.env.LOGZIO_URL = `${url}/`;
    assert((await new LogzioSoar({ url }).fetchIncidents({ since: '-1h' })).incidents.length > 0);
    assert((await new LogzioSoar().fetchIncidents({ since: '-1h' })).incidents.length > 0);
  } finally {
    for (const name of ['LOGZIO_SECURITY_TOKEN', 'LOGZIO_URL']) {
      if (set[name] === undefined) delete process.env[name];
      else process.env[name] = set[name];
    }
  }
});

test('a connection is checked, and every command of the panel is a method', async () => {
  const checks = await simulated.account().checkConnection();
  assert(checks.length >= 5 && checks.every((one) => one.outcome.case === 'passed'));
  const wrong = await simulated.account({ operationsToken: 'no-such-token' }).checkConnection();
  assert(wrong.some((one) => one.outcome.case === 'failed' && one.outcome.value.case === 'unauthorized'));
  for (const { name } of (await simulated.account().describe()).commands) {
    const method = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    assert.equal(typeof LogzioSoar.prototype[method], 'function', name);
  }
});

test('failures say what can be done', async () => {
  const account = simulated.account();
  for (const [failing, kind, text] of [
    [() => account.fetchIncidents({}), 'invalid-argument', 'since:'],
    [() => account.fetchIncidents({ since: 'banana' }), 'invalid-argument', 'banana'],
    [() => account.fetchIncidents({ since: new Date(NaN) }), 'invalid-argument', 'valid Date'],
    [() => account.fetchIncidents({ since: '-1d', limit: -1 }), 'invalid-argument', 'not negative'],
    [() => account.fetchIncidents({ cursor: 'banana' }), 'invalid-argument', 'cursor'],
    [() => all(account.searchLogs('*x')), 'query-rejected', 'wildcard'],
    [() => account.huntIndicators([]), 'invalid-argument', 'at least one'],
    [() => account.huntIndicators('203.0.113.9'), 'invalid-argument', 'give an array'],
    [() => account.huntIndicators([5]), 'invalid-argument', 'missing'],
    [() => account.huntIndicators([{ value: 'x', kind: 'colour' }]), 'invalid-argument', 'file-name'],
    [() => account.huntIndicators(['x'], { fields: { colour: [] } }), 'invalid-argument', 'file-name'],
    [() => account.fetchIncidents(), 'invalid-argument', 'since:'],
    [() => account.fetchIncidents({ cursor: 5 }), 'invalid-argument', 'cursor is a number'],
    [() => account.fetchIncidents({ since: '-1d', tags: 'web' }), 'invalid-argument', 'give an array'],
    [() => account.fetchIncidents({ since: '-1d', severities: ['worst'] }), 'invalid-argument', 'medium'],
    [() => account.getLogsByEventId(), 'invalid-argument', 'eventId'],
    [() => all(account.searchLogs()), 'invalid-argument', 'lucene'],
    [() => all(account.searchLogs('x', { order: 'sideways' })), 'invalid-argument', 'newest-first'],
    [() => simulated.account({ securityToken: 'nobody' }).fetchIncidents({ since: '-1d' }), 'unauthorized', ''],
    [() => simulated.account({ url: 'http://127.0.0.1:9', timeBudgetMs: 1000 }).fetchIncidents({ since: '-1d' }), 'unreachable', '127.0.0.1'],
    [() => simulated.account({ url: 'http://logz.test' }).fetchIncidents({ since: '-1d' }), 'invalid-connection', 'https'],
    [() => simulated.account({ url: '' }).fetchIncidents({ since: '-1d' }), 'invalid-connection', 'https'],
  ]) {
    await assert.rejects(failing, (error) => {
      assert(error instanceof ContractError, inspect(error));
      assert.equal(error.case, kind);
      assert(error.message.includes(text), error.message);
      return true;
    });
  }
  assert.throws(() => new LogzioSoar({ region: 'eu', url: 'https://x' }), { case: 'invalid-connection' });
  for (const options of [{ region: 5 }, { securityToken: Buffer.from('t') }, { timeBudgetMs: '5' }, { threads: 0 }, { memoryLimit: NaN }]) {
    assert.throws(() => new LogzioSoar(options), { case: 'invalid-connection' });
  }
});

test('an error says how long to wait', async () => {
  const faulty = await Simulated.serve('--days', '1', '--fault', 'events:429x*;retry-after=70');
  try {
    await assert.rejects(faulty.account({ timeBudgetMs: 2000 }).fetchIncidents({ since: '-1h' }), {
      case: 'rate-limited',
      retryAfterMs: 70_000,
    });
  } finally {
    faulty.stop();
  }
});

test('the event loop stays free, and calls run side by side', async () => {
  const slow = await Simulated.serve('--days', '1', '--fault', 'events:delayx*;for=1s');
  try {
    const account = slow.account();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const began = Date.now();
    await Promise.all([1, 2, 3, 4].map(() => account.fetchIncidents({ since: '-1h', limit: 1 })));
    clearInterval(timer);
    assert(ticks > 50, `${ticks} ticks`);
    assert(Date.now() - began < 3_900, 'one after the other');
  } finally {
    slow.stop();
  }
});

test('a call can be aborted, before, while it waits and while it runs', async () => {
  const slow = await Simulated.serve('--days', '1', '--fault', 'events:delayx*;for=20s');
  try {
    const account = slow.account({ threads: 1 });
    const began = Date.now();
    const stopped = new AbortController();
    const running = account.fetchIncidents({ since: '-1h', signal: stopped.signal });
    const waiting = account.fetchIncidents({ since: '-1h', signal: stopped.signal });
    setTimeout(() => stopped.abort(), 300);
    await assert.rejects(running, { name: 'AbortError' });
    await assert.rejects(waiting, { name: 'AbortError' });
    await assert.rejects(account.describe({ signal: stopped.signal }), { name: 'AbortError' });
    assert(Date.now() - began < 10_000);
    assert.equal((await account.describe()).name, 'Logz.io Cloud SIEM');
    await account.close();
    await assert.rejects(account.describe(), ComponentError);
  } finally {
    slow.stop();
  }
});

test('no token is in any text', async () => {
  const account = simulated.account();
  const texts = [inspect(account, { depth: 9, showHidden: true }), JSON.stringify(account)];
  for (const securityToken of ['canary', 'canary\n', 'canary x']) {
    const error = await simulated.account({ securityToken }).fetchIncidents({ since: '-1d' }).catch((one) => one);
    assert(error instanceof ContractError);
    texts.push(inspect(error, { depth: 9 }), error.stack);
  }
  for (const text of texts) {
    assert(!text.includes('canary') && !text.includes(simulated.securityToken), text);
  }
});

test('the example delivers each incident once', async () => {
  const simulated = await Simulated.serve('--days', '1', '--events-per-hour', '60');
  const folder = mkdtempSync(join(process.cwd(), 'example-'));
  try {
    copyFileSync(process.env.LOGZIO_SOAR_EXAMPLE, join(folder, 'example.mjs'));
    const run = (more) => {
      const env = { LOGZIO_URL: simulated.url, LOGZIO_SECURITY_TOKEN: simulated.securityToken, ...more };
      return spawnSync(process.execPath, ['example.mjs'], { cwd: folder, env, encoding: 'utf8' });
    };
    const runs = [run(), run()];
    const lines = runs.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => line !== '');
    assert(lines.length > 5 && new Set(lines).size === lines.length, runs[0].stderr);
    rmSync(join(folder, 'soc.cursor'));
    const failed = run({ LOGZIO_SECURITY_TOKEN: 'nobody' });
    assert.equal(failed.status, 1);
    assert.match(failed.stderr, /^logzio-soar: [^\n]+\n$/);
  } finally {
    simulated.stop();
    rmSync(folder, { recursive: true });
  }
});

test('the program of the README runs as printed', () => {
  const readme = readFileSync(process.env.LOGZIO_SOAR_README, 'utf8');
  const program = readme.split('```js\n')[1].split('```')[0];
  // The tokens and the place are the environment's; nothing else is changed.
  const printed = "new LogzioSoar({ region: 'eu', securityToken: '…', operationsToken: '…' })";
  assert(program.includes(printed));
  const env = {
    LOGZIO_URL: simulated.url,
    LOGZIO_SECURITY_TOKEN: simulated.securityToken,
    LOGZIO_OPERATIONS_TOKEN: simulated.operationsToken,
  };
  const given = ['--input-type=module', '-e', program.replace(printed, 'new LogzioSoar()')];
  const run = spawnSync(process.execPath, given, { env, encoding: 'utf8' });
  assert.deepEqual([run.status, run.stderr], [0, '']);
  assert(run.stdout.split('\n').length > 20 && run.stdout.includes('203.0.113.9'));
});
