// The package as an adapter of the conformance suite: one JSON object a line on standard input is a call, one on standard
// output its answer, in the JSON form of the contract. The component is that of the package, or the file in
// LOGZIO_SOAR_COMPONENT. Run it in this folder, after `npm install` and `npm run build`.
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { askFor } from './dist/call.js';
import { answerSchema, definition, FormError, lifted, repeatedKey, toJson } from './dist/form.js';
import { originOf } from './dist/origin.js';
import { COMPONENT, Pool } from './dist/pool.js';
import { transpileComponent } from './scripts/transpile.mjs';

const GRACE_MS = 5_000;
const MEMORY_LIMIT = 256 * 2 ** 20;
const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

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

  /** The answer to a line, as text. */
  async answer(line) {
    let message;
    try {
      message = JSON.parse(line);
    } catch {
      return toJson({ id: null, invalid: 'the line is no JSON' });
    }
    if (typeof message !== 'object' || message === null) return toJson({ id: null, invalid: 'the line is no object' });
    const id = message.id ?? null;
    const key = repeatedKey(line);
    if (key !== undefined) return toJson({ id, invalid: `the key ${JSON.stringify(key)} is there twice: keep one` });
    try {
      return toJson({ id, ...(await this.#call(message)) });
    } catch (error) {
      return toJson(error instanceof FormError ? { id, invalid: error.message } : { id, trap: error.message });
    }
  }

  async #call({ function: name, arguments: given, environment, limits }) {
    if (definition(`${name}.arguments`) === undefined) return { missing: `${name} is no function of the contract` };
    if (this.#unusable !== undefined) return { trap: this.#unusable };
    const variables = environment ?? {};
    const connection = given?.connection ?? {};
    const ask = askFor(name, given ?? {}, undefined, Object.entries(variables));
    ask.origin = originOf(
      connection.endpoint ??
        (variables.LOGZIO_URL
          ? { case: 'url', value: variables.LOGZIO_URL }
          : variables.LOGZIO_REGION
            ? { case: 'region', value: variables.LOGZIO_REGION }
            : undefined),
    );
    const memoryLimit = limits?.memory_bytes ?? MEMORY_LIMIT;
    let pool = this.#pools.get(memoryLimit);
    if (pool === undefined) this.#pools.set(memoryLimit, (pool = new Pool({ folder: this.#folder, memoryLimit }, 1)));
    const told = await pool.call(ask, Math.min(connection.time_budget_ms ?? 30_000, 600_000) + GRACE_MS);
    if ('ok' in told) return { ok: lifted(answerSchema(name, 'ok'), told.ok) };
    if ('err' in told) return { err: lifted(answerSchema(name, 'err'), told.err) };
    return 'trap' in told ? { trap: told.trap } : { missing: told.missing };
  }
}

const adapter = new Adapter();
await adapter.open(process.env.LOGZIO_SOAR_COMPONENT);
const say = (text) => process.stdout.write(`${text}\n`);
const enforces = ['one-host', 'memory', 'deadline', 'environment', 'files'];
say(toJson({ adapter: `logzio-soar for Node.js ${version}`, enforces }));
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== '') say(await adapter.answer(line));
}
await adapter.close();
