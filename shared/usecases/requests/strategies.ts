import type { Caller } from '../../domain/access.ts';
import { requireClearExpire } from '../../domain/administration/backup-expire.ts';
import {
  type BackupStrategy,
  type EffectiveStrategy,
  effectiveStrategy,
  maxStrategies,
  strategyOf,
} from '../../domain/backup-strategy.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findMount } from '../access/find-owned.ts';
import { updateMount } from '../mounts/update-mount.ts';
import { requireAgent } from './request-backup.ts';

type Reading = Pick<Catalog, 'agents' | 'mounts' | 'stores'>;
interface Dependencies {
  readonly catalog: Reading;
  readonly clock: Clock;
}

interface Meant {
  readonly mountId: MountId;
  readonly database: string;
}

/**
 * Puts a strategy in the place of the one that the database has, if any; the same again changes nothing. It holds for requests from then
 * on. Throws MOUNT_NOT_FOUND, DATABASE_NOT_CONFIGURED, EXPIRE_INVALID, LEVEL_UNSUPPORTED, STRATEGIES_TOO_MANY, and what keeps the mount
 * from being backed up.
 */
export async function setStrategy(
  { catalog, clock }: Dependencies,
  caller: Caller,
  { mountId, ...strategy }: BackupStrategy & Meant,
): Promise<Mount> {
  if (strategy.expire !== undefined) requireClearExpire(strategy.expire);
  const { database, order } = strategy;
  return updateMount(catalog, caller, mountId, async (mount) => {
    const { highestLevel } = await requireAgent(catalog, caller, mount, strategy);
    if (order !== undefined && 'level' in order && order.level > highestLevel) {
      throw new ServiceError(
        'LEVEL_UNSUPPORTED',
        `the agent of database ${database} makes 0 to ${highestLevel}, not level ${order.level}`,
      );
    }
    if (isSame(strategyOf(mount, database), strategy)) return undefined;
    const others = withoutStrategy(mount, database);
    if (others.length >= maxStrategies) {
      throw new ServiceError('STRATEGIES_TOO_MANY', `mount ${mountId} has ${others.length} strategies`);
    }
    return changeTo(mount, [...others, strategy], { clock, caller });
  });
}

/** From then on the settings of the mount hold. Throws MOUNT_NOT_FOUND, STRATEGY_NOT_FOUND. */
export function removeStrategy(
  { catalog, clock }: Dependencies,
  caller: Caller,
  { mountId, database }: Meant,
): Promise<Mount> {
  return updateMount(catalog, caller, mountId, async (mount) => {
    if (strategyOf(mount, database) === undefined) {
      throw new ServiceError(
        'STRATEGY_NOT_FOUND',
        `database ${database} of mount ${mountId} has no strategy`,
      );
    }
    return changeTo(mount, withoutStrategy(mount, database), { clock, caller });
  });
}

/** What holds for a database. Throws MOUNT_NOT_FOUND, DATABASE_NOT_CONFIGURED. */
export async function showStrategy(
  catalog: Reading,
  caller: Caller,
  { mountId, database }: Meant,
): Promise<EffectiveStrategy> {
  const mount = await findMount(catalog, caller, mountId);
  const agents = await catalog.agents.of(mount.storeId);
  const isKnown = agents.some((agent) => agent.mountId === mountId && agent.name === database);
  if (!isKnown && strategyOf(mount, database) === undefined) {
    throw new ServiceError(
      'DATABASE_NOT_CONFIGURED',
      `the gateway of store ${mount.storeId} has no database ${database} on mount ${mountId}`,
    );
  }
  return effectiveStrategy(mount, database);
}

/** What holds for each database that has a strategy, by name. Throws MOUNT_NOT_FOUND. */
export async function listStrategies(
  catalog: Pick<Catalog, 'mounts'>,
  caller: Caller,
  mountId: MountId,
): Promise<readonly EffectiveStrategy[]> {
  const mount = await findMount(catalog, caller, mountId);
  return (mount.strategies ?? []).map(({ database }) => effectiveStrategy(mount, database));
}

const withoutStrategy = ({ strategies = [] }: Mount, database: string): readonly BackupStrategy[] =>
  strategies.filter((each) => each.database !== database);

function changeTo(
  mount: Mount,
  changed: readonly BackupStrategy[],
  { clock, caller }: { readonly clock: Clock; readonly caller: Caller },
) {
  const strategies = [...changed].sort((one, other) => (one.database < other.database ? -1 : 1));
  const event = {
    at: clock.now(),
    kind: 'mount-changed',
    data: { strategies, by: caller.credentialId },
  } as const;
  return { next: { ...mount, strategies }, event };
}

const isSame = (one: BackupStrategy | undefined, other: BackupStrategy): boolean =>
  one !== undefined && one.expire === other.expire && levelText(one) === levelText(other);

const levelText = ({ order }: BackupStrategy): string | number | undefined =>
  order && ('level' in order ? order.level : 'incremental');
