// Threads that run the component: made when they are needed, reused, and stopped when a call has to be. Knows no operation.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { ComponentError, DeadlineExceeded } from './errors.js';
import { Threads } from './threads.js';
import type { SentRequest } from './requests.js';
import type { Ask, Sent, Setup, Told } from './worker.js';

/** The folder of the component in this package. */
export const COMPONENT = join(dirname(fileURLToPath(import.meta.url)), 'component');

interface Job {
  ask: Omit<Ask, 'id'>;
  deadlineMs: number;
  signal: AbortSignal | undefined;
  onRequest: ((request: SentRequest) => void) | undefined;
  resolve(told: Told): void;
  reject(why: unknown): void;
  /** Gives it up before it is started. */
  forget(): void;
}

/** A few threads, one call at a time in each. */
export class Pool {
  readonly #threads: Threads;
  readonly #most: number;
  readonly #waiting: Job[] = [];
  readonly #running = new Map<Worker, (why: unknown) => void>();
  #isClosed = false;

  constructor(setup: Setup, most: number) {
    this.#threads = Threads.join(setup);
    this.#most = most;
  }

  /**
   * Makes a call as soon as a thread is free. Rejects with the signal's reason if it is aborted. `onRequest` gets the requests
   * that the ask has reported, and must not throw.
   */
  call(
    ask: Omit<Ask, 'id'>,
    deadlineMs: number,
    signal?: AbortSignal,
    onRequest?: (request: SentRequest) => void,
  ): Promise<Told> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new ComponentError('this account was closed: make another LogzioSoar'));
      if (signal?.aborted) return reject(signal.reason);
      const job: Job = { ask, deadlineMs, signal, onRequest, resolve, reject, forget: () => this.#forget(job) };
      signal?.addEventListener('abort', job.forget, { once: true });
      this.#waiting.push(job);
      this.#work();
    });
  }

  /** Gives the threads up. Calls that are under way are rejected. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const why = new ComponentError('this account was closed while the call was under way');
    for (const job of this.#waiting.splice(0)) job.reject(why);
    for (const stop of [...this.#running.values()]) stop(why);
    await this.#threads.leave();
  }

  #forget(job: Job): void {
    const place = this.#waiting.indexOf(job);
    if (place >= 0) this.#waiting.splice(place, 1);
    job.reject(job.signal?.reason);
  }

  #work(): void {
    while (this.#waiting.length > 0 && this.#running.size < this.#most) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      // One signal may stop the call before it, and its listener here is yet to be called.
      if (job.signal?.aborted) job.forget();
      else this.#start(job);
    }
  }

  #start(job: Job): void {
    const worker = this.#threads.take();
    const id = Math.floor(Math.random() * 2 ** 48);
    job.signal?.removeEventListener('abort', job.forget);

    const finish = (isReusable: boolean) => {
      clearTimeout(timer);
      job.signal?.removeEventListener('abort', onAbort);
      this.#running.delete(worker);
      this.#threads.give(worker, isReusable);
      this.#work();
    };
    const stop = (why: unknown) => {
      finish(false);
      job.reject(why);
    };
    const onAbort = () => stop(job.signal?.reason);
    const timer = setTimeout(() => {
      const seconds = job.deadlineMs / 1000;
      const text = `${job.ask.function} did not come back within ${seconds} s and was stopped`;
      stop(new DeadlineExceeded(`${text}: call again, or raise the time budget`));
    }, job.deadlineMs);

    this.#running.set(worker, stop);
    job.signal?.addEventListener('abort', onAbort, { once: true });
    worker.on('message', (told: Told | Sent) => {
      if (told.id !== id) return;
      if ('request' in told) return job.onRequest?.(told.request);
      // After a trap the thread's heap may hold what the call left there.
      finish(!('trap' in told));
      job.resolve(told);
    });
    worker.on('error', (error) => stop(new ComponentError(`the component's thread failed: ${error.message}; call again`)));
    worker.on('exit', () => stop(new ComponentError('the component ended its thread: call again, or take another component')));
    try {
      worker.postMessage({ ...job.ask, id } satisfies Ask);
    } catch {
      stop(new ComponentError('an argument cannot be passed to the component: give plain texts, numbers, arrays and objects'));
    }
  }
}
