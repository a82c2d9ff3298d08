import { describe, expect, it } from 'vitest';
import { type Alert, type Condition, compareAlerts, isMailDue } from '../../../shared/domain/alerts/alert.ts';
import { findConditions, type StoreFacts } from '../../../shared/domain/alerts/conditions.ts';
import type { BackupRequest } from '../../../shared/domain/backup-request.ts';
import { addMillis, type Instant } from '../../../shared/domain/instant.ts';
import type { Mount, StoreReport } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Schedule } from '../../../shared/domain/schedule/schedule.ts';
import type { Store } from '../../../shared/domain/store.ts';
import { makeMount, makeStore } from '../../adapters/support/rows.ts';

const hour = 3_600_000;
const now = '2026-03-10T12:00:00.000Z' as Instant;
const ago = (millis: number) => addMillis(now, -millis);

const store = makeStore({ state: 'active', lastSeenAt: ago(60_000) });
const report: StoreReport = {
  at: ago(60_000),
  state: 'ready',
  pendingSnapshots: 0,
  freeBytes: 50,
  totalBytes: 100,
};
const mount: Mount = {
  ...makeMount({ storeId: store.storeId, name: 'ledger', state: 'ready', createdAt: ago(1000 * hour) }).mount,
  maxPendingSnapshots: 3,
  storeReport: report,
};
const point = (fields: Partial<RecoveryPoint> = {}) =>
  ({ recoveryPointId: '01K', takenAt: ago(2 * hour), committedAt: ago(hour), ...fields }) as RecoveryPoint;

const nightly = {
  ...{ storeId: store.storeId, mountId: mount.mountId, database: 'SALES', name: 'nightly', enabled: true },
  ...{ content: 'database', window: '6h', longestGapMillis: 72 * hour },
} as Schedule;

interface Changes {
  readonly store?: Partial<Store>;
  readonly mount?: Partial<Mount>;
  readonly report?: Partial<StoreReport>;
  readonly latest?: RecoveryPoint | 'none';
  readonly request?: Partial<BackupRequest>;
  readonly schedule?: Partial<Schedule>;
}
/** All is well, but for what changes. */
const found = (changes: Changes = {}) => {
  const { latest = point(), request, schedule } = changes;
  const storeReport = { ...report, ...changes.report };
  const facts: StoreFacts = {
    store: { ...store, ...changes.store },
    mounts: [
      { mount: { ...mount, storeReport, ...changes.mount }, latest: latest === 'none' ? undefined : latest },
    ],
    requests: request ? [{ requestId: 'bkr-1', database: 'SALES', ...request } as BackupRequest] : [],
    schedules: schedule ? [{ ...nightly, ...schedule }] : [],
  };
  return findConditions(facts, now).map(({ kind, severity }) => `${kind} ${severity}`);
};
const judged = (fields: object) =>
  point({ judgement: { number: 1, log: 'read', databases: [{ dbid: '7', recoverable: 'yes', ...fields }] } });

