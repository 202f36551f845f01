// The component, in a thread of its own: a call holds the thread until it is done. An instance lives for one call.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { cli, clocks, http, io, random } from '@bytecodealliance/preview2-shim';
import { withMemoryLimit } from './memory.js';
import { originOfUrl } from './origin.js';
import { RequestReader, type SentRequest } from './requests.js';

/** A call on its way to the thread. */
export interface Ask {
  id: number;
  /** The interface of the contract, such as `incidents`. */
  interface: string;
  /** The function, as JavaScript has it, such as `fetchIncidents`. */
  function: string;
  arguments: unknown[];
  /** The one origin it may reach. */
  origin: string | undefined;
  /** What the component sees of the environment. */
  environment: [string, string][];
  /** Whether to report its requests; if so, the tokens that no report may hold. */
  reported?: { tokens: string[] } | undefined;
}

/** A request of a call that is under way. */
export interface Sent {
  id: number;
  request: SentRequest;
}

/** What became of it. */
export type Told = { id: number } & ({ ok: unknown } | { err: unknown } | { trap: string } | { missing: string });

/** What the thread is started with. */
export interface Setup {
  /** The folder of the transpiled component. */
  folder: string;
  /** How much memory a call may take, in bytes. */
  memoryLimit: number;
}

type Request = InstanceType<typeof http.types.OutgoingRequest>;
type OutputStream = ReturnType<typeof cli.stderr.getStderr>;
type RequestOptions = InstanceType<typeof http.types.RequestOptions>;

/** The version of the contract that the types of this package are made from. */
const VERSION = '0.1.0';

/** How many bytes the component may write at once to its standard error. */
const WRITABLE = 65_536n;

const setup = workerData as Setup;
const modules = new Map<string, WebAssembly.Module>();
const transpiled = import(pathToFileURL(`${setup.folder}/component.js`).href);

function coreModule(name: string): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(withMemoryLimit(readFileSync(`${setup.folder}/${name}`), setup.memoryLimit));
    modules.set(name, module);
  }
  return module;
}

function imports(ask: Ask): Record<string, unknown> {
  const outgoingHandler = {
    handle(request: Request, options: RequestOptions | undefined) {
      const scheme = request.scheme();
      const name = scheme === undefined || scheme.tag === 'HTTPS' ? 'https' : scheme.tag === 'HTTP' ? 'http' : scheme.val;
      const origin = originOfUrl(`${name}://${request.authority() ?? ''}`);
      if (origin === undefined || origin !== ask.origin) {
        throw { payload: { tag: 'HTTP-request-denied' } };
      }
      return http.outgoingHandler.handle(request, options);
    },
  };
  const stdout = output(cli.stdout.getStdout(), () => {});
  const stderr = output(cli.stderr.getStderr(), reader(ask));
  const environment = { ...cli.environment, getEnvironment: () => ask.environment, getArguments: () => ['logzio-soar'] };
  // Nothing but what the contract allows: a component that asks for more is not instantiated.
  return {
    'wasi:cli/environment': environment,
    'wasi:cli/exit': cli.exit,
    'wasi:cli/stderr': { getStderr: () => stderr },
    'wasi:cli/stdin': cli.stdin,
    'wasi:cli/stdout': { getStdout: () => stdout },
    'wasi:cli/terminal-input': cli.terminalInput,
    'wasi:cli/terminal-output': cli.terminalOutput,
    'wasi:cli/terminal-stderr': cli.terminalStderr,
    'wasi:cli/terminal-stdin': cli.terminalStdin,
    'wasi:cli/terminal-stdout': cli.terminalStdout,
    'wasi:clocks/monotonic-clock': clocks.monotonicClock,
    'wasi:clocks/wall-clock': clocks.wallClock,
    'wasi:http/outgoing-handler': outgoingHandler,
    'wasi:http/types': http.types,
    'wasi:io/error': io.error,
    'wasi:io/poll': io.poll,
    'wasi:io/streams': io.streams,
    'wasi:random/insecure-seed': random.insecureSeed,
    'wasi:random/random': random.random,
  };
}

/** What the thread that called gets of a component's standard error: its requests, if it asked for them. */
function reader({ id, reported }: Ask): (bytes: Uint8Array) => void {
  if (reported === undefined) return () => {};
  const requests = new RequestReader(reported.tokens, (request) => parentPort?.postMessage({ id, request } satisfies Sent));
  return (bytes) => requests.write(bytes);
}

/**
 * A stream of the component's output that `write` takes, and nobody else: what a thread prints would wait in the process for a
 * reader, and keep it alive.
 */
function output(usual: OutputStream, write: (bytes: Uint8Array) => void): OutputStream {
  // Of the class that the component's bindings ask for, and with what it takes to write. The rest is that of the usual one.
  return Object.assign(Object.create(io.streams.OutputStream.prototype) as OutputStream, {
    checkWrite: () => WRITABLE,
    write,
    blockingWriteAndFlush: write,
    flush: () => {},
    blockingFlush: () => {},
    writeZeroes: () => {},
    blockingWriteZeroesAndFlush: () => {},
    splice: usual.splice.bind(usual),
    blockingSplice: usual.blockingSplice.bind(usual),
    subscribe: usual.subscribe.bind(usual),
    [Symbol.dispose]: () => {},
  });
}

async function answer(ask: Ask): Promise<Told> {
  // With its version: another one may mean something else by the same name.
  const name = `logzio:soar/${ask.interface}@${VERSION}`;
  let callee: ((...given: unknown[]) => unknown) | undefined;
  let others: string[] = [];
  try {
    const { instantiate } = await transpiled;
    const root = await instantiate(coreModule, imports(ask));
    callee = root[name]?.[ask.function];
    others = Object.keys(root).filter((one) => one.startsWith('logzio:soar/'));
  } catch (error) {
    return { id: ask.id, trap: `the component could not be started: ${textOf(error)}` };
  }
  if (callee === undefined) {
    const found = others.length > 0 && !others.includes(name) ? ` but ${others[0]}` : '';
    return { id: ask.id, missing: `the component does not export ${ask.function} of ${name}${found}: take that version` };
  }
  try {
    return { id: ask.id, ok: callee(...ask.arguments) };
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'payload' in error) return { id: ask.id, err: error.payload };
    return { id: ask.id, trap: textOf(error) };
  }
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, 300);
}

parentPort?.on('message', async (ask: Ask) => {
  parentPort?.postMessage(await answer(ask));
});
