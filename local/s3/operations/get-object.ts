import { refuseArchived, restoreHeaders } from '../archive.ts';
import { decide } from '../authorize.ts';
import { findObject } from '../find-object.ts';
import { lockHeaders } from '../lock-enforcement.ts';
import { checksumHeaders, objectHeaders } from '../object-headers.ts';
import { checkReadConditions } from '../preconditions.ts';
import { asHeaderValue, readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject, StoredPart } from '../stored-version.ts';
import { tagPermission } from './permissions.ts';

/** First and last byte, both included. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

export function getObject(call: S3Call, service: S3Service): S3Answer {
  const object = findObject(call, service);
  checkReadConditions(call.headers, object);
  if (call.method === 'GET') refuseArchived(object, call.now);
  const part = readPart(call, object);
  const range = part?.range ?? parseRange(call.headers.get('range'), object.sizeBytes);
  const { start, end } = range ?? { start: 0, end: object.sizeBytes - 1 };
  const answer = {
    status: range === undefined ? 200 : 206,
    headers: {
      ...objectHeaders(object, service.buckets.get(call.bucket).versioning),
      ...restoreHeaders(object, call.now),
      ...lockHeaders(call, service, object),
      ...tagCountHeader(call, service, object),
      ...responseOverrides(call),
      ...(range && { 'content-range': `bytes ${start}-${end}/${object.sizeBytes}` }),
      ...(part?.count && { 'x-amz-mp-parts-count': part.count }),
      ...requestedChecksum(call, object, end - start + 1 === object.sizeBytes, part?.part),
      'content-length': end - start + 1,
    },
  };
  if (call.method === 'HEAD' || end < start) return answer;
  return { ...answer, body: service.bodies.openSlice(object.bodyId, object.sizeBytes, { start, end }) };
}

/**
 * The range to send, or undefined for the whole object: S3 ignores what is not one well-formed range of bytes.
 * Throws InvalidRange when the range is well-formed and lies behind the end.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (start <= end) return { start, end };
  throw new S3Error('InvalidRange', 'The requested range is not satisfiable', {
    details: { RangeRequested: header ?? '', ActualObjectSize: String(sizeBytes) },
    headers: { 'content-range': `bytes */${sizeBytes}` },
  });
}

interface PartSelection {
  readonly range: ByteRange | undefined;
  readonly part: StoredPart | undefined;
  /** Absent for objects that came as a whole; those have one part. */
  readonly count: number | undefined;
}

function readPart(call: S3Call, object: StoredObject): PartSelection | undefined {
  const text = call.query.get('partNumber');
  if (text === undefined) return undefined;
  if (call.headers.has('range')) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const number = readInteger('partNumber', text, 1, 10_000);
  const sizes = object.parts?.map(({ sizeBytes }) => sizeBytes) ?? [object.sizeBytes];
  const sizeBytes = sizes[number - 1];
  if (sizeBytes === undefined) {
    throw new S3Error('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      details: { PartNumberRequested: text, ActualPartCount: String(sizes.length) },
    });
  }
  const start = sizes.slice(0, number - 1).reduce((sum, size) => sum + size, 0);
  return {
    range: sizeBytes === 0 ? undefined : { start, end: start + sizeBytes - 1 },
    part: object.parts?.[number - 1],
    count: object.parts?.length,
  };
}

/** Only what covers exactly the bytes that are sent: SDKs compare it with them. */
function requestedChecksum(
  call: S3Call,
  object: StoredObject,
  isWhole: boolean,
  part: StoredPart | undefined,
): Record<string, string> {
  if (call.headers.get('x-amz-checksum-mode')?.toUpperCase() !== 'ENABLED') return {};
  if (part !== undefined) return checksumHeaders(part);
  return isWhole ? checksumHeaders(object) : {};
}

/** For those who may read the tags themselves. */
function tagCountHeader(
  call: S3Call,
  service: S3Service,
  { key, tags = {} }: StoredObject,
): Record<string, number> {
  const count = Object.keys(tags).length;
  if (count === 0) return {};
  const permission = tagPermission('Get', call.bucket, key, call.query.get('versionId'));
  return decide(call, service, permission).allowed ? { 'x-amz-tagging-count': count } : {};
}

function responseOverrides(call: S3Call): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = call.query.get(`response-${name}`);
      return value === undefined ? [] : [[name, asHeaderValue(`response-${name}`, value)]];
    }),
  );
}
