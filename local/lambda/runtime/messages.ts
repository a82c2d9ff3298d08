/** What the service and an execution environment tell each other. */

/** Goes to the environment over Node's own channel between processes. */
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

/**
 * Comes from the environment, one line of JSON each, over a pipe with this number. It is written synchronously, so
 * that nothing is lost or late when the process ends right after.
 */
export type RuntimeMessage =
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'init-failed'; readonly error: ErrorReport }
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'failed'; readonly error: ErrorReport };

export const MESSAGE_DESCRIPTOR = 3;
