import { authorize, retentionContext } from '../authorize.ts';
import { findTarget } from '../find-object.ts';
import { bypassesGovernance, protectedByLock, refuseUselessBypass } from '../lock-enforcement.ts';
import { isRetained, LOCK_MODES, type Retention, readRetention } from '../object-lock.ts';
import { readDocument, refuseUndigestedDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject } from '../stored-version.ts';
import { isoDate } from '../times.ts';
import { checkChildren, malformed, parseXml, textOf, toXml } from '../xml.ts';

export function getObjectRetention(call: S3Call, service: S3Service): S3Answer {
  refuseWithoutLock(call, service);
  const retention = findTarget(call, service).lock?.retention;
  if (retention === undefined) throw noLock();
  const { mode, until } = retention;
  return { status: 200, body: toXml('Retention', { Mode: mode, RetainUntilDate: isoDate(until) }) };
}

export async function putObjectRetention(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUndigestedDocument(call);
  const retention = parseRetention(await readDocument(call), call.now);
  // Here and not in the table: policies may ask about what the body says.
  const { bucket, key } = call;
  const context = retentionContext(retention ?? {}, call.now);
  authorize(call, service, { action: 's3:PutObjectRetention', bucket, key, context });
  refuseWithoutLock(call, service);
  refuseUselessBypass(call, service.buckets.get(bucket));
  service.database.transaction(() => {
    const object = findTarget(call, service);
    refuseWeakening(call, service, object, retention);
    service.versions.change(object, { lock: { ...object.lock, retention } });
  });
  return { status: 200 };
}

export function getObjectLegalHold(call: S3Call, service: S3Service): S3Answer {
  refuseWithoutLock(call, service);
  const legalHold = findTarget(call, service).lock?.legalHold;
  if (legalHold === undefined) throw noLock();
  return { status: 200, body: toXml('LegalHold', { Status: legalHold }) };
}

export async function putObjectLegalHold(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUndigestedDocument(call);
  const document = parseXml(await readDocument(call), 'LegalHold', []);
  checkChildren(document, ['Status']);
  const legalHold = textOf(document, 'Status');
  if (legalHold !== 'ON' && legalHold !== 'OFF') throw malformed('Status must be ON or OFF');
  const { bucket, key } = call;
  const context = { 's3:object-lock-legal-hold': legalHold };
  authorize(call, service, { action: 's3:PutObjectLegalHold', bucket, key, context });
  refuseWithoutLock(call, service);
  service.database.transaction(() => {
    const object = findTarget(call, service);
    service.versions.change(object, { lock: { ...object.lock, legalHold } });
  });
  return { status: 200 };
}

/** An empty element takes the retention away. */
function parseRetention(text: string, now: number): Retention | undefined {
  const document = parseXml(text, 'Retention', []);
  checkChildren(document, ['Mode', 'RetainUntilDate'], ['EventHold', 'EventHoldDuration']);
  const mode = textOf(document, 'Mode');
  const until = textOf(document, 'RetainUntilDate');
  if (mode === undefined && until === undefined) return undefined;
  if (mode === undefined || until === undefined || !LOCK_MODES.some((one) => one === mode)) {
    throw malformed('Mode, GOVERNANCE or COMPLIANCE, and RetainUntilDate must both be given');
  }
  return readRetention(mode, until, now, { mode: 'Mode', until: 'RetainUntilDate' });
}

/** A running retention may be made longer by all who may set one, and weaker only if it is of governance. */
function refuseWeakening(
  call: S3Call,
  service: S3Service,
  { key, lock }: StoredObject,
  next: Retention | undefined,
): void {
  const present = lock?.retention;
  if (lock === undefined || present === undefined || !isRetained(lock, service.clock())) return;
  const isKept = next !== undefined && next.mode === present.mode && next.until >= present.until;
  if (isKept) return;
  if (present.mode === 'COMPLIANCE' || !bypassesGovernance(call, service, key)) throw protectedByLock();
}

function refuseWithoutLock(call: S3Call, service: S3Service): void {
  if (service.buckets.get(call.bucket).objectLock !== undefined) return;
  throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
}

function noLock(): S3Error {
  return new S3Error(
    'NoSuchObjectLockConfiguration',
    'The specified object does not have a ObjectLock configuration',
  );
}
