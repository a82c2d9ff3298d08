import type { MountId } from '../../../shared/domain/ids.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { carryOver, clearanceInForce } from '../../../shared/domain/retention/clearance.ts';
import { hasCode, type ServiceError } from '../../../shared/errors.ts';
import { createMount } from '../../../shared/usecases/mounts/create-mount.ts';
import type { SecondDecision } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { decideByRetention } from '../../../shared/usecases/reclaim/decide-by-retention.ts';
import { changePointExpire } from '../../../shared/usecases/retention/change-expire.ts';
import { changePolicy } from '../../../shared/usecases/retention/change-policy.ts';
import { executePlan } from '../../../shared/usecases/retention/execute-plan.ts';
import { liftHold, placeHold } from '../../../shared/usecases/retention/holds.ts';
import { planDueMount } from '../../../shared/usecases/retention/plan-due.ts';
import { cancelRetirement, orderRetirement } from '../../../shared/usecases/retention/retire.ts';
import { undeletePoint } from '../../../shared/usecases/retention/undelete-point.ts';
import { present } from '../../adapters/support/line.ts';
import { createRandom, type Random } from '../../simulation/random.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { admin, arrange, days, judged, of, pointOf } from '../retention/seeding.ts';

export interface Comparison {
  readonly cheap: SecondDecision;
  readonly full: SecondDecision;
  /** The line was not read for it. */
  readonly isFromLastLook: boolean;
}

const dbids = ['77', '88'] as const;
/** What people are refused is no part of a history. */
const refusals = [
  ...['RECOVERY_POINT_STATE_CONFLICT', 'RECOVERY_POINT_NOT_AVAILABLE', 'RECOVERY_POINT_LOCKED'],
  ...['MOUNT_BUSY', 'PLAN_NEEDS_CONSENT', 'MOUNT_STATE_CONFLICT'],
] as const;

/** One life of a mount beside another, and every second decision of it, taken in both ways at the same moment. */
export async function compareDecisions(seed: number): Promise<Comparison[]> {
  const history = await begin(createRandom(seed));
  for (let step = 0; step < 30; step++) await history.random.pick(steps)(history);
  return history.compared;
}

interface History {
  readonly random: Random;
  readonly service: MemoryService;
  readonly mountId: MountId;
  readonly otherId: MountId;
  readonly compared: Comparison[];
}

async function begin(random: Random): Promise<History> {
  const { service, mountId, store } = await arrange(random.pick(['1d', '10d']));
  const { storeId } = store;
  if (storeId === undefined) throw new Error('no store');
  const mount = { storeId, name: 'other', expire: '10d', maxPendingSnapshots: 3 };
  const { mountId: otherId } = await createMount(service, mount);
  const history = { random, service, mountId, otherId, compared: [] };
  await policy(history);
  for (let age = 20 + random.below(20); age > 12; age -= 1 + random.below(6)) await commit(history, age);
  return history;
}

type Step = (history: History) => Promise<unknown>;

async function commit({ random, service, mountId, otherId }: History, age = 0): Promise<void> {
  const on = random.chance(0.8) ? mountId : otherId;
  const known = random.chance(0.8) ? [random.pick(dbids)] : [];
  const expire = random.pick([undefined, undefined, '2d']);
  const fields = { ...(random.chance(0.85) && judged(...known)), ...(expire && { expire }) };
  const point = await pointOf(service, on, age, fields);
  const names = known.map((databaseId) => ({ databaseId }));
  if (random.chance(0.9)) await service.catalog.databases.note(point, names);
}

const policy: Step = ({ random, service, mountId }) =>
  changePolicy(service, admin, mountId, {
    expire: random.pick(['1d', '10d']),
    floor: random.pick([1, 1, 2]),
    undoWindow: random.pick(['1m', '1d']),
    maxExpiredPercentPerDay: 100,
    keep: random.pick([{}, {}, { week: '20d' }]),
  });

/** What the hourly run does. */
async function look({ service, mountId }: History): Promise<void> {
  const plan = await planDueMount(of(service), mountId);
  if (plan.outcome === 'planned') {
    await executePlan(of(service), { mountId, sha256: plan.sha256, most: 100 });
  }
}

async function somePoint({ random, service, mountId }: History): Promise<RecoveryPoint | undefined> {
  const { items } = await service.catalog.recoveryPoints.line({ mountId }, { limit: 500 });
  return random.pick(items)?.point;
}

const onPoint =
  (change: (history: History, point: RecoveryPoint) => Promise<unknown>): Step =>
  async (history) => {
    const point = await somePoint(history);
    if (point !== undefined) await unlessRefused(() => change(history, point));
  };

