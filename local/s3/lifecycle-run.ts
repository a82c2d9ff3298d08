import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Bucket } from './bucket-registry.ts';
import {
  canMove,
  coldness,
  type LifecycleConfiguration,
  type LifecycleRule,
  matchesFilter,
  type NoncurrentAge,
  plannedAbort,
  type TransitionClass,
} from './lifecycle-rules.ts';
import { isLocked } from './object-lock.ts';
import { type EventOrigin, originOfService, reportDeleted, reportTransition } from './s3-events.ts';
import type { S3Service } from './s3-service.ts';
import type { StoredObject, StoredVersion } from './stored-version.ts';
import { midnightBehind } from './times.ts';
import type { VersionPosition } from './version-index.ts';

/** A version with what its age is counted from. */
interface AgedVersion {
  readonly version: StoredVersion;
  /** When a newer version took its place; absent for the current one. */
  readonly noncurrentSince: number | undefined;
  /** How many noncurrent versions of its key are newer. */
  readonly newerVersions: number;
}

/** Carries out the rules of every bucket whose turn it is. */
export async function runDueLifecycles(service: S3Service): Promise<void> {
  for (const bucket of service.buckets.list()) {
    if (bucket.lifecycle === undefined) continue;
    // Noted first: rules that change during the run are run again.
    if (service.lifecycleDays.begin(bucket.name, service.clock())) await runLifecycle(service, bucket);
  }
}

/**
 * Carries out the lifecycle rules of a bucket. S3 does so once a day: everything becomes due at a midnight UTC.
 * Repeating a run changes nothing.
 */
async function runLifecycle(service: S3Service, bucket: Bucket): Promise<void> {
  const { name, lifecycle } = bucket;
  const rules = lifecycle?.rules.filter(({ isEnabled }) => isEnabled) ?? [];
  if (lifecycle === undefined || rules.length === 0) return;
  const active = { ...lifecycle, rules };
  await abortUploads(service, bucket);
  for await (const page of agedVersions(service, name)) {
    const origin = originOfService(name);
    const freed = service.database.transaction(() =>
      page.flatMap((aged) => applyRules(service, origin, active, aged)),
    );
    service.outbox.wake();
    await service.bodies.remove(freed);
  }
}

async function abortUploads(service: S3Service, { name, lifecycle }: Bucket): Promise<void> {
  const now = service.clock();
  const due = service.uploads.list(name).filter((upload) => {
    const plan = plannedAbort(lifecycle, upload);
    return plan !== undefined && plan.date <= now;
  });
  const freed = service.database.transaction(() => due.flatMap(({ id }) => service.uploads.remove(id)));
  await service.bodies.remove(freed);
}

async function* agedVersions(service: S3Service, bucket: string): AsyncGenerator<AgedVersion[]> {
  let position: VersionPosition = { from: Buffer.alloc(0) };
  let newer: AgedVersion | undefined;
  for (;;) {
    const versions = service.versions.versionsFrom(bucket, '', position, service.limits.maxPageEntries);
    const page = versions.map((version) => {
      newer = ageOf(version, newer);
      return newer;
    });
    const last = versions.at(-1);
    if (last === undefined) return;
    yield page;
    position = { key: last.key, seq: last.seq };
    // Requests come in between the pages.
    await nextTurn();
  }
}

function ageOf(version: StoredVersion, newer: AgedVersion | undefined): AgedVersion {
  if (newer === undefined || newer.version.key !== version.key) {
    return { version, noncurrentSince: undefined, newerVersions: 0 };
  }
  return {
    version,
    noncurrentSince: newer.version.lastModified,
    newerVersions: newer.noncurrentSince === undefined ? 0 : newer.newerVersions + 1,
  };
}

/** Returns the body that the version's removal frees. */
function applyRules(
  service: S3Service,
  origin: EventOrigin,
  configuration: LifecycleConfiguration,
  aged: AgedVersion,
): string[] {
  const rules = configuration.rules.filter(({ filter }) => matchesFilter(filter, aged.version));
  const now = service.clock();
  const isExpired = rules.some(
    ({ noncurrentExpiration: age }) => age !== undefined && isDueNoncurrent(aged, age, now),
  );
  if (isExpired) return expire(service, origin, aged.version, now);
  if (aged.version.isDeleteMarker) return [];
  const object = aged.version;
  const target = rules
    .flatMap((rule) => dueClasses(rule, aged, now).filter((one) => canMove(object, one, rule, configuration)))
    .toSorted((a, b) => coldness(b) - coldness(a))[0];
  if (target !== undefined) move(service, origin, object, target);
  return [];
}

function dueClasses(rule: LifecycleRule, aged: AgedVersion, now: number): TransitionClass[] {
  const due =
    aged.noncurrentSince === undefined
      ? rule.transitions?.filter(({ days }) => midnightBehind(aged.version.lastModified, days) <= now)
      : rule.noncurrentTransitions?.filter((transition) => isDueNoncurrent(aged, transition, now));
  return (due ?? []).map(({ storageClass }) => storageClass);
}

function isDueNoncurrent(
  { noncurrentSince, newerVersions }: AgedVersion,
  { days, newerVersions: kept = 0 }: NoncurrentAge,
  now: number,
): boolean {
  return (
    noncurrentSince !== undefined && newerVersions >= kept && midnightBehind(noncurrentSince, days) <= now
  );
}

/** A lock holds against rules as it does against requests. */
function expire(service: S3Service, origin: EventOrigin, listed: StoredVersion, now: number): string[] {
  const { versions, database } = service;
  const version = versions.byId(origin.bucket, listed.key, listed.versionId);
  if (version === undefined || version.seq !== listed.seq || version.isCurrent) return [];
  if (!version.isDeleteMarker && isLocked(version.lock, now)) return [];
  versions.remove(origin.bucket, version);
  const { key, versionId } = version;
  reportDeleted(origin, service, { key, versionId, type: 'Permanently Deleted', seq: database.nextSeq() });
  return version.isDeleteMarker ? [] : [version.bodyId];
}

function move(service: S3Service, origin: EventOrigin, listed: StoredObject, target: TransitionClass): void {
  const object = service.versions.byId(origin.bucket, listed.key, listed.versionId);
  if (object === undefined || object.isDeleteMarker || object.seq !== listed.seq) return;
  const attributes = { ...object.attributes, storageClass: target };
  reportTransition(origin, service, service.versions.change(object, { attributes }));
}
