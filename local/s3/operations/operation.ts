import type { Permission } from '../authorize.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';

/** An entry of the table of operations. */
export interface Operation {
  readonly method: string;
  /** Query parameters that must be there, one with its value. */
  readonly marks?: readonly string[];
  readonly isOn: 'account' | 'bucket' | 'object';
  /** Header that must be there. */
  readonly markHeader?: string;
  /** Further query parameters that are carried out; any other is refused by name. */
  readonly parameters?: readonly string[];
  /** x-amz-* headers that are carried out, without that prefix; any other is refused by name. */
  readonly headers?: readonly string[];
  /** Conditions of a write that are enforced; reads understand all of them. */
  readonly conditions?: readonly string[];
  /** The bucket need not exist. */
  readonly createsBucket?: true;
  readonly permissions: (call: S3Call) => readonly Permission[];
  readonly run: (call: S3Call, service: S3Service) => S3Answer | Promise<S3Answer>;
}

/** x-amz-* headers that protect a body or tell how it travels. */
export const BODY_HEADERS = [
  'checksum-crc32',
  'checksum-crc32c',
  'checksum-crc64nvme',
  'checksum-sha1',
  'checksum-sha256',
  'decoded-content-length',
  'sdk-checksum-algorithm',
  'trailer',
];

/** For operations that check each thing which their body names. */
export const CHECKED_WITH_BODY = () => [];
