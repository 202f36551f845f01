// A Node-RED of its own, on a free port of this machine, for the tests and the adapter. Knows no node of ours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TIME_TO_START_MS = 60_000;

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

export class NodeRed {
  /** All that it wrote since it was started. */
  log = '';

  /** `program` is the folder where node-red is installed, `userDir` that of the flows and nodes. */
  constructor({ program, userDir, environment = {}, level = 'warn' }) {
    Object.assign(this, { program, userDir, environment, level });
  }

  async start() {
    this.port = await freePort();
    const settings = {
      uiPort: this.port,
      uiHost: '127.0.0.1',
      userDir: this.userDir,
      flowFile: 'flows.json',
      credentialSecret: 'of the test',
      contextStorage: {
        default: 'memory',
        memory: { module: 'memory' },
        file: { module: 'localfilesystem', config: { flushInterval: 0 } },
      },
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false },
      apiMaxLength: '256mb',
      logging: { console: { level: this.level, metrics: false, audit: this.level === 'debug' } },
    };
    mkdirSync(this.userDir, { recursive: true });
    const file = join(this.userDir, 'settings.cjs');
    writeFileSync(file, `module.exports = ${JSON.stringify(settings)};`);
    // What it needs to run, and what the test says; nothing else of the environment here.
    const { PATH, HOME, SystemRoot, TEMP } = process.env;
    const env = { ...Object.fromEntries(Object.entries({ PATH, HOME, SystemRoot, TEMP }).filter(([, one]) => one)), ...this.environment };
    const red = join(this.program, 'node_modules/node-red/red.js');
    this.log = '';
    this.process = spawn(process.execPath, [red, '--settings', file], { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.ended = once(this.process, 'exit');
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (bytes) => (this.log += bytes));
    const end = Date.now() + TIME_TO_START_MS;
    for (;;) {
      if (this.process.exitCode !== null || Date.now() > end) throw new Error(`Node-RED did not start:\n${this.log}`);
      try {
        if ((await this.admin('GET', '/flows/state')).state !== 'stop' && (await this.nodes()).length > 0) return;
      } catch {
        // It does not listen yet.
      }
      await sleep(100);
    }
  }

  async stop() {
    this.process.kill();
    await this.ended;
  }

  /** A request to the admin API: what it answers, or a failure. */
  async admin(method, path, body, headers = {}) {
    const answer = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) {
      const error = new Error(`${method} ${path} is answered with the status ${answer.status}: ${text.slice(0, 300)}`);
      throw Object.assign(error, { status: answer.status });
    }
    return text === '' || !/json/.test(answer.headers.get('content-type') ?? '') ? text : JSON.parse(text);
  }

  /** A message to a flow's HTTP node. Node-RED answers a deployment before the flow has started, so that is waited for. */
  async send(path, message) {
    for (let tries = 100; ; tries--) {
      try {
        return await this.admin('POST', path, message);
      } catch (error) {
        if (error.status !== 404 || tries === 0) throw error;
        await sleep(20);
      }
    }
  }

  /** The sets of nodes that are installed. */
  nodes() {
    return this.admin('GET', '/nodes');
  }
}
