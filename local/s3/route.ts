import type { Operation } from './operations/operation.ts';
import { OPERATIONS } from './operations/table.ts';
import type { S3Call } from './s3-call.ts';
import { notImplemented, S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';

/** x-amz-* headers that every operation understands. */
const COMMON_HEADERS = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-expected-bucket-owner',
  'x-amz-request-payer',
  'x-amz-user-agent',
]);

const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/** Finds the operation. What is not carried out is refused by its name: an ignored header would be a lie. */
export function route(call: S3Call, service: S3Service): Operation {
  const subject = call.bucket === '' ? 'account' : call.key === '' ? 'bucket' : 'object';
  const found = Object.entries(OPERATIONS).find(
    ([, operation]) =>
      operation.method === call.method &&
      operation.isOn === subject &&
      (operation.marks ?? []).every((mark) => hasMark(call, mark)) &&
      (operation.markHeader === undefined || call.headers.has(operation.markHeader)),
  );
  if (found === undefined) {
    const parameters = [...call.query.keys()].map((name) => `?${name}`).join(' ');
    throw notImplemented(`${call.method} on the ${subject} ${parameters}`.trim());
  }
  const [name, operation] = found;
  refuseUnknownParameters(call, name, operation);
  refuseUnknownHeaders(call, name, operation);
  refuseOtherConditions(call, name, operation);
  if (subject !== 'account' && !operation.createsBucket) service.buckets.get(call.bucket);
  refuseOtherOwner(call, service);
  return operation;
}

function hasMark(call: S3Call, mark: string): boolean {
  const [name = '', value] = mark.split('=');
  return value === undefined ? call.query.has(name) : call.query.get(name) === value;
}

function refuseUnknownParameters(call: S3Call, name: string, operation: Operation): void {
  const marks = (operation.marks ?? []).map((mark) => mark.split('=')[0]);
  const known = [...marks, ...(operation.parameters ?? [])];
  const unknown = [...call.query.keys()].find((parameter) => !known.includes(parameter));
  if (unknown !== undefined) throw notImplemented(`The query parameter "${unknown}" on ${name}`);
}

function refuseUnknownHeaders(call: S3Call, name: string, operation: Operation): void {
  const known = operation.headers ?? [];
  for (const header of call.headers.keys()) {
    if (!header.startsWith('x-amz-') || COMMON_HEADERS.has(header)) continue;
    const shortName = header.slice('x-amz-'.length);
    if (known.includes(shortName) || (shortName.startsWith('meta-') && known.includes('meta-*'))) continue;
    throw notImplemented(`The header ${header} on ${name}`);
  }
}

function refuseOtherConditions(call: S3Call, name: string, operation: Operation): void {
  if (call.method === 'GET' || call.method === 'HEAD') return;
  const other = CONDITIONS.find(
    (header) => call.headers.has(header) && !operation.conditions?.includes(header),
  );
  if (other !== undefined) throw notImplemented(`The condition ${other} on ${name}`);
}

function refuseOtherOwner(call: S3Call, service: S3Service): void {
  const expected = call.headers.get('x-amz-expected-bucket-owner');
  if (expected !== undefined && expected !== service.accountId)
    throw new S3Error('AccessDenied', 'Access Denied');
}
