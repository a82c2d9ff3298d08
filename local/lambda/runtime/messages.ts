import type { LoggingSettings } from '../logging-settings.ts';

/** What the service and an execution environment tell each other. */

/** Handed to the worker at its start. */
export interface RuntimeData {
  readonly taskRoot: string;
  readonly handler: string;
  readonly logging: LoggingSettings;
}

export interface InvocationRequest {
  readonly requestId: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  /** Value of the environment variable _X_AMZN_TRACE_ID for this invocation. */
  readonly traceId: string;
  /** JSON text. */
  readonly event: string;
}

/** Error as Lambda reports it to the caller. */
export interface ErrorReport {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type RuntimeMessage =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'init-failed'; readonly error: ErrorReport }
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport };
