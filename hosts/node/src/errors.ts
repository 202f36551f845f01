// What can go wrong: errors that the component told, and those of the sandbox around it. No text holds a token.
import type { Error as Told } from './component/interfaces/logzio-soar-types.js';

/** The cases of the contract's `error`. */
export type ErrorCase = Told['tag'];

/** Any failure of this package. */
export class LogzioSoarError extends Error {
  override name = 'LogzioSoarError';
}

/** An error that the component told; `case` says what can be done about it. */
export class ContractError extends LogzioSoarError {
  override name = 'ContractError';
  /** Which, such as `unauthorized` or `rate-limited`. */
  readonly case: ErrorCase;
  /** The HTTP status, of the case `server`. */
  readonly status?: number;
  /** How long to wait in milliseconds, of the case `rate-limited`, if Logz.io said so. */
  readonly retryAfterMs?: number;
  /** The error as the contract has it. */
  readonly told: Told;

  constructor(told: Told) {
    super(textOf(told));
    this.case = told.tag;
    this.told = told;
    if (told.tag === 'server') this.status = told.val.status;
    if (told.tag === 'rate-limited' && told.val !== undefined) this.retryAfterMs = told.val;
  }
}

/** The component failed, or was stopped. The process lives on, and the next call has a sandbox of its own. */
export class ComponentError extends LogzioSoarError {
  override name = 'ComponentError';
}

/** The component did not come back in time, and was stopped. */
export class DeadlineExceeded extends ComponentError {
  override name = 'DeadlineExceeded';
}

function textOf(told: Told): string {
  switch (told.tag) {
    case 'rate-limited': {
      const wait = told.val === undefined ? 'a minute' : `${told.val / 1000} s`;
      return `Logz.io asks for fewer requests: try again in ${wait}`;
    }
    case 'server':
      return `Logz.io answered with the status ${told.val.status}: ${told.val.message}`;
    default:
      return told.val;
  }
}
