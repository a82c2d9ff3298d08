import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** How the lock of a new point differs from its parent's in a way that settings which did not change never make. */
export type LockChange = 'appeared' | 'vanished' | 'shortened';

/**
 * Undefined where nothing has changed. With the same settings a later point is locked as long as its parent, or longer: one that is not
 * was committed by a deployment with other settings, which somebody has to know of. A longer lock takes nothing from anybody.
 */
export async function compareLocks(
  { recoveryPoints }: Pick<Catalog, 'recoveryPoints'>,
  { parentId, lockedUntil }: RecoveryPoint,
): Promise<LockChange | undefined> {
  const parent = parentId && (await recoveryPoints.find(parentId));
  if (!parent) return undefined;
  if (parent.lockedUntil === undefined) return lockedUntil === undefined ? undefined : 'appeared';
  if (lockedUntil === undefined) return 'vanished';
  return lockedUntil < parent.lockedUntil ? 'shortened' : undefined;
}
