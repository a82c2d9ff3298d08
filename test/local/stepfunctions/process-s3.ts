import type { LocalCredential } from '../../../local/services.ts';

/** The S3 that a service in a process of its own uses. */
export interface ProcessS3 {
  readonly endpoint: string;
  readonly credential: LocalCredential;
}
