// Threads that wait for a call, shared by the accounts of the process: a hundred accounts need no more of them than are busy.
// Knows nothing of calls.
import { Worker } from 'node:worker_threads';
import type { Setup } from './worker.js';

/** How many wait for each setup; one more that becomes free is stopped. */
const MOST_IDLE = 4;

const all = new Map<string, Threads>();

/** The threads of one setup. */
export class Threads {
  readonly #setup: Setup;
  readonly #idle: Worker[] = [];
  #users = 0;

  private constructor(setup: Setup) {
    this.#setup = setup;
  }

  /** Those of a setup, for one more user, who gives them up with `leave`. */
  static join(setup: Setup): Threads {
    const key = JSON.stringify([setup.folder, setup.memoryLimit]);
    let threads = all.get(key);
    if (threads === undefined) all.set(key, (threads = new Threads(setup)));
    threads.#users++;
    return threads;
  }

  /** A thread for a call. It keeps the process alive until it is given back. */
  take(): Worker {
    const worker = this.#idle.pop() ?? this.#open();
    worker.removeAllListeners();
    worker.ref();
    return worker;
  }

  /** Takes a thread back after its call, to be used again or not. */
  give(worker: Worker, isReusable: boolean): void {
    worker.removeAllListeners();
    // What it says on its way out concerns nobody, and must not end the process.
    worker.on('error', () => {});
    if (!isReusable || this.#users === 0 || this.#idle.length >= MOST_IDLE) {
      void worker.terminate();
      return;
    }
    worker.unref();
    worker.on('exit', () => {
      const place = this.#idle.indexOf(worker);
      if (place >= 0) this.#idle.splice(place, 1);
    });
    this.#idle.push(worker);
  }

  /** Stops those that wait, if nobody else uses them. */
  async leave(): Promise<void> {
    this.#users--;
    if (this.#users === 0) await Promise.all(this.#idle.splice(0).map((worker) => worker.terminate()));
  }

  #open(): Worker {
    // What the component prints stays in the thread, and it sees no environment.
    return new Worker(new URL('./worker.js', import.meta.url), {
      workerData: this.#setup,
      env: {},
      // The flags of the process, such as those of `node -e`, are not meant for it.
      execArgv: [],
      stdin: true,
      stdout: true,
      stderr: true,
    });
  }
}
