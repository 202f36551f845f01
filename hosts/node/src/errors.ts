// What can go wrong: the errors of the contract, and those of the sandbox around the component. No text holds a token.
import type { Error as ErrorDetails } from './component/contract.js';

/** The cases of the contract's `error`. */
export type ErrorCase = ErrorDetails['case'];

/** Any failure of this package. */
export class LogzioSoarError extends Error {
  override name = 'LogzioSoarError';
}

/** An error of the contract; `case` says what can be done about it. */
export class ContractError extends LogzioSoarError {
  override name = 'ContractError';
  /** Which, such as `unauthorized` or `rate-limited`. */
  readonly case: ErrorCase;
  /** The HTTP status, of the case `server`. */
  readonly status?: number;
  /** How long to wait in milliseconds, of the case `rate-limited`, if Logz.io said so. */
  readonly retryAfterMs?: number;
  /** The error as the contract has it. */
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(textOf(details));
    this.case = details.case;
    this.details = details;
    if (details.case === 'server') this.status = details.value.status;
    if (details.case === 'rate-limited' && details.value !== null) this.retryAfterMs = details.value;
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

function textOf(details: ErrorDetails): string {
  switch (details.case) {
    case 'rate-limited': {
      const wait = details.value === null ? 'a minute' : `${details.value / 1000} s`;
      return `Logz.io asks for fewer requests: try again in ${wait}`;
    }
    case 'server':
      return `Logz.io answered with the status ${details.value.status}: ${details.value.message}`;
    default:
      return details.value;
  }
}
