/**
 * A key of the customer's under which data keys are kept: a file, or a key service. It wraps some ten bytes a year and
 * never sees data.
 */
export interface KeyWrapper {
  /** Its name, as wrapped data keys carry it. */
  readonly keyId: string;
  /** Answers base64. Throws KeyError. */
  wrap(payload: Buffer): Promise<string>;
  /** Throws KeyError when this key did not wrap it, or cannot be asked. */
  unwrap(wrapped: string): Promise<Buffer>;
}

/** A key cannot be used; the message says why and what to do, and never holds a secret. */
export class KeyError extends Error {}