/** What is due goes in its order, most of the time; each decision in both ways. */
async function reclaim(history: History): Promise<void> {
  const { random, service } = history;
  const { items } = await service.catalog.recoveryPoints.listDeleting(service.clock.now(), { limit: 20 });
  for (const { recoveryPointId } of random.chance(0.9) ? items : items.toReversed()) {
    const point = present(await service.catalog.recoveryPoints.find(recoveryPointId));
    if (point.state === 'pending-deletion') await decideAndGo(history, point);
    if (random.chance(0.1)) await random.pick(changes)(history);
  }
}

async function decideAndGo({ service, compared, random }: History, point: RecoveryPoint): Promise<void> {
  const { catalog } = service;
  const mount = present(await catalog.mounts.find(point.mountId));
  let lines = 0;
  const line: typeof catalog.recoveryPoints.line = (...asked) => {
    lines++;
    return catalog.recoveryPoints.line(...asked);
  };
  const watched = { ...catalog, recoveryPoints: { ...catalog.recoveryPoints, line } };
  const cheap = await decideByRetention({ ...of(service), catalog: watched })(mount, point);
  const isFromLastLook = lines === 0;
  const { clearance: _, ...unknown } = mount;
  const full = await decideByRetention(of(service))(unknown, point);
  compared.push({ cheap, full, isFromLastLook });
  if (!cheap.keep) await go(service, point, cheap);
  // The transaction's conditions are the contract of the catalog; here a mount that changes in between is left as it is.
  if (random.chance(0.8)) await end(service, point);
}

async function go(service: MemoryService, point: RecoveryPoint, decision: SecondDecision): Promise<void> {
  if (decision.keep || point.deletion === undefined) return;
  const { catalog, clock } = service;
  const mount = present(await catalog.mounts.find(point.mountId));
  const { urlUntil } = present(await catalog.uploads.find(point.recoveryPointId));
  const entry = nextJournalEntry(mount.mountId, mount.journal, {
    ...{ at: clock.now(), kind: 'recovery-point-reclaiming', data: {} },
  });
  const { previous, next } = await catalog.recoveryPoints.neighbours(mount, point.seq);
  const reclaim = { at: clock.now(), listSha256: 'f'.repeat(64), objects: 0, bytes: 0, journalNumber: 1 };
  await catalog.recoveryPoints.beginReclaim(mount, point, {
    ...{ deletion: { ...point.deletion, reclaim }, urlUntil, unchanged: decision.unchanged, entry },
    headId: next === undefined ? previous?.recoveryPointId : mount.headId,
    lineFrom: undefined,
    clearance: decision.clearance && carryOver(decision.clearance, mount, entry),
  });
}

async function end({ catalog, clock }: MemoryService, { recoveryPointId, mountId }: RecoveryPoint) {
  const point = present(await catalog.recoveryPoints.find(recoveryPointId));
  if (point.state !== 'reclaiming') return;
  const mount = present(await catalog.mounts.find(mountId));
  const at = clock.now();
  const entry = nextJournalEntry(mountId, mount.journal, { at, kind: 'recovery-point-gone', data: {} });
  const clearance = clearanceInForce(mount);
  await catalog.recoveryPoints.endReclaim(mount, point, {
    ...{ goneAt: at, entry },
    clearance: clearance && carryOver(clearance, mount, entry),
  });
}

const hold = onPoint(({ random, service, mountId }, { recoveryPointId }) =>
  placeHold(service, admin, {
    target: random.chance(0.5) ? { kind: 'point', recoveryPointId } : { kind: 'mount', mountId },
    reason: 'a lawsuit',
  }),
);

const lift: Step = async ({ random, service, mountId }) => {
  const placed = random.pick(await service.catalog.holds.ofMount(mountId));
  if (placed !== undefined) await unlessRefused(() => liftHold(service, admin, placed.holdId));
};

const undelete = onPoint(({ service }, { recoveryPointId }) =>
  undeletePoint(of(service), admin, { recoveryPointId }),
);

const expire = onPoint(({ random, service }, { recoveryPointId }) =>
  changePointExpire(of(service), admin, { recoveryPointId, expire: random.pick(['1h', '9d', 'never']) }),
);

const retire: Step = ({ random, service, mountId }) =>
  unlessRefused(() =>
    random.chance(0.3)
      ? orderRetirement(service, admin, { mountId, confirmName: 'mount-1' })
      : cancelRetirement(service, admin, mountId),
  );

const pass: Step = async ({ random, service }) => {
  service.clock.advance(random.below(2 * days));
};

const changes: readonly [Step, ...Step[]] = [commit, hold, lift, lift, undelete, expire, policy, retire];
const steps: readonly [Step, ...Step[]] = [
  ...changes,
  ...[look, look, look, look, pass, pass, pass],
  async (history) => {
    await look(history);
    await reclaim(history);
  },
  reclaim,
];

async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!refusals.some((code) => hasCode(error, code as ServiceError['code']))) throw error;
  }
}
