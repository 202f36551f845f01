// The requests of a call, from the lines that a component writes to its standard error when it is asked to (`wit/world.wit`).
// Knows no operation, and trusts no line.

/** A request that a call sent. It holds no token, no header and no body. */
export interface SentRequest {
  /** `GET` or `POST`. */
  method: string;
  /** The path of the API, without the base of the URL. */
  path: string;
  /** 1 for the first time, 2 for the first repetition. */
  attempt: number;
  /** The HTTP status; `null` if no answer came. */
  status: number | null;
  /** Why no answer came, such as `timed-out`; else `null`. */
  failure: string | null;
  /** How long it took, in milliseconds. */
  ms: number;
  /** The size of the body that was sent. */
  bytes_sent: number;
  /** The size of the body that was received; 0 if no answer came. */
  bytes_received: number;
}

/** The variable of the component's environment that asks for the lines. */
export const TRACE: [string, string] = ['LOGZIO_SOAR_TRACE', '1'];
/** How much of a call's standard error is read, in bytes. */
const MOST_OUTPUT = 2 ** 20;
/** How many requests of a call are reported. */
const MOST_REQUESTS = 5_000;
/** A longer line reports no request, in bytes. */
const LONGEST_LINE = 2 ** 14;
/** How much of a text of a request is reported, in characters. */
const LONGEST_TEXT = 2_000;
/** A shorter token is looked for only as it is: what encodes so little turns up by chance. */
const SHORTEST_ENCODED = 8;
const NEWLINE = 10;

/** Reads what a component writes, up to a limit, and reports the requests in it. */
export class RequestReader {
  readonly #forms: string[];
  readonly #report: (request: SentRequest) => void;
  #line: number[] = [];
  #bytes = MOST_OUTPUT;
  #requests = MOST_REQUESTS;

  constructor(tokens: string[], report: (request: SentRequest) => void) {
    // The longest first: a form may be a part of another.
    this.#forms = tokens.flatMap(forms).sort((a, b) => b.length - a.length);
    this.#report = report;
  }

  /** Takes what the component writes. */
  write(bytes: Uint8Array): void {
    if (this.#requests === 0) return;
    const taken = bytes.subarray(0, this.#bytes);
    this.#bytes -= taken.length;
    for (const byte of taken) {
      if (byte === NEWLINE) this.#end();
      else if (this.#line.length <= LONGEST_LINE) this.#line.push(byte);
    }
  }

  #end(): void {
    const line = this.#line;
    this.#line = [];
    if (line.length > LONGEST_LINE || this.#requests === 0) return;
    const request = this.#read(Buffer.from(line).toString());
    if (request === undefined) return;
    this.#requests--;
    this.#report(request);
  }

  /** The request that a line reports; none if it reports something else. */
  #read(line: string): SentRequest | undefined {
    let fields: Record<string, unknown>;
    try {
      fields = JSON.parse(line);
    } catch {
      return undefined;
    }
    if (fields?.['trace'] !== 'request') return undefined;
    const { method, path, try: attempt, status, failure, ms, bytes_sent, bytes_received } = fields;
    if (typeof method !== 'string' || typeof path !== 'string' || !(failure === null || typeof failure === 'string')) return undefined;
    if (!isCount(attempt) || !(status === null || isCount(status))) return undefined;
    if (!isCount(ms) || !isCount(bytes_sent) || !isCount(bytes_received)) return undefined;
    return {
      method: this.#safe(method),
      path: this.#safe(path),
      attempt,
      status,
      failure: failure === null ? null : this.#safe(failure),
      ms,
      bytes_sent,
      bytes_received,
    };
  }

  /** A text of printable characters, without tokens, cut. */
  #safe(text: string): string {
    const masked = this.#forms.reduce((left, form) => left.replaceAll(form, '*'.repeat(form.length)), text);
    const shown = masked.slice(0, LONGEST_TEXT).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\ufffd');
    return masked.length > LONGEST_TEXT ? `${shown}…` : shown;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A token as it is, and as it may be encoded. */
function forms(token: string): string[] {
  const plain = token.trim();
  if (plain.length < SHORTEST_ENCODED) return plain === '' ? [] : [plain];
  const octets = Buffer.from(plain);
  const hex = octets.toString('hex');
  const base64 = octets.toString('base64').replace(/=+$/, '');
  // Of the octets, since half of a pair of surrogates has no such form.
  const percent = encodeURIComponent(octets.toString());
  return [plain, hex, hex.toUpperCase(), base64, octets.toString('base64url'), percent];
}
