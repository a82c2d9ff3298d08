import { randomUUID } from 'node:crypto';
import type { EventEnvelope } from '../services.ts';
import type { S3Call } from './s3-call.ts';
import { isoDate, type S3Service, wholeSeconds } from './s3-service.ts';
import type { StoredObject } from './stored-version.ts';

export type CreationReason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

/** Stores the event that reports a new object. Within the transaction that adds it. */
export function reportCreated(
  call: S3Call,
  service: S3Service,
  object: Omit<StoredObject, 'isCurrent'>,
  reason: CreationReason,
): void {
  const { key, sizeBytes, etag, versionId, seq } = object;
  report(call, service, 'Object Created', {
    object: {
      key,
      size: sizeBytes,
      etag,
      ...versionField(call, service, versionId),
      sequencer: sequencer(seq),
    },
    reason,
  });
}

export interface Deletion {
  readonly key: string;
  /** Of the removed version, or of the new delete marker. */
  readonly versionId: string;
  readonly type: 'Permanently Deleted' | 'Delete Marker Created';
  readonly seq: number;
}

/** Stores the event that reports a deletion. Within the transaction that deletes. */
export function reportDeleted(call: S3Call, service: S3Service, deletion: Deletion): void {
  const { key, versionId, seq, type } = deletion;
  report(call, service, 'Object Deleted', {
    object: { key, ...versionField(call, service, versionId), sequencer: sequencer(seq) },
    reason: 'DeleteObject',
    'deletion-type': type,
  });
}

function report(call: S3Call, service: S3Service, type: string, detail: Record<string, unknown>): void {
  if (!service.buckets.get(call.bucket).hasEvents) return;
  const envelope: EventEnvelope = {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.s3',
    account: service.accountId,
    time: isoDate(wholeSeconds(service.clock())).replace('.000Z', 'Z'),
    region: service.region,
    resources: [`arn:aws:s3:::${call.bucket}`],
    detail: {
      version: '0',
      bucket: { name: call.bucket },
      ...detail,
      'request-id': call.requestId,
      requester: service.accountId,
      'source-ip-address': call.sourceIp,
    },
  };
  service.outbox.add(envelope);
}

function versionField(call: S3Call, service: S3Service, versionId: string) {
  return service.buckets.get(call.bucket).versioning === 'Off' ? {} : { 'version-id': versionId };
}

/** Comparable as text for the events of one key, as S3's are. */
function sequencer(seq: number): string {
  return seq.toString(16).toUpperCase().padStart(18, '0');
}
