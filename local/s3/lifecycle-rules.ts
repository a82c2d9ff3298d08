import type { Tags } from './object-tags.ts';
import { S3Error } from './s3-error.ts';
import type { StorageClass } from './storage-class.ts';
import type { StoredObject, StoredVersion } from './stored-version.ts';
import { midnightBehind } from './times.ts';

/** Classes that a rule can move objects to, from warm to cold: objects only move down this list. */
const TRANSITION_CLASSES = [
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
export type TransitionClass = (typeof TRANSITION_CLASSES)[number];

export const MINIMUM_SIZES = ['all_storage_classes_128K', 'varies_by_storage_class'] as const;

export interface LifecycleConfiguration {
  readonly rules: readonly LifecycleRule[];
  /** Which objects are too small for a transition, when its rule does not speak of sizes. */
  readonly minimumSize: (typeof MINIMUM_SIZES)[number];
}

export interface LifecycleRule {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly filter: LifecycleFilter;
  readonly transitions?: readonly Transition[] | undefined;
  readonly noncurrentTransitions?: readonly NoncurrentTransition[] | undefined;
  readonly noncurrentExpiration?: NoncurrentAge | undefined;
  readonly abortUploadsAfterDays?: number | undefined;
}

/** All parts that are given must fit. */
export interface LifecycleFilter {
  readonly prefix?: string | undefined;
  readonly tags?: Tags | undefined;
  readonly sizeGreaterThan?: number | undefined;
  readonly sizeLessThan?: number | undefined;
}

export interface Transition {
  readonly days: number;
  readonly storageClass: TransitionClass;
}

export interface NoncurrentAge {
  /** Since a newer version took the place. */
  readonly days: number;
  /** So many of the newest noncurrent versions are left alone. */
  readonly newerVersions?: number | undefined;
}

export interface NoncurrentTransition extends NoncurrentAge {
  readonly storageClass: TransitionClass;
}

const MAX_RULES = 1000;
const MAX_ID_LENGTH = 255;
const MAX_NEWER_VERSIONS = 100;
/** Below this, moving an object costs more than it saves. */
const SMALL_OBJECT_BYTES = 128 * 1024;
/** AWS takes objects to these classes after 30 days or later. */
const INFREQUENT_CLASSES: readonly string[] = ['STANDARD_IA', 'ONEZONE_IA'];
const INFREQUENT_DAYS = 30;

/** The class of this name. Throws MalformedXML, as S3 does, for those that are no target of a transition. */
export function transitionClass(name: string | undefined): TransitionClass {
  const found = TRANSITION_CLASSES.find((one) => one === name);
  if (found !== undefined) return found;
  throw new S3Error('MalformedXML', `${name ?? 'Nothing'} is not a storage class that objects are moved to.`);
}

/** Throws S3's refusals of rules that are well-formed and make no sense. */
export function checkLifecycle({ rules }: LifecycleConfiguration): void {
  if (rules.length === 0 || rules.length > MAX_RULES) {
    throw new S3Error('MalformedXML', `A lifecycle configuration has between 1 and ${MAX_RULES} rules.`);
  }
  if (new Set(rules.map(({ id }) => id)).size < rules.length) {
    throw invalid('Rule ID must be unique. Found same ID for more than one rule');
  }
  for (const rule of rules) checkRule(rule);
}

/** Whether a rule is meant for this version or upload. Delete markers have neither size nor tags. */
export function matchesFilter(
  { prefix = '', tags = {}, sizeGreaterThan, sizeLessThan }: LifecycleFilter,
  version: Pick<StoredVersion, 'key' | 'isDeleteMarker'>,
): boolean {
  if (!version.key.startsWith(prefix)) return false;
  const { sizeBytes, tags: own = {} } = version as Partial<StoredObject>;
  if (version.isDeleteMarker || sizeBytes === undefined) {
    return Object.keys(tags).length === 0 && sizeGreaterThan === undefined && sizeLessThan === undefined;
  }
  return (
    Object.entries(tags).every(([key, value]) => Object.hasOwn(own, key) && own[key] === value) &&
    (sizeGreaterThan === undefined || sizeBytes > sizeGreaterThan) &&
    (sizeLessThan === undefined || sizeBytes < sizeLessThan)
  );
}

/** When an upload that nobody completes is ended, and by which rule; undefined when by none. */
export function plannedAbort(
  lifecycle: LifecycleConfiguration | undefined,
  { key, initiated }: { readonly key: string; readonly initiated: number },
): { readonly date: number; readonly ruleId: string } | undefined {
  const plans = (lifecycle?.rules ?? []).flatMap(({ id, isEnabled, filter, abortUploadsAfterDays: days }) =>
    isEnabled && days !== undefined && key.startsWith(filter.prefix ?? '')
      ? [{ date: midnightBehind(initiated, days), ruleId: id }]
      : [],
  );
  return plans.toSorted((a, b) => a.date - b.date)[0];
}

/** Whether an object of this class and size may go to another class by this rule. */
export function canMove(
  object: StoredObject,
  target: TransitionClass,
  { filter }: LifecycleRule,
  { minimumSize }: LifecycleConfiguration,
): boolean {
  const from: StorageClass = object.attributes.storageClass;
  const isColder = coldness(target) > coldness(from);
  if (!isColder || (from === 'ONEZONE_IA' && target === 'GLACIER_IR')) return false;
  if (filter.sizeGreaterThan !== undefined || filter.sizeLessThan !== undefined) return true;
  const takesSmall =
    minimumSize === 'varies_by_storage_class' && (target === 'GLACIER' || target === 'DEEP_ARCHIVE');
  return takesSmall || object.sizeBytes >= SMALL_OBJECT_BYTES;
}

/** STANDARD and REDUCED_REDUNDANCY are warmer than all that a rule can move to. */
export function coldness(storageClass: StorageClass): number {
  const order: readonly StorageClass[] = TRANSITION_CLASSES;
  return order.indexOf(storageClass);
}

function checkRule(rule: LifecycleRule): void {
  const { id, filter, transitions, noncurrentTransitions, noncurrentExpiration } = rule;
  if (id.length > MAX_ID_LENGTH) throw invalid('ID length should not exceed allowed limit of 255');
  const actions = [
    ...(transitions ?? []),
    ...(noncurrentTransitions ?? []),
    noncurrentExpiration,
    rule.abortUploadsAfterDays,
  ].filter((action) => action !== undefined);
  if (actions.length === 0) throw invalidRequest('At least one action needs to be specified in a rule');
  checkMoves('Transition', transitions ?? [], 0);
  checkMoves('NoncurrentVersionTransition', noncurrentTransitions ?? [], 1);
  if (noncurrentExpiration !== undefined) checkNoncurrent(noncurrentExpiration);
  for (const move of noncurrentTransitions ?? []) checkNoncurrent(move);
  const { tags, sizeGreaterThan, sizeLessThan } = filter;
  if (rule.abortUploadsAfterDays !== undefined) {
    checkDays('DaysAfterInitiation', rule.abortUploadsAfterDays, 1);
    if (tags !== undefined) {
      throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.');
    }
    if (sizeGreaterThan !== undefined || sizeLessThan !== undefined) {
      throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with object sizes.');
    }
  }
  if (sizeGreaterThan !== undefined && sizeLessThan !== undefined && sizeLessThan <= sizeGreaterThan) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  }
}

