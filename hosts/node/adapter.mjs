// The package as an adapter of the conformance suite: one JSON object a line on standard input is a call, one on standard
// output its answer, in the JSON form of the contract. The component is that of the package, or the file in
// LOGZIO_SOAR_COMPONENT. Run it in this folder, after `npm install` and `npm run build`.
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { originOf } from './dist/origin.js';
import { COMPONENT, Pool } from './dist/pool.js';
import { transpileComponent } from './scripts/transpile.mjs';

const GRACE_MS = 5_000;
const MEMORY_LIMIT = 256 * 2 ** 20;
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

const camel = (name) => name.replace(/[-_](.)/g, (_, letter) => letter.toUpperCase());
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** From the JSON form to what the component takes. */
function lowered(value) {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== 'object') return value;
  if ('case' in value) return { tag: value.case, val: lowered(value.value ?? null) };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [camel(name), lowered(one)]));
}

/** From what the component returned to the JSON form; `types` says which members a record has. */
function lifted(value) {
  if (value === undefined) return null;
  if (Array.isArray(value)) return value.map(lifted);
  if (typeof value !== 'object' || value === null) return value;
  if ('tag' in value) return { case: value.tag, value: lifted(value.val) };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [snake(name), lifted(one)]));
}

const PARAMETERS = {
  'manifest.describe': [],
  'diagnostics.check-connection': ['connection'],
  'incidents.fetch-incidents': ['connection', 'request'],
  'logs.search-logs': ['connection', 'query'],
  'logs.get-logs-by-event-id': ['connection', 'event_id', 'limit', 'page'],
  'hunting.find-fields': ['connection', 'request'],
  'hunting.hunt-indicators': ['connection', 'request'],
};

class Adapter {
  #folder = COMPONENT;
  #pools = new Map();
  #unusable;

  async open(component) {
    if (component === undefined) return;
    try {
      const files = await transpileComponent(await readFile(component));
      this.#folder = await mkdtemp(join(tmpdir(), 'logzio-soar-'));
      for (const [name, bytes] of Object.entries(files)) {
        const file = join(this.#folder, name);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes);
      }
      // As in the package, so that it is loaded with the same libraries.
      await writeFile(join(this.#folder, 'package.json'), '{"type":"module"}');
    } catch (error) {
      this.#unusable = `the file is no component, or is damaged: ${String(error.message ?? error).split('\n')[0]}`;
    }
  }

  async close() {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    if (this.#folder !== COMPONENT) await rm(this.#folder, { recursive: true, force: true });
  }

  async answer(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return { id: null, invalid: 'the line is no JSON' };
    }
    if (typeof message !== 'object' || message === null) return { id: null, invalid: 'the line is no object' };
    return { id: message.id ?? null, ...(await this.#call(message)) };
  }

  async #call({ function: name, arguments: given = {}, environment = {}, limits = {} }) {
    const parameters = PARAMETERS[name];
    if (parameters === undefined) return { missing: `${name} is no function of the contract` };
    if (this.#unusable !== undefined) return { trap: this.#unusable };
    const [one, callee] = name.split('.');
    const args = parameters.map((parameter) => lowered(given[parameter] ?? null));
    const connection = parameters[0] === 'connection' ? (args[0] ?? {}) : {};
    const endpoint =
      connection.endpoint ??
      (environment.LOGZIO_URL
        ? { tag: 'url', val: environment.LOGZIO_URL }
        : environment.LOGZIO_REGION
          ? { tag: 'region', val: environment.LOGZIO_REGION }
          : undefined);
    const memoryLimit = limits?.memory_bytes ?? MEMORY_LIMIT;
    let pool = this.#pools.get(memoryLimit);
    if (pool === undefined) this.#pools.set(memoryLimit, (pool = new Pool({ folder: this.#folder, memoryLimit }, 1)));
    const ask = {
      interface: one,
      function: camel(callee),
      arguments: args,
      origin: originOf(endpoint),
      environment: Object.entries(environment),
    };
    try {
      const told = await pool.call(ask, Math.min(connection.timeBudgetMs ?? 30_000, 600_000) + GRACE_MS);
      if ('ok' in told) return { ok: lifted(told.ok) };
      if ('err' in told) return { err: lifted(told.err) };
      return 'trap' in told ? { trap: told.trap } : { missing: told.missing };
    } catch (error) {
      return { trap: error.message };
    }
  }
}

const adapter = new Adapter();
await adapter.open(process.env.LOGZIO_SOAR_COMPONENT);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
say({ adapter: `logzio-soar for Node.js ${version}`, enforces: ['one-host', 'memory', 'deadline', 'environment', 'files'] });
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') say(await adapter.answer(line));
}
await adapter.close();
