// What a Node.js program calls: one class, one method for each operation. The work is done by a WebAssembly component in a
// thread of its own, which may reach one host and nothing else.
import type {
  Check,
  Connection,
  Endpoint,
  Error as ErrorDetails,
  FieldReport,
  HuntReport,
  IncidentPage,
  Indicator,
  IndicatorKind,
  Integration,
  LogPage,
  Order,
  Severity,
} from './component/contract.js';
import { askFor } from './call.js';
import { ComponentError, ContractError } from './errors.js';
import { answerSchema, definition, lifted } from './form.js';
import { originOf } from './origin.js';
import { COMPONENT, Pool } from './pool.js';
import { type SentRequest, TRACE } from './requests.js';

export type {
  Check,
  Command,
  Endpoint,
  Error as ErrorDetails,
  FieldReport,
  FoundField,
  HuntReport,
  Incident,
  IncidentPage,
  Indicator,
  IndicatorKind,
  Integration,
  Json,
  KindFields,
  Log,
  LogPage,
  Notice,
  NoticeCode,
  Order,
  Outcome,
  Parameter,
  ParameterKind,
  RejectedIndicator,
  Searched,
  ServerError,
  Severity,
  Sighting,
  TimeWindow,
} from './component/contract.js';
export { toJson } from './form.js';
export type { SentRequest } from './requests.js';
export { ComponentError, ContractError, DeadlineExceeded, type ErrorCase, LogzioSoarError } from './errors.js';

/** How long a call may take beyond its time budget before it is stopped, in milliseconds. */
const GRACE_MS = 5_000;
const DEFAULT_TIME_BUDGET_MS = 30_000;
const LONGEST_TIME_BUDGET_MS = 600_000;
const MEMORY_LIMIT = 256 * 2 ** 20;
const MOST_THREADS = 4;
const VARIABLES = ['LOGZIO_REGION', 'LOGZIO_URL', 'LOGZIO_SECURITY_TOKEN', 'LOGZIO_OPERATIONS_TOKEN'];
const SEVERITIES = cases<Severity>('types.severity');
const ORDERS = cases<Order>('logs.order');
const KINDS = cases<IndicatorKind>('hunting.indicator-kind');

/** How to reach a customer's accounts. What is left out is read from the process's environment. */
export interface Options {
  /** A region code, such as `us` or `eu`; else `LOGZIO_REGION`. */
  region?: string;
  /** The base URL of the API, instead of a region; else `LOGZIO_URL`. */
  url?: string;
  /** The API token of the Security account; else `LOGZIO_SECURITY_TOKEN`. */
  securityToken?: string;
  /** The API token of the Operations account; else `LOGZIO_OPERATIONS_TOKEN`. */
  operationsToken?: string;
  /** How long one call may take, retries included, in milliseconds, 1 000 to 600 000; 30 000 if left out. */
  timeBudgetMs?: number;
  /** How much memory a call may take, in bytes; 256 MiB if left out. */
  memoryLimit?: number;
  /** How many calls run side by side, each in a thread; 4 if left out. Others wait. */
  threads?: number;
  /**
   * Gets each request that a call sent, when it is over and while the call runs; at most 5 000 of a call. What it throws, or
   * a promise of its is rejected with, breaks no call: the first is a warning of the process.
   */
  onRequest?: (request: SentRequest) => unknown;
}

