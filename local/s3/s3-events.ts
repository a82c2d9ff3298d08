import { randomUUID } from 'node:crypto';
import type { EventEnvelope } from '../services.ts';
import { makeRequestId } from './answer.ts';
import type { S3Call } from './s3-call.ts';
import type { S3Service } from './s3-service.ts';
import type { StoredObject } from './stored-version.ts';
import { isoDate, wholeSeconds } from './times.ts';

export type CreationReason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

/** Who caused a change: a request, or S3 itself, as it does for rules and for what takes its time. */
export interface EventOrigin {
  readonly bucket: string;
  readonly requestId: string;
  /** Absent: S3 itself. */
  readonly sourceIp?: string;
}

/** AWS gives delete markers the ETag of no bytes. */
const EMPTY_ETAG = 'd41d8cd98f00b204e9800998ecf8427e';

type NamedObject = Pick<StoredObject, 'key' | 'versionId'>;
type SizedObject = Pick<StoredObject, 'key' | 'versionId' | 'sizeBytes' | 'etag'>;

/** S3 as the origin of a change. */
export function originOfService(bucket: string): EventOrigin {
  return { bucket, requestId: makeRequestId() };
}

/** Stores the event that reports a new object. Like all here: within the transaction of the change itself. */
export function reportCreated(
  call: S3Call,
  service: S3Service,
  object: Omit<StoredObject, 'isCurrent'>,
  reason: CreationReason,
): void {
  report(call, service, 'Object Created', {
    object: { ...sizedFields(call, service, object), sequencer: sequencer(object.seq) },
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

export function reportDeleted(origin: EventOrigin, service: S3Service, deletion: Deletion): void {
  report(origin, service, 'Object Deleted', {
    object: {
      ...namedFields(origin, service, deletion),
      ...(deletion.type === 'Delete Marker Created' && { etag: EMPTY_ETAG }),
      sequencer: sequencer(deletion.seq),
    },
    reason: origin.sourceIp === undefined ? 'Lifecycle Expiration' : 'DeleteObject',
    'deletion-type': deletion.type,
  });
}

export function reportTags(
  origin: EventOrigin,
  service: S3Service,
  object: StoredObject,
  change: 'Added' | 'Deleted',
): void {
  report(origin, service, `Object Tags ${change}`, {
    object: { ...namedFields(origin, service, object), etag: object.etag },
  });
}

export function reportRestoreInitiated(origin: EventOrigin, service: S3Service, object: StoredObject): void {
  report(origin, service, 'Object Restore Initiated', {
    object: sizedFields(origin, service, object),
    'source-storage-class': object.attributes.storageClass,
  });
}

export function reportRestoreCompleted(
  origin: EventOrigin,
  service: S3Service,
  object: StoredObject,
  expires: number,
): void {
  report(origin, service, 'Object Restore Completed', {
    object: sizedFields(origin, service, object),
    'restore-expiry-time': eventTime(expires),
    'source-storage-class': object.attributes.storageClass,
  });
}

export function reportRestoreExpired(origin: EventOrigin, service: S3Service, object: StoredObject): void {
  report(origin, service, 'Object Restore Expired', {
    object: { ...namedFields(origin, service, object), etag: object.etag },
  });
}

export function reportTransition(origin: EventOrigin, service: S3Service, object: StoredObject): void {
  report(origin, service, 'Object Storage Class Changed', {
    object: sizedFields(origin, service, object),
    'destination-storage-class': object.attributes.storageClass,
  });
}

function report(
  { bucket, requestId, sourceIp }: EventOrigin,
  service: S3Service,
  type: string,
  detail: Record<string, unknown>,
): void {
  // A bucket may go while its rules are carried out.
  if (!service.buckets.find(bucket)?.hasEvents) return;
  const envelope: EventEnvelope = {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.s3',
    account: service.accountId,
    time: eventTime(service.clock()),
    region: service.region,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      ...detail,
      'request-id': requestId,
      requester: sourceIp === undefined ? 's3.amazonaws.com' : service.accountId,
      ...(sourceIp !== undefined && { 'source-ip-address': sourceIp }),
    },
  };
  service.outbox.add(envelope);
}

function sizedFields(origin: EventOrigin, service: S3Service, object: SizedObject) {
  const { key, sizeBytes, etag } = object;
  return { key, size: sizeBytes, etag, ...versionField(origin, service, object) };
}

function namedFields(origin: EventOrigin, service: S3Service, object: NamedObject) {
  return { key: object.key, ...versionField(origin, service, object) };
}

function versionField({ bucket }: EventOrigin, service: S3Service, { versionId }: NamedObject) {
  return service.buckets.get(bucket).versioning === 'Off' ? {} : { 'version-id': versionId };
}

/** Whole seconds, as AWS's events have them. */
function eventTime(time: number): string {
  return isoDate(wholeSeconds(time)).replace('.000Z', 'Z');
}

/** Comparable as text for the events of one key, as S3's are. */
function sequencer(seq: number): string {
  return seq.toString(16).toUpperCase().padStart(18, '0');
}
