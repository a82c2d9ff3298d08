import { type DefaultRetention, invalidArgument, LOCK_MODES } from '../object-lock.ts';
import { readDocument, refuseUndigestedDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { checkChildren, childOf, malformed, type ParsedXml, parseXml, textOf, toXml } from '../xml.ts';

/** A hundred years, as AWS counts them. */
const MAX_YEARS = 100;
const MAX_DAYS = 36_500;

export function getObjectLockConfiguration(call: S3Call, service: S3Service): S3Answer {
  const { objectLock } = service.buckets.get(call.bucket);
  if (objectLock === undefined) {
    throw new S3Error(
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
      { details: { BucketName: call.bucket } },
    );
  }
  const standard = objectLock.defaultRetention;
  const body = toXml('ObjectLockConfiguration', {
    ObjectLockEnabled: 'Enabled',
    Rule: standard && {
      DefaultRetention: { Mode: standard.mode, Days: standard.days, Years: standard.years },
    },
  });
  return { status: 200, body };
}

/** Turns the lock on for a bucket with versioning, and sets or takes away its default. It is never turned off. */
export async function putObjectLockConfiguration(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUndigestedDocument(call);
  const document = parseXml(await readDocument(call), 'ObjectLockConfiguration', []);
  checkChildren(document, ['ObjectLockEnabled', 'Rule']);
  if (textOf(document, 'ObjectLockEnabled') !== 'Enabled')
    throw malformed('ObjectLockEnabled must be Enabled');
  const rule = childOf(document, 'Rule');
  const defaultRetention = rule === undefined ? undefined : readRule(rule);
  if (service.buckets.get(call.bucket).versioning !== 'Enabled') {
    throw new S3Error(
      'InvalidBucketState',
      "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    );
  }
  service.buckets.change(call.bucket, { objectLock: { defaultRetention } });
  return { status: 200 };
}

function readRule(rule: ParsedXml): DefaultRetention {
  checkChildren(rule, ['DefaultRetention']);
  const element = childOf(rule, 'DefaultRetention') ?? '';
  checkChildren(element, ['Mode', 'Days', 'Years'], ['DefaultEventHold']);
  const mode = LOCK_MODES.find((one) => one === textOf(element, 'Mode'));
  const days = textOf(element, 'Days');
  const years = textOf(element, 'Years');
  if (mode === undefined) throw malformed('Mode must be GOVERNANCE or COMPLIANCE');
  if ((days === undefined) === (years === undefined)) throw malformed('one of Days and Years is needed');
  return days === undefined
    ? { mode, years: readPeriod('Years', years ?? '', MAX_YEARS) }
    : { mode, days: readPeriod('Days', days, MAX_DAYS) };
}

function readPeriod(name: 'Days' | 'Years', text: string, max: number): number {
  if (!/^[+-]?\d{1,10}$/.test(text)) throw malformed(`${name} must be a whole number`);
  const period = Number(text);
  if (period < 1) {
    throw invalidArgument('Default retention period must be a positive integer value.', name, text);
  }
  if (period > max) throw invalidArgument('Default retention period too large.', name, text);
  return period;
}