/** What every call takes. */
export interface CallOptions {
  /** Stops the call: its promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** A time expression such as `-7d` or `yesterday`, or a `Date`. */
export type Time = string | Date;

/** An indicator: its value, or that and its kind. What a report left unfinished can be given as it is. */
export type GivenIndicator = string | { value: string; kind?: IndicatorKind | null };

/** What to fetch. */
export interface FetchOptions extends CallOptions {
  /** Where the first fetch starts; without meaning if there is a `cursor`. */
  since?: Time;
  /** The `next` of the page before. */
  cursor?: string | null | undefined;
  /** Only events of rules whose name contains this text. */
  ruleName?: string;
  /** Only events of these severities. */
  severities?: Severity[];
  /** Only events with at least one of these tags. */
  tags?: string[];
  /** Events that the rule's notification settings mute too. */
  includeMuted?: boolean;
  /** At most this many incidents, 50 if left out. */
  limit?: number;
  /** How far behind the newest event to look for late ones; 15 if left out. */
  lookBackMinutes?: number;
  /** How many logs to attach to each incident. */
  attachLogs?: number;
}

/** Which logs to return. */
export interface SearchOptions extends CallOptions {
  /** Two days before `until` if left out. */
  since?: Time;
  /** Now if left out. */
  until?: Time;
  /** Newest first if left out. */
  order?: Order;
  /** Only these fields of each log. */
  fields?: string[];
  /** How many logs a page has, 1 000 if left out. */
  pageSize?: number;
  /** Go on with the `next` of an earlier page. */
  page?: string | null | undefined;
}

/** The range to learn fields from. */
export interface FieldOptions extends CallOptions {
  /** Seven days before `until` if left out. */
  since?: Time;
  /** Now if left out. */
  until?: Time;
}

/** What to hunt for, and where. */
export interface HuntOptions extends CallOptions {
  /** Seven days before `until` if left out. */
  since?: Time;
  /** Now if left out. */
  until?: Time;
  /** The log fields to look in, by kind; learned from the logs for a kind that is left out. */
  fields?: Partial<Record<IndicatorKind, string[]>>;
  /** The log types that `fields` were learned from: the `sampled` of `findFields`. Not checked if left out. */
  logTypes?: string[];
  /** Networks that are internal besides the private ones. */
  internalNetworks?: string[];
  /** How many logs to return for each indicator, 100 if left out. */
  limitPerIndicator?: number;
}

/** A customer's Logz.io accounts. One token is enough for what it serves. */
export class LogzioSoar {
  readonly #connection: Connection;
  readonly #environment: [string, string][];
  readonly #origin: string | undefined;
  readonly #deadlineMs: number;
  readonly #pool: Pool;
  readonly #onRequest: ((request: SentRequest) => void) | undefined;

  constructor(options: Options = {}) {
    if (options.region !== undefined && options.url !== undefined) {
      throw invalid('invalid-connection', 'both a region and a URL are given: give one of them');
    }
    for (const name of ['region', 'url', 'securityToken', 'operationsToken'] as const) {
      // Without the value: it may be a token of another type.
      if (options[name] !== undefined && typeof options[name] !== 'string') {
        throw invalid('invalid-connection', `${name} is no text: give a string, or leave it out`);
      }
    }
    const environment = process.env;
    // A variable that is empty is none; an option that is empty is a mistake, which the component tells.
    const url = options.url ?? (options.region === undefined ? environment['LOGZIO_URL'] || undefined : undefined);
    const region = options.region ?? (environment['LOGZIO_REGION'] || undefined);
    const endpoint: Endpoint | null =
      url !== undefined ? { case: 'url', value: url } : region !== undefined ? { case: 'region', value: region } : null;
    const budget = options.timeBudgetMs ?? DEFAULT_TIME_BUDGET_MS;
    if (!isCount(budget)) throw invalid('invalid-connection', 'timeBudgetMs is no number of milliseconds: give 1000 to 600000');
    this.#connection = {
      endpoint,
      security_token: options.securityToken ?? null,
      operations_token: options.operationsToken ?? null,
      time_budget_ms: budget,
    };
    // Not in the connection: the component sends no token of the environment to a URL that the environment does not name.
    this.#environment = VARIABLES.map((name): [string, string] => [name, environment[name] ?? '']).filter(([, value]) => value !== '');
    this.#origin = originOf(endpoint);
    this.#deadlineMs = Math.min(budget, LONGEST_TIME_BUDGET_MS) + GRACE_MS;
    const memoryLimit = options.memoryLimit ?? MEMORY_LIMIT;
    const threads = options.threads ?? MOST_THREADS;
    for (const [name, number] of Object.entries({ memoryLimit, threads })) {
      if (!isCount(number) || number === 0) throw invalid('invalid-connection', `${name} is no count: give a whole number from 1 on`);
    }
    const { onRequest } = options;
    if (onRequest !== undefined && typeof onRequest !== 'function') {
      throw invalid('invalid-connection', 'onRequest is no function: give one, or leave it out');
    }
    this.#onRequest = onRequest === undefined ? undefined : harmless(onRequest);
    this.#pool = new Pool({ folder: COMPONENT, memoryLimit }, threads);
  }

