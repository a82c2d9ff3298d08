import { decide } from './authorize.ts';
import type { Bucket } from './bucket-registry.ts';
import { invalidArgument, isRetained } from './object-lock.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';
import type { StoredObject } from './stored-version.ts';
import { isoDate } from './times.ts';

/** Throws AccessDenied when the version is protected against the deletion that this call asks for. */
export function refuseLockedDelete(call: S3Call, service: S3Service, object: StoredObject): void {
  const { lock } = object;
  if (lock === undefined) return;
  if (lock.legalHold === 'ON') throw protectedByLock();
  if (!isRetained(lock, service.clock())) return;
  if (lock.retention?.mode === 'COMPLIANCE') throw protectedByLock();
  if (!bypassesGovernance(call, service, object.key)) throw protectedByLock();
}

/** The caller asks to be let past a governance retention, and may. */
export function bypassesGovernance(call: S3Call, service: S3Service, key: string): boolean {
  if (call.headers.get('x-amz-bypass-governance-retention')?.toLowerCase() !== 'true') return false;
  return decide(call, service, { action: 's3:BypassGovernanceRetention', bucket: call.bucket, key }).allowed;
}

/** AWS refuses the header where it can mean nothing, whatever its value. */
export function refuseUselessBypass(call: S3Call, bucket: Bucket): void {
  const value = call.headers.get('x-amz-bypass-governance-retention');
  if (value === undefined || bucket.objectLock !== undefined) return;
  throw invalidArgument(
    'x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.',
    'x-amz-bypass-governance-retention',
    value,
  );
}

/** Headers of GetObject and HeadObject, for those who may know. */
export function lockHeaders(call: S3Call, service: S3Service, object: StoredObject): Record<string, string> {
  const { lock, key } = object;
  if (lock === undefined) return {};
  const may = (action: `s3:${string}`) => decide(call, service, { action, bucket: call.bucket, key }).allowed;
  const { retention, legalHold } = lock;
  return {
    ...(retention !== undefined &&
      may('s3:GetObjectRetention') && {
        'x-amz-object-lock-mode': retention.mode,
        'x-amz-object-lock-retain-until-date': isoDate(retention.until),
      }),
    ...(legalHold !== undefined &&
      may('s3:GetObjectLegalHold') && { 'x-amz-object-lock-legal-hold': legalHold }),
  };
}

export function protectedByLock(): S3Error {
  return new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
}
