import type { MountId } from '../../shared/domain/ids.ts';
import type { Hold } from '../../shared/domain/retention/hold.ts';
import { changePointExpire } from '../../shared/usecases/retention/change-expire.ts';
import { changePolicy } from '../../shared/usecases/retention/change-policy.ts';
import { consentToPlan } from '../../shared/usecases/retention/consent.ts';
import { deletePoint } from '../../shared/usecases/retention/delete-point.ts';
import { type HoldOrder, liftHold, placeHold } from '../../shared/usecases/retention/holds.ts';
import { cancelRetirement, orderRetirement } from '../../shared/usecases/retention/retire.ts';
import { undeletePoint } from '../../shared/usecases/retention/undelete-point.ts';
import { withContents } from './deletion-workflows.ts';
import { admin, doErrand, type Errand } from './people.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

const day = 86_400_000;

const remove: Errand = (_, ports, { recoveryPointId }) =>
  deletePoint(withContents(ports), admin, recoveryPointId);

const undelete: Errand = async ({ truth }, ports, { recoveryPointId }) => {
  await undeletePoint(withContents(ports), admin, { recoveryPointId });
  truth.count('undeleted');
};

const changeExpire: Errand = ({ random }, ports, { recoveryPointId }) =>
  changePointExpire(withContents(ports), admin, {
    recoveryPointId,
    expire: random.pick(['1h', '1h', '2d', '9d', 'never']),
  });

export const changeRules = (
  { random }: Pick<World, 'random'>,
  ports: Pick<TaskPorts, 'catalog' | 'clock'>,
  { mountId }: { readonly mountId: MountId },
) =>
  changePolicy(ports, admin, mountId, {
    expire: random.pick(['1h', '1d', '4d']),
    floor: random.pick([1, 1, 2]),
    undoWindow: random.pick(['1m', '10h', '2d']),
    maxExpiredPercentPerDay: random.pick([25, 100, 100]),
    keep: random.pick([{}, { day: '3d' }, { month: '20d' }]),
  });

const hold: Errand = async ({ random, truth, state }, ports, { recoveryPointId, mountId }) => {
  const databaseId = random.pick([...state.databases.keys()]);
  const target = random.pick<HoldOrder>([
    { kind: 'point', recoveryPointId },
    { kind: 'mount', mountId, before: ports.clock.now() },
    databaseId === undefined ? { kind: 'mount', mountId } : { kind: 'database', databaseId },
  ]);
  truth.departures.placed(await placeHold(ports, admin, { target, reason: 'a lawsuit' }));
  truth.count('held');
};

const lift: Errand = async ({ random, truth, state }, ports) => {
  const placed: Hold | undefined = random.pick([...state.holds.values()]);
  if (placed === undefined) return;
  truth.departures.lifting(placed.holdId);
  await liftHold(ports, admin, placed.holdId);
};

const consent: Errand = async ({ random, state }, ports) => {
  const plan = random.pick([...state.plans.values()].filter(({ stopped }) => stopped !== undefined));
  if (plan !== undefined) await consentToPlan(ports, admin, plan);
};

const retire: Errand = async ({ truth }, ports, { mountId }) => {
  const mount = await ports.catalog.mounts.find(mountId);
  if (mount === undefined) return;
  await orderRetirement(ports, admin, { mountId, confirmName: mount.name });
  truth.count('mount retired');
};

const keepAfterAll: Errand = (_, ports, { mountId }) => cancelRetirement(ports, admin, mountId);

/** Whoever has the keys to the bucket locks an object, of a point or of none. */
const lockObject: Errand = async (world, { vault }) => {
  const { random, truth, climate } = world;
  const key = random.pick([...truth.contents.present]);
  if (climate.lock === undefined || key === undefined) return;
  const until = world.storeTime(random.below(12 * day));
  await vault.extendLock(key, { mode: climate.lock.mode, until }).catch(() => undefined);
};

/** What people ask for, and how likely each time that they think of something. */
export const deletionErrands: readonly {
  readonly name: string;
  readonly chance: number;
  readonly errand: Errand;
}[] = [
  { name: 'Delete', chance: 0.25, errand: remove },
  { name: 'Undelete', chance: 0.07, errand: undelete },
  { name: 'Change expire', chance: 0.15, errand: changeExpire },
  { name: 'Change policy', chance: 0.15, errand: changeRules },
  { name: 'Hold', chance: 0.05, errand: hold },
  { name: 'Lift', chance: 0.3, errand: lift },
  { name: 'Consent', chance: 0.1, errand: consent },
  { name: 'Retire', chance: 0.03, errand: retire },
  { name: 'Keep after all', chance: 0.03, errand: keepAfterAll },
  { name: 'Lock object', chance: 0.05, errand: lockObject },
];

/** One of them, whichever. */
export async function doOneErrand(world: World): Promise<void> {
  const wish = world.random.pick(deletionErrands);
  if (wish !== undefined) await doErrand(world, wish.name, wish.errand);
}
