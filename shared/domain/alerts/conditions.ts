import { ageOf, backedUpAt } from '../backup-age.ts';
import type { BackupRequest } from '../backup-request.ts';
import { parseExpire } from '../expire.ts';
import { type Instant, toMillis } from '../instant.ts';
import type { Mount } from '../mount.ts';
import type { RecoveryPoint } from '../recovery-point.ts';
import type { Schedule } from '../schedule/schedule.ts';
import type { Store } from '../store.ts';
import type { Condition } from './alert.ts';
import { conditionsOfLogs, conditionsOfRequests } from './backup-conditions.ts';
import { conditionsOfSchedules, scheduledEvery } from './schedule-conditions.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A gateway polls every half minute: this long is no short trouble of its line. */
const silentMillis = { warning: 15 * minute, critical: hour };
/** What a backup itself may take, beyond the time between two. */
const backupMillis = 2 * hour;
/** How often a mount is backed up of which nobody said anything, and which no schedule backs up. */
const usualMillis = day;
const fullMillis = { warning: 3 * day, critical: day };
const fullShare = { warning: 0.1, critical: 0.05 };
/** Retention looks at due mounts each hour. */
const retentionLateMillis = 2 * day;
const clockMillis = { warning: 5 * minute, critical: hour };

/** What is known of a mount. */
export interface MountFacts {
  readonly mount: Mount;
  /** The newest available one. */
  readonly latest?: RecoveryPoint | undefined;
}

/** What is known of a store. */
export interface StoreFacts {
  readonly store: Store;
  readonly mounts: readonly MountFacts[];
  /** Of each database that requests were made for, the newest one that has ended and one that runs. */
  readonly requests: readonly BackupRequest[];
  readonly schedules: readonly Schedule[];
}

/** All that somebody has to look at on a store that is in use. */
export function findConditions(
  { store, mounts, requests, schedules }: StoreFacts,
  now: Instant,
): Condition[] {
  if (store.state !== 'active' && store.state !== 'decommissioning') return [];
  const ofRequests = conditionsOfRequests(requests);
  return [
    ...conditionsOfStore(store, now),
    ...mounts.filter(isInUse).flatMap((facts) => [...conditionsOfMount(facts, schedules, now)]),
    ...mounts.filter(isInUse).flatMap(({ mount, latest }) => {
      if (latest === undefined) return [];
      const ofTime = store.clockAheadSeconds === undefined ? [...conditionsOfPointTime(mount, latest)] : [];
      return [...ofTime, ...conditionsOfLogs(mount, latest, ofRequests)];
    }),
    ...conditionsOfSchedules(schedulesInUse(schedules, mounts), now),
    ...ofRequests,
  ];
}

/** A mount that is on its way out is not backed up any more. */
const isInUse = ({ mount }: MountFacts): boolean =>
  (mount.state === 'ready' || mount.state === 'creating') && mount.retirement === undefined;

const schedulesInUse = (schedules: readonly Schedule[], mounts: readonly MountFacts[]): Schedule[] =>
  schedules.filter(({ mountId }) =>
    mounts.some((facts) => facts.mount.mountId === mountId && isInUse(facts)),
  );

function* conditionsOfStore(
  { storeId, name, lastSeenAt, activatedAt, forked, clockAheadSeconds }: Store,
  now: Instant,
): Generator<Condition> {
  const seenAt = lastSeenAt ?? activatedAt;
  const severity = seenAt && exceeds(ageOf(seenAt, now), silentMillis);
  if (severity) {
    yield {
      ...{ kind: 'store-silent', severity, storeId },
      text: `the gateway of store ${name} has not been heard of since ${seenAt}`,
      hint: 'see whether the gateway runs and reaches the service: `holdfast gateway doctor` on the store',
    };
  }
  if (clockAheadSeconds !== undefined) {
    const off = exceeds(Math.abs(clockAheadSeconds) * 1000, clockMillis);
    if (off) {
      yield {
        ...{ kind: 'clocks-differ', severity: off, storeId },
        text: `the clock of store ${name} is ${Math.abs(clockAheadSeconds)} s ${clockAheadSeconds > 0 ? 'ahead of' : 'behind'} the service's`,
        hint: 'let the store keep its time with NTP',
      };
    }
  }
  if (forked) {
    yield {
      ...{ kind: 'store-forked', severity: 'critical', storeId },
      text: `more than one gateway has the token of store ${name}: ${forked.reason}`,
      hint: 'stop the wrong one and activate the right one with a new activation code',
    };
  }
}

function* conditionsOfMount(
  facts: MountFacts,
  schedules: readonly Schedule[],
  now: Instant,
): Generator<Condition> {
  yield* conditionsOfAge(facts, scheduledEvery(schedules, facts.mount.mountId), now);
  yield* conditionsOfSpace(facts.mount);
  yield* conditionsOfRetention(facts.mount, now);
  if (facts.latest) yield* conditionsOfPoint(facts.mount, facts.latest);
}

function* conditionsOfAge(
  { mount, latest }: MountFacts,
  scheduled: number | undefined,
  now: Instant,
): Generator<Condition> {
  const { mountId, storeId, name, createdAt } = mount;
  const at = latest ? backedUpAt(latest) : createdAt;
  const every = mount.backupEvery === undefined ? (scheduled ?? usualMillis) : parseExpire(mount.backupEvery);
  if (every === 'never') return;
  // One that is late, and one that was missed.
  const late = { warning: every + backupMillis, critical: 2 * every + backupMillis };
  const severity = exceeds(ageOf(at, now), late);
  if (severity === undefined) return;
  const hint = 'see whether the job of the backup ran, and the log of RMAN';
  if (latest) {
    const text = `the latest recovery point of mount ${name} is of ${at}`;
    yield { kind: 'backup-late', severity, storeId, mountId, text, hint };
  } else {
    const text = `mount ${name} was made at ${at} and has no recovery point that can be restored`;
    yield { kind: 'backup-never-ran', severity, storeId, mountId, text, hint };
  }
}