/** Each class once, and the colder ones later. */
function checkMoves(action: string, moves: readonly Transition[], minimumDays: number): void {
  for (const { days, storageClass } of moves) {
    checkDays('Days', days, minimumDays);
    if (INFREQUENT_CLASSES.includes(storageClass) && days < INFREQUENT_DAYS) {
      throw invalid(
        `'Days' in ${action} action must be greater than or equal to ${INFREQUENT_DAYS} for storageClass '${storageClass}'`,
      );
    }
  }
  const byClass = moves.toSorted((a, b) => coldness(a.storageClass) - coldness(b.storageClass));
  for (const [i, colder] of byClass.entries()) {
    const warmer = byClass[i - 1];
    if (warmer === undefined) continue;
    if (warmer.storageClass === colder.storageClass) {
      throw invalid(`'StorageClass' must be different for '${action}' actions in same 'Rule'`);
    }
    if (colder.days <= warmer.days) {
      throw invalid(
        `'Days' in the ${action} action for StorageClass '${colder.storageClass}' must be greater than in the one for StorageClass '${warmer.storageClass}'`,
      );
    }
  }
}

function checkNoncurrent({ days, newerVersions }: NoncurrentAge): void {
  checkDays('NoncurrentDays', days, 1);
  if (newerVersions === undefined || (newerVersions >= 1 && newerVersions <= MAX_NEWER_VERSIONS)) return;
  throw invalid(`'NewerNoncurrentVersions' must be between 1 and ${MAX_NEWER_VERSIONS}`);
}

function checkDays(name: string, days: number, minimum: number): void {
  if (Number.isInteger(days) && days >= minimum && days < 2 ** 31) return;
  throw invalid(`'${name}' must be ${minimum === 0 ? 'a nonnegative' : 'a positive'} integer`);
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidArgument', message);
}

function invalidRequest(message: string): S3Error {
  return new S3Error('InvalidRequest', message);
}
