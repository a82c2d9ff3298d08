import type { PendingWrite } from './pending-writes.ts';
import { notImplemented, S3Error } from './s3-error.ts';
import type { StoredObject, StoredVersion } from './stored-version.ts';
import { httpDate, wholeSeconds } from './times.ts';

type Headers = ReadonlyMap<string, string>;

/** Conditions of a write; S3 knows `If-None-Match: *` and `If-Match` with one ETag. */
export interface WriteConditions {
  readonly mustBeAbsent: boolean;
  /** Without quotes. */
  readonly etag: string | undefined;
}

export function readWriteConditions(headers: Headers): WriteConditions {
  const ifNoneMatch = headers.get('if-none-match');
  const ifMatch = headers.get('if-match');
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw notImplemented('A write with both If-Match and If-None-Match');
  }
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw notImplemented('If-None-Match with anything but * on a write');
  }
  if (ifMatch?.trim() === '*') throw notImplemented('If-Match: * on a write');
  return { mustBeAbsent: ifNoneMatch === '*', etag: ifMatch?.trim().replaceAll('"', '') };
}

export function isConditional(conditions: WriteConditions): boolean {
  return conditions.mustBeAbsent || conditions.etag !== undefined;
}

/**
 * Checked before the body is read and again in the transaction that stores it. A delete marker counts as
 * absent. A delete between the two means that "absent" did not hold all the time: S3 then answers 409.
 */
export function checkWriteConditions(
  conditions: WriteConditions,
  current: StoredVersion | undefined,
  pending: PendingWrite | undefined,
): void {
  const object = current?.isDeleteMarker ? undefined : current;
  if (conditions.mustBeAbsent) {
    if (object !== undefined) throw preconditionFailed('If-None-Match');
    if (pending?.isOvertakenByDelete) {
      throw new S3Error(
        'ConditionalRequestConflict',
        'The conditional request cannot succeed due to a conflicting operation against this resource.',
        { details: { Condition: 'If-None-Match' } },
      );
    }
  }
  if (conditions.etag !== undefined) checkIfMatch(conditions.etag, object);
}

/** If-Match of writes and deletes: without a current object it is 404, whatever the ETag. */
export function checkIfMatch(etag: string, object: StoredObject | undefined): void {
  if (object === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  if (etag !== '*' && etag !== object.etag) throw preconditionFailed('If-Match');
}

/** Conditions of GetObject and HeadObject, in the order of RFC 9110, which S3 follows. */
export function checkReadConditions(headers: Headers, object: StoredObject): void {
  const ifMatch = headers.get('if-match');
  const unmodifiedSince = readDate(headers.get('if-unmodified-since'));
  if (ifMatch !== undefined) {
    if (!listsEtag(ifMatch, object.etag)) throw preconditionFailed('If-Match');
  } else if (unmodifiedSince !== undefined && object.lastModified > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  const ifNoneMatch = headers.get('if-none-match');
  const modifiedSince = readDate(headers.get('if-modified-since'));
  const isUnchanged =
    ifNoneMatch !== undefined
      ? listsEtag(ifNoneMatch, object.etag)
      : modifiedSince !== undefined && object.lastModified <= modifiedSince;
  if (isUnchanged) {
    throw new S3Error('NotModified', 'Not Modified', {
      headers: { etag: `"${object.etag}"`, 'last-modified': httpDate(object.lastModified) },
    });
  }
}

/** Conditions that CopyObject puts on its source. All failures are 412 there. */
export function checkCopyConditions(headers: Headers, source: StoredObject): void {
  const get = (name: string) => headers.get(`x-amz-copy-source-if-${name}`);
  const ifMatch = get('match');
  const ifNoneMatch = get('none-match');
  const unmodifiedSince = readDate(get('unmodified-since'));
  const modifiedSince = readDate(get('modified-since'));
  if (
    ifMatch !== undefined
      ? !listsEtag(ifMatch, source.etag)
      : source.lastModified > (unmodifiedSince ?? Infinity)
  ) {
    throw preconditionFailed(
      ifMatch !== undefined ? 'x-amz-copy-source-if-match' : 'x-amz-copy-source-if-unmodified-since',
    );
  }
  if (
    ifNoneMatch !== undefined
      ? listsEtag(ifNoneMatch, source.etag)
      : source.lastModified <= (modifiedSince ?? -Infinity)
  ) {
    throw preconditionFailed(
      ifNoneMatch !== undefined ? 'x-amz-copy-source-if-none-match' : 'x-amz-copy-source-if-modified-since',
    );
  }
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    details: { Condition: condition },
  });
}

function listsEtag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((one) => one.trim().replace(/^W\//, '').replaceAll('"', '') === etag);
}

/** HTTP dates that cannot be read are ignored, as RFC 9110 asks. */
function readDate(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : wholeSeconds(time);
}