function* conditionsOfSpace({
  mountId,
  storeId,
  name,
  maxPendingSnapshots,
  storeReport,
}: Mount): Generator<Condition> {
  const { pendingSnapshots = 0, freeBytes, totalBytes, timeToFullSeconds } = storeReport ?? {};
  if (pendingSnapshots >= maxPendingSnapshots || pendingSnapshots >= Math.max(2, maxPendingSnapshots - 1)) {
    yield {
      ...{ kind: 'pending-near-limit', storeId, mountId },
      severity: pendingSnapshots >= maxPendingSnapshots ? 'critical' : 'warning',
      text: `${pendingSnapshots} snapshots of mount ${name} wait for their upload; at ${maxPendingSnapshots} no backup may begin`,
      hint: 'see why uploads do not end: the line, its limit of rate, or the log of the gateway',
    };
  }
  const severity = fullness({ freeBytes, totalBytes, timeToFullSeconds });
  if (severity === undefined) return;
  const left = freeBytes === undefined ? '' : `${freeBytes} of ${totalBytes ?? '?'} bytes are free`;
  const forecast =
    timeToFullSeconds === undefined
      ? ''
      : `it will be full in ${Math.floor(timeToFullSeconds / 3600)} hours as it goes`;
  yield {
    ...{ kind: 'store-nearly-full', severity, storeId, mountId },
    text: `mount ${name} has little room: ${[left, forecast].filter((each) => each !== '').join('; ')}`,
    hint: 'let RMAN delete obsolete backups on the mount, raise its quota, or give the store more disk',
  };
}

function fullness(report: {
  readonly freeBytes: number | undefined;
  readonly totalBytes: number | undefined;
  readonly timeToFullSeconds: number | undefined;
}) {
  const { freeBytes, totalBytes, timeToFullSeconds } = report;
  const share = freeBytes === undefined || !totalBytes ? 1 : freeBytes / totalBytes;
  const left = timeToFullSeconds === undefined ? Number.POSITIVE_INFINITY : timeToFullSeconds * 1000;
  if (share < fullShare.critical || left < fullMillis.critical) return 'critical';
  return share < fullShare.warning || left < fullMillis.warning ? 'warning' : undefined;
}

function* conditionsOfRetention(
  { mountId, storeId, name, ...mount }: Mount,
  now: Instant,
): Generator<Condition> {
  const { diverged, reconciliation, dueAt } = mount;
  const about = { kind: 'retention-stopped', storeId, mountId } as const;
  if (diverged) {
    const text = `the catalog of mount ${name} is older than its journal in the vault, since ${diverged.at}`;
    yield { ...about, severity: 'critical', text, hint: 'replay it: `holdfast catalog rebuild --replay`' };
  } else if (reconciliation) {
    const text = `mount ${name} was rebuilt at ${reconciliation.since}; nothing of it expires before that is signed off`;
    yield { ...about, severity: 'warning', text, hint: 'look at it, then `holdfast catalog sign-off`' };
  } else if (dueAt !== undefined && ageOf(dueAt, now) >= retentionLateMillis) {
    const text = `retention should have looked at mount ${name} at ${dueAt}`;
    yield {
      ...about,
      severity: 'warning',
      text,
      hint: 'see the runs of the retention workflow and their errors',
    };
  }
}

/** What is wrong with the newest point, which earlier ones may not share. */
function* conditionsOfPoint({ mountId, storeId, name }: Mount, point: RecoveryPoint): Generator<Condition> {
  const { recoveryPointId, judgement } = point;
  for (const { dbid, recoverable, gap } of judgement?.databases ?? []) {
    if (recoverable === 'no') {
      yield {
        ...{ kind: 'not-recoverable', severity: 'critical', storeId, mountId, database: dbid },
        text: `database ${dbid} cannot be restored from the newest recovery point of mount ${name}, ${recoveryPointId}`,
        hint: `\`holdfast point databases ${recoveryPointId}\` has the reasons and the RMAN commands that mend it`,
      };
    }
    if (gap) {
      const { thread, fromSequence, toSequence } = gap;
      yield {
        ...{ kind: 'archived-log-gap', severity: 'warning', storeId, mountId, database: dbid },
        text: `archived logs ${fromSequence} to ${toSequence} of thread ${thread} of database ${dbid} are in no backup on mount ${name}`,
        hint: 'back them up if they are still there, or make a new backup of the datafiles',
      };
    }
  }
}

/** Of a store whose polls do not say its time: it says when it was asked for, the service when it was done, so only one that is ahead shows. */
function* conditionsOfPointTime(
  { mountId, storeId }: Mount,
  { recoveryPointId, takenAt, committedAt }: RecoveryPoint,
): Generator<Condition> {
  const severity = exceeds(toMillis(takenAt) - toMillis(committedAt), clockMillis);
  if (severity) {
    yield {
      ...{ kind: 'clocks-differ', severity, storeId, mountId },
      text: `recovery point ${recoveryPointId} was taken at ${takenAt} by the store's clock and committed at ${committedAt} by the service's`,
      hint: 'let the store keep its time with NTP',
    };
  }
}

function exceeds(
  millis: number,
  { warning, critical }: { readonly warning: number; readonly critical: number },
) {
  if (millis >= critical) return 'critical';
  return millis >= warning ? 'warning' : undefined;
}
