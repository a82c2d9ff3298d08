import type { S3Client } from '@aws-sdk/client-s3';

/** A bucket, and the client to reach it. */
export interface VaultBucket {
  /** Made with `requestChecksumCalculation: 'WHEN_REQUIRED'`, so that it adds nothing of its own to what is signed. */
  readonly client: S3Client;
  readonly bucketName: string;
}