  /** The settings and commands of the integration. Sends nothing. */
  describe(options: CallOptions = {}): Promise<Integration> {
    return this.#call('manifest.describe', {}, options);
  }

  /** Checks the endpoint and what each token serves. What Logz.io refuses is a check that failed. */
  checkConnection(options: CallOptions = {}): Promise<Check[]> {
    return this.#call('diagnostics.check-connection', { connection: this.#connection }, options);
  }

  /**
   * The next incidents, oldest first: at `since` the first time, then after the `cursor` of the page before. Store
   * `page.next` once the incidents are safe, and each comes exactly once.
   */
  async fetchIncidents(options: FetchOptions = {}): Promise<IncidentPage> {
    const cursor = options.cursor ?? undefined;
    const { since } = options;
    if (cursor === undefined && since === undefined) {
      throw invalid('invalid-argument', "there is no place to start: give since: '1 hour ago' the first time, then cursor: page.next");
    }
    const filter = {
      rule_name: text('ruleName', options.ruleName),
      severities: texts('severities', options.severities).map((one) => oneOf(SEVERITIES, 'severity', one)),
      tags: texts('tags', options.tags),
      include_muted: options.includeMuted ?? false,
    };
    const request = {
      start: cursor === undefined ? { case: 'at', value: time('since', since) } : { case: 'after', value: text('cursor', cursor) },
      filter,
      limit: count('limit', options.limit),
      look_back_minutes: count('lookBackMinutes', options.lookBackMinutes),
      attach_logs: count('attachLogs', options.attachLogs),
    };
    return this.#call('incidents.fetch-incidents', { connection: this.#connection, request }, options);
  }

  /** Pages of logs that match a query in Lucene syntax, over any range, until nothing is left. */
  async *searchLogs(lucene: string, options: SearchOptions = {}): AsyncGenerator<LogPage, void, undefined> {
    const query = {
      lucene: text('lucene', lucene ?? null),
      since: time('since', options.since),
      until: time('until', options.until),
      order: options.order === undefined ? undefined : oneOf(ORDERS, 'order', options.order),
      fields: texts('fields', options.fields),
      limit: count('pageSize', options.pageSize),
    };
    let page = text('page', options.page ?? undefined) ?? null;
    do {
      const given = { connection: this.#connection, query: { ...query, page } };
      const found: LogPage = await this.#call('logs.search-logs', given, options);
      yield found;
      page = found.next;
    } while (page !== null);
  }

  /** The logs that made a rule raise an event: at most `limit`, 100 if left out. */
  async getLogsByEventId(eventId: string, options: CallOptions & { limit?: number; page?: string | null } = {}): Promise<LogPage> {
    const given = {
      connection: this.#connection,
      event_id: text('eventId', eventId ?? null),
      limit: count('limit', options.limit),
      page: text('page', options.page ?? undefined),
    };
    return this.#call('logs.get-logs-by-event-id', given, options);
  }

  /**
   * Finds the log fields that hold indicators, by kind, and in which log types. A hunt does the same by itself; with many
   * hunts, give each `fields: report.fields` and `logTypes: report.sampled`.
   */
  async findFields(options: FieldOptions = {}): Promise<FieldReport> {
    const request = { since: time('since', options.since), until: time('until', options.until) };
    return this.#call('hunting.find-fields', { connection: this.#connection, request }, options);
  }

  /** Looks for indicators in the logs, many at a time, and tells what was seen of each. */
  async huntIndicators(indicators: Iterable<GivenIndicator>, options: HuntOptions = {}): Promise<HuntReport> {
    const request = {
      indicators: several('indicators', indicators).map(indicator),
      fields: Object.fromEntries(
        Object.entries(options.fields ?? {}).map(([kind, names]) => [oneOf(KINDS, 'kind', kind), texts('fields', names)]),
      ),
      log_types: options.logTypes === undefined ? undefined : texts('logTypes', options.logTypes),
      internal_networks: texts('internalNetworks', options.internalNetworks),
      since: time('since', options.since),
      until: time('until', options.until),
      limit_per_indicator: count('limitPerIndicator', options.limitPerIndicator),
    };
    return this.#call('hunting.hunt-indicators', { connection: this.#connection, request }, options);
  }

  /** Gives up the threads, which other accounts may share. Without it they end with the process, which they do not keep alive. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Those of the connection and of the environment. */
  #tokens(): string[] {
    const { security_token, operations_token } = this.#connection;
    const named = this.#environment.filter(([name]) => name.endsWith('TOKEN')).map(([, value]) => value);
    return [security_token, operations_token, ...named].filter((one) => typeof one === 'string');
  }

