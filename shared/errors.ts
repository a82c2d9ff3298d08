import { administrationCodes } from './error-codes/administration.ts';
import { backupRequestCodes } from './error-codes/backup-requests.ts';
import type { ErrorFacts } from './error-codes/error-facts.ts';
import { requestCodes } from './error-codes/requests.ts';
import { restoreCodes } from './error-codes/restores.ts';
import { storeCodes } from './error-codes/stores.ts';
import { uploadCodes } from './error-codes/uploads.ts';
import { vaultCodes } from './error-codes/vault.ts';

/**
 * The one registry of error codes. A code is what the API answers in `code`, what a state machine's
 * `ErrorEquals` matches (it is the error's `name`) and what the gateway branches on, so codes are stable.
 */
const registry = {
  ...requestCodes,
  ...storeCodes,
  ...uploadCodes,
  ...vaultCodes,
  ...restoreCodes,
  ...administrationCodes,
  ...backupRequestCodes,
  /** Everything unforeseen. */
  INTERNAL: {
    status: 500,
    retry: 'transient',
    hint: 'Try again; if it stays, look up the correlation id in the logs.',
  },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof registry;

/** All codes, for the tests that compare them with the state machines and the API document. */
export const errorCodes = Object.keys(registry) as ErrorCode[];

/** HTTP status, retry class and hint of a code. */
export const describeError = (code: ErrorCode) => registry[code];

export interface ErrorDetails {
  /** Facts for the reader and for programs: ids, counts, field issues. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one error type that crosses module borders. Its `name` is the code. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly retry: 'transient' | 'permanent';
  readonly status: number;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, { details = {}, hint, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    const entry = registry[code];
    this.name = code;
    this.code = code;
    this.retry = entry.retry;
    this.status = entry.status;
    this.hint = hint ?? entry.hint;
    this.details = details;
  }
}

/** Whether an error is a ServiceError of this code. */
export const hasCode = (error: unknown, code: ErrorCode): error is ServiceError =>
  error instanceof ServiceError && error.code === code;
