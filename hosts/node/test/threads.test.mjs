// Threads are shared by the accounts of a process, and one that ends while it waits ends nothing else.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Threads } from '../node_modules/logzio-soar/dist/threads.js';
import { COMPONENT } from '../node_modules/logzio-soar/dist/pool.js';
import { LogzioSoar } from 'logzio-soar';

const setup = { folder: COMPONENT, memoryLimit: 2 ** 26 };
const inAThread = (worker) => worker.threadId !== -1;

test('a thread that was given back is taken again, by any account of the same setup', async () => {
  const [one, other] = [Threads.join(setup), Threads.join({ ...setup })];
  const worker = one.take();
  one.give(worker, true);
  assert.equal(other.take(), worker);
  other.give(worker, true);
  await one.leave();
  assert(inAThread(worker), 'the other still uses it');
  await other.leave();
  assert(!inAThread(worker), 'nobody uses it any more');
  const elsewhere = Threads.join({ ...setup, memoryLimit: 2 ** 25 });
  assert.notEqual(elsewhere, one);
  await elsewhere.leave();
});

test('no more than a few threads wait', async () => {
  const threads = Threads.join(setup);
  const workers = Array.from({ length: 6 }, () => threads.take());
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  for (const worker of workers) threads.give(worker, true);
  await Promise.all(workers.slice(4).map((worker) => worker.terminate()));
  assert.equal(workers.filter(inAThread).length, 4);
  await threads.leave();
  assert.equal(workers.filter(inAThread).length, 0);
});

test('a thread that ends while it waits is not taken, and the process lives on', async () => {
  const threads = Threads.join(setup);
  const worker = threads.take();
  threads.give(worker, true);
  worker.emit('error', new Error('out of memory'));
  await worker.terminate();
  const next = threads.take();
  assert.notEqual(next, worker);
  threads.give(next, false);
  await threads.leave();
});

test('many accounts cost few threads', { skip: process.platform !== 'linux' && 'only Linux tells the threads so' }, async () => {
  const count = () => Number(/^Threads:\s+(\d+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
  const accounts = Array.from({ length: 20 }, () => new LogzioSoar({ region: 'us' }));
  await accounts[0].describe();
  const before = count();
  for (const account of accounts) assert.equal((await account.describe()).name, 'Logz.io Cloud SIEM');
  assert(count() <= before + 2, `${count()} threads, ${before} with one account`);
  await Promise.all(accounts.map((account) => account.close()));
});