  async #call<T>(name: string, given: object, options: CallOptions): Promise<T> {
    const ask = askFor(name, given, this.#origin, this.#environment);
    if (this.#onRequest !== undefined) {
      ask.environment = [...this.#environment, TRACE];
      ask.reported = { tokens: this.#tokens() };
    }
    const told = await this.#pool.call(ask, this.#deadlineMs, options.signal, this.#onRequest);
    if ('ok' in told) return lifted(answerSchema(name, 'ok'), told.ok) as T;
    if ('err' in told) throw new ContractError(lifted(answerSchema(name, 'err'), told.err) as ErrorDetails);
    const why = 'trap' in told ? told.trap : told.missing;
    throw new ComponentError(`the component failed in ${name}: ${why}; call again, and report it if it stays`);
  }
}

/** A callback that neither throws nor rejects. Its first failure is a warning of the process. */
function harmless(callback: (request: SentRequest) => unknown): (request: SentRequest) => void {
  let isKnown = false;
  const failed = (error: unknown) => {
    if (isKnown) return;
    isKnown = true;
    process.emitWarning(`onRequest failed: ${error instanceof Error ? error.message : String(error)}`, 'LogzioSoarWarning');
  };
  return (request) => {
    try {
      Promise.resolve(callback(request)).catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** The names of an enum of the contract. */
function cases<T extends string>(name: string): readonly T[] {
  return (definition(name)?.oneOf ?? []).map((one) => one.const as T);
}

function invalid(name: 'invalid-argument' | 'invalid-connection', why: string): ContractError {
  return new ContractError({ case: name, value: why });
}

function isCount(number: unknown): number is number {
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < 2 ** 32;
}

function text(name: string, value: string | null): string;
function text(name: string, value: string | undefined): string | undefined;
function text(name: string, value: string | null | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalid('invalid-argument', `${name} is ${value === null ? 'missing' : `a ${typeof value}`}: give a string`);
}

/** What is in a collection. A text is one too, of its letters, which nobody means. */
function several<T>(name: string, given: Iterable<T>): T[] {
  if (typeof given === 'object' && given !== null && Symbol.iterator in given) return [...given];
  throw invalid('invalid-argument', `${name} is a ${typeof given}: give an array`);
}

function texts(name: string, given: Iterable<string> | undefined): string[] {
  return several(name, given ?? []).map((one, place) => text(`${name}[${place}]`, one ?? null));
}

function oneOf<T extends string>(known: readonly T[], name: string, given: string): T {
  if ((known as readonly string[]).includes(given)) return given as T;
  throw invalid('invalid-argument', `${JSON.stringify(given) ?? typeof given} is no ${name}: give one of ${known.join(', ')}`);
}

function indicator(given: GivenIndicator): Indicator {
  if (typeof given === 'string') return { value: given, kind: null };
  const value = text("an indicator's value", given?.value ?? null);
  return { value, kind: given.kind === undefined || given.kind === null ? null : oneOf(KINDS, 'kind', given.kind) };
}

function count(name: string, number: number | undefined): number | undefined {
  if (number === undefined || isCount(number)) return number;
  throw invalid('invalid-argument', `${name} is ${String(number)}: give a whole number that is not negative, or leave it out`);
}

function time(name: string, value: Time | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  throw invalid('invalid-argument', `${name} is no time: give a text such as '-7d', or a valid Date`);
}
