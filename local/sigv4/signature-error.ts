/** Why a request's Signature Version 4 was refused. Each service words it in its own error codes. */
export type SignatureFault =
  | 'missing'
  | 'malformed'
  | 'wrong-scope'
  | 'unknown-key'
  | 'session-token'
  | 'unsigned-headers'
  | 'skewed'
  | 'not-yet-valid'
  | 'expired'
  | 'payload-mismatch'
  | 'mismatch';

export class SignatureError extends Error {
  readonly fault: SignatureFault;
  /** Facts that AWS adds to its error document, by AWS's element names. */
  readonly details: Readonly<Record<string, string>>;

  constructor(fault: SignatureFault, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'SignatureError';
    this.fault = fault;
    this.details = details;
  }
}
