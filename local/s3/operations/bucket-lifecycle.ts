import { randomUUID } from 'node:crypto';
import {
  checkLifecycle,
  type LifecycleFilter,
  type LifecycleRule,
  MINIMUM_SIZES,
  type NoncurrentAge,
  type NoncurrentTransition,
  type Transition,
  transitionClass,
} from '../lifecycle-rules.ts';
import type { Tags } from '../object-tags.ts';
import { readDocument, refuseUndigestedDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import {
  checkChildren,
  childOf,
  elementsOf,
  malformed,
  type ParsedXml,
  parseXml,
  textOf,
  toXml,
} from '../xml.ts';
import { ruleElement } from './lifecycle-element.ts';

const MINIMUM_SIZE_HEADER = 'x-amz-transition-default-minimum-object-size';
const LISTS = ['Rule', 'Transition', 'NoncurrentVersionTransition', 'Tag'];
const FILTER_PARTS = ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'];

export function getBucketLifecycle(call: S3Call, service: S3Service): S3Answer {
  const { lifecycle } = service.buckets.get(call.bucket);
  if (lifecycle === undefined) {
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
      details: { BucketName: call.bucket },
    });
  }
  const body = toXml('LifecycleConfiguration', { Rule: lifecycle.rules.map(ruleElement) });
  return { status: 200, headers: { [MINIMUM_SIZE_HEADER]: lifecycle.minimumSize }, body };
}

export async function putBucketLifecycle(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUndigestedDocument(call);
  const document = parseXml(await readDocument(call), 'LifecycleConfiguration', LISTS);
  checkChildren(document, ['Rule']);
  const minimumSize = readMinimumSize(call.headers.get(MINIMUM_SIZE_HEADER));
  const lifecycle = { rules: elementsOf(document, 'Rule').map(readRule), minimumSize };
  checkLifecycle(lifecycle);
  service.buckets.change(call.bucket, { lifecycle });
  service.lifecycleDays.forget(call.bucket);
  return { status: 200, headers: { [MINIMUM_SIZE_HEADER]: minimumSize } };
}

export function deleteBucketLifecycle(call: S3Call, service: S3Service): S3Answer {
  service.buckets.change(call.bucket, { lifecycle: undefined });
  return { status: 204 };
}

function readMinimumSize(header: string | undefined) {
  if (header === undefined) return MINIMUM_SIZES[0];
  const found = MINIMUM_SIZES.find((one) => one === header);
  if (found !== undefined) return found;
  throw new S3Error('InvalidRequest', `Invalid TransitionDefaultMinimumObjectSize found: ${header}`);
}

function readRule(rule: ParsedXml): LifecycleRule {
  checkChildren(
    rule,
    [
      ...['ID', 'Status', 'Prefix', 'Filter', 'Transition', 'NoncurrentVersionTransition'],
      ...['NoncurrentVersionExpiration', 'AbortIncompleteMultipartUpload'],
    ],
    ['Expiration'],
  );
  const status = textOf(rule, 'Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed('Status must be Enabled or Disabled');
  const expiration = childOf(rule, 'NoncurrentVersionExpiration');
  const abort = childOf(rule, 'AbortIncompleteMultipartUpload');
  if (abort !== undefined) checkChildren(abort, ['DaysAfterInitiation']);
  if (expiration !== undefined) checkChildren(expiration, ['NoncurrentDays', 'NewerNoncurrentVersions']);
  return {
    id: textOf(rule, 'ID') ?? randomUUID(),
    isEnabled: status === 'Enabled',
    filter: readRuleFilter(rule),
    transitions: elementsOf(rule, 'Transition').map(readTransition),
    noncurrentTransitions: elementsOf(rule, 'NoncurrentVersionTransition').map(readNoncurrentTransition),
    noncurrentExpiration: expiration === undefined ? undefined : readAge(expiration),
    abortUploadsAfterDays: abort === undefined ? undefined : readNumber(abort, 'DaysAfterInitiation'),
  };
}

/** Older documents have a prefix of the rule in place of a filter. */
function readRuleFilter(rule: ParsedXml): LifecycleFilter {
  const filter = childOf(rule, 'Filter');
  const prefix = textOf(rule, 'Prefix');
  if ((filter === undefined) === (prefix === undefined))
    throw malformed('one of Filter and Prefix is needed');
  if (filter === undefined) return { prefix };
  checkChildren(filter, [...FILTER_PARTS, 'And']);
  const and = childOf(filter, 'And');
  const given = typeof filter === 'string' ? [] : Object.keys(filter).filter((name) => name !== '#text');
  if (given.length > 1) throw malformed('a Filter has one element; several of them belong into And');
  if (and !== undefined) checkChildren(and, FILTER_PARTS);
  return readFilterParts(and ?? filter);
}

function readFilterParts(parts: ParsedXml): LifecycleFilter {
  const tags = elementsOf(parts, 'Tag').map((tag) => {
    checkChildren(tag, ['Key', 'Value']);
    const key = textOf(tag, 'Key');
    if (key === undefined || key === '') throw malformed('each Tag needs a Key');
    return [key, textOf(tag, 'Value') ?? ''] as const;
  });
  if (new Set(tags.map(([key]) => key)).size < tags.length) {
    throw new S3Error('InvalidRequest', 'Duplicate Tag Keys are not allowed.');
  }
  const allTags: Tags | undefined = tags.length === 0 ? undefined : Object.fromEntries(tags);
  return {
    prefix: textOf(parts, 'Prefix'),
    tags: allTags,
    sizeGreaterThan: readOptionalNumber(parts, 'ObjectSizeGreaterThan'),
    sizeLessThan: readOptionalNumber(parts, 'ObjectSizeLessThan'),
  };
}

function readTransition(element: ParsedXml): Transition {
  checkChildren(element, ['Days', 'StorageClass'], ['Date']);
  return {
    days: readNumber(element, 'Days'),
    storageClass: transitionClass(textOf(element, 'StorageClass')),
  };
}

function readNoncurrentTransition(element: ParsedXml): NoncurrentTransition {
  checkChildren(element, ['NoncurrentDays', 'NewerNoncurrentVersions', 'StorageClass']);
  return { ...readAge(element), storageClass: transitionClass(textOf(element, 'StorageClass')) };
}

function readAge(element: ParsedXml): NoncurrentAge {
  return {
    days: readNumber(element, 'NoncurrentDays'),
    newerVersions: readOptionalNumber(element, 'NewerNoncurrentVersions'),
  };
}

function readNumber(element: ParsedXml, name: string): number {
  const number = readOptionalNumber(element, name);
  if (number === undefined) throw malformed(`${name} is missing`);
  return number;
}

function readOptionalNumber(element: ParsedXml, name: string): number | undefined {
  const text = textOf(element, name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text.trim())) throw malformed(`${name} must be a whole number`);
  return Number(text);
}