describe('what somebody has to look at', () => {
  it.each<[string, Changes, string[]]>([
    ['nothing, when all is well', {}, []],
    [
      'no backup within what its schedule leaves between two',
      { schedule: {}, latest: point({ takenAt: ago(79 * hour) }) },
      [],
    ],
    [
      'a backup that its schedule should have made',
      { schedule: {}, latest: point({ takenAt: ago(80 * hour) }) },
      ['backup-late warning'],
    ],
    [
      'a backup that is late by the mount, whatever its schedule says',
      { schedule: {}, mount: { backupEvery: '1d' }, latest: point({ takenAt: ago(27 * hour) }) },
      ['backup-late warning'],
    ],
    [
      'a time of a schedule that was left out',
      { schedule: { missed: { dueAt: ago(hour), at: now, reason: 'the service was away' } } },
      ['schedule-missed critical'],
    ],
    [
      'times of a schedule that all wait',
      { schedule: { waiting: { dueAt: ago(hour), since: ago(6 * hour), reason: 'busy' } } },
      ['schedule-missed critical'],
    ],
    [
      'a time that waits within its window',
      { schedule: { waiting: { dueAt: ago(hour), since: ago(hour), reason: 'busy' } } },
      [],
    ],
    [
      'nothing of a schedule that is disabled',
      { schedule: { enabled: false, missed: { dueAt: ago(hour), at: now, reason: 'r' } } },
      [],
    ],
    [
      'a gateway that is silent for a quarter of an hour',
      { store: { lastSeenAt: ago(hour / 4) } },
      ['store-silent warning'],
    ],
    ['one that is for an hour', { store: { lastSeenAt: ago(hour) } }, ['store-silent critical']],
    [
      'a token that two gateways have',
      { store: { forked: { detectedAt: now, reason: 'two' } } },
      ['store-forked critical'],
    ],
    ['a backup of 26 hours ago', { latest: point({ takenAt: ago(26 * hour) }) }, ['backup-late warning']],
    ['one of 50 hours ago', { latest: point({ takenAt: ago(50 * hour) }) }, ['backup-late critical']],
    [
      'one of 50 hours ago, of a mount that is backed up each week',
      { latest: point({ takenAt: ago(50 * hour) }), mount: { backupEvery: '1w' } },
      [],
    ],
    [
      'one of a month ago, of a mount nobody expects backups of',
      { latest: point({ takenAt: ago(720 * hour) }), mount: { backupEvery: 'never' } },
      [],
    ],
    ['a mount that nobody ever backed up', { latest: 'none' }, ['backup-never-ran critical']],
    ['not one that was made today', { latest: 'none', mount: { createdAt: ago(hour) } }, []],
    ['not one that is marked for delete', { latest: 'none', mount: { state: 'marked-for-delete' } }, []],
    [
      'pending snapshots, one below their limit',
      { report: { pendingSnapshots: 2 } },
      ['pending-near-limit warning'],
    ],
    ['as many as may be', { report: { pendingSnapshots: 3 } }, ['pending-near-limit critical']],
    [
      'one pending snapshot is a backup',
      { report: { pendingSnapshots: 1 }, mount: { maxPendingSnapshots: 2 } },
      [],
    ],
    ['a disk with less than a tenth free', { report: { freeBytes: 9 } }, ['store-nearly-full warning']],
    ['with less than a twentieth', { report: { freeBytes: 4 } }, ['store-nearly-full critical']],
    [
      'one that will be full in two days',
      { report: { timeToFullSeconds: 48 * 3600 } },
      ['store-nearly-full warning'],
    ],
    ['one that will be full today', { report: { timeToFullSeconds: 3600 } }, ['store-nearly-full critical']],
    [
      'a database that cannot be restored',
      { latest: judged({ recoverable: 'no' }) },
      ['not-recoverable critical'],
    ],
    ['not one of which nobody knows', { latest: judged({ recoverable: 'unknown' }) }, []],
    [
      'a gap in archived logs',
      { latest: judged({ gap: { thread: 1, fromSequence: 5, toSequence: 6 } }) },
      ['archived-log-gap warning'],
    ],
    [
      'a catalog that is older than the vault',
      { mount: { diverged: { number: 3, at: now } } },
      ['retention-stopped critical'],
    ],
    [
      'a rebuild that nobody signed off',
      { mount: { reconciliation: { since: now } } },
      ['retention-stopped warning'],
    ],
    ['retention that did not come', { mount: { dueAt: ago(48 * hour) } }, ['retention-stopped warning']],
    ['not retention that is to come', { mount: { dueAt: addMillis(now, hour) } }, []],
    [
      'a store whose clock is fast',
      { latest: point({ takenAt: now, committedAt: ago(hour) }) },
      ['clocks-differ critical'],
    ],
    [
      'a request that failed',
      { request: { state: 'failed', reason: 'ORA-19504' } },
      ['backup-failed critical'],
    ],
    ['not one that was made', { request: { state: 'completed' } }, []],
    [
      'a backup that goes on without an instance',
      { request: { state: 'running', warnings: ['instance SALES2 went down during the backup'] } },
      ['instance-down warning'],
    ],
    [
      'each instance that went down, and what else the agent warns of',
      {
        request: {
          state: 'completed',
          warnings: ['instance SALES2 went down during the backup', 'instance S3 went down', 'no orapwSALES'],
        },
      },
      ['instance-down warning', 'instance-down warning', 'backup-warning warning'],
    ],
    [
      'an instance that only the log tells of',
      { latest: point({ warnings: [{ code: 'INSTANCE_DOWN', text: 'x', instances: ['SALES2'] }] }) },
      ['instance-down warning'],
    ],
    [
      'one that log and agent tell of, once',
      {
        latest: point({ warnings: [{ code: 'INSTANCE_DOWN', text: 'x', instances: ['sales2'] }] }),
        request: { mountId: mount.mountId, state: 'completed', warnings: ['instance SALES2 went down'] },
      },
      ['instance-down warning'],
    ],
    [
      'a backup that failed by its log, which nobody requested',
      { latest: point({ warnings: [{ code: 'BACKUP_FAILED', text: 'RMAN reports' }] }) },
      ['backup-failed critical'],
    ],
    [
      'a store whose clock is three days slow',
      { store: { clockAheadSeconds: -259_200 } },
      ['clocks-differ critical'],
    ],
    ['one that is five minutes fast', { store: { clockAheadSeconds: 300 } }, ['clocks-differ warning']],
    [
      'not one that is right by now, whatever its points say',
      { store: { clockAheadSeconds: -2 }, latest: point({ takenAt: now, committedAt: ago(hour) }) },
      [],
    ],
    [
      'nothing of a store that is gone',
      { store: { state: 'decommissioned', lastSeenAt: ago(1000 * hour) } },
      [],
    ],
  ])('%s', (_, changes, expected) => {
    expect(found(changes)).toEqual(expected);
  });
});

it('a scheduled backup that failed is information while its schedule tries again, and critical after the last try', () => {
  const schedule = { scheduleId: 'sch-1', dueAt: ago(hour) };
  const request = (fields: object) =>
    ({
      requestId: 'bkr-1',
      storeId: store.storeId,
      mountId: mount.mountId,
      database: 'SALES',
      ...fields,
    }) as BackupRequest;
  const failed = request({ state: 'failed', schedule });
  const of = (...requests: BackupRequest[]) =>
    findConditions({ store, mounts: [], requests, schedules: [] }, now).map(
      ({ kind, severity }) => `${kind} ${severity}`,
    );

  expect(of(failed, request({ state: 'waiting', schedule }))).toEqual(['backup-failed information']);
  expect(of(failed, request({ state: 'waiting' }))).toEqual(['backup-failed critical']);
  expect(of(failed)).toEqual(['backup-failed critical']);
});

it('an alert of an instance names it, and another instance is another alert', () => {
  const request = {
    ...{
      requestId: 'bkr-1',
      state: 'running',
      storeId: store.storeId,
      mountId: mount.mountId,
      database: 'SALES',
    },
    warnings: ['instance SALES2 went down during the backup', 'instance SALES3 went down during the backup'],
  } as unknown as BackupRequest;

  const found = findConditions({ store, mounts: [], requests: [request], schedules: [] }, now);

  expect(found.map(({ instance, text }) => [instance, text])).toEqual([
    ['SALES2', 'instance SALES2 went down during the backup of SALES, which went on without it'],
    ['SALES3', 'instance SALES3 went down during the backup of SALES, which went on without it'],
  ]);
  expect(compareAlerts([], found).raised).toHaveLength(2);
});

const condition: Condition = {
  ...{ kind: 'backup-late', severity: 'warning', storeId: mount.storeId, mountId: mount.mountId },
  ...{ text: 'late', hint: 'look' },
};
const alertOf = (fields: Partial<Alert> = {}): Alert => ({
  ...condition,
  ...{ alertId: 'alr-1' as Alert['alertId'], state: 'open', raisedAt: now, mails: 0 },
  ...fields,
});

describe('alerts', () => {
  it('stay while what they are about stays, whatever words it has by now', () => {
    const open = alertOf();

    expect(compareAlerts([open], [{ ...condition, text: 'later' }])).toEqual({
      raised: [],
      closed: [],
      staying: [open],
    });
  });

  it('give way to another when it gets worse, and are closed when it is gone', () => {
    const worse: Condition = { ...condition, severity: 'critical' };

    expect(compareAlerts([alertOf()], [worse])).toEqual({
      raised: [worse],
      closed: [alertOf()],
      staying: [],
    });
    expect(compareAlerts([alertOf()], [])).toEqual({ raised: [], closed: [alertOf()], staying: [] });
  });

  it.each([
    ['critical', [0, 24, 72]],
    ['warning', [0]],
    ['information', []],
  ] as const)('that are %s are mailed after %j hours', (severity, hours) => {
    const sent: number[] = [];
    for (let hours_ = 0; hours_ < 200; hours_++) {
      if (isMailDue(alertOf({ severity, mails: sent.length }), addMillis(now, hours_ * hour)))
        sent.push(hours_);
    }
    expect(sent).toEqual(hours);
  });
});
