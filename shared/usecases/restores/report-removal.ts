import type { Caller } from '../../domain/access.ts';
import type { RestoreId } from '../../domain/ids.ts';
import { isStaged, type Restore, type StagedFiles } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { findRestore } from '../access/find-owned.ts';

type Removal =
  | { readonly outcome: 'removed'; readonly because: NonNullable<StagedFiles['because']> }
  | { readonly outcome: 'waiting'; readonly fence: number; readonly reason: string };

/**
 * What a store says of staged files. That they are gone is a fact, whatever was ordered; a DBA may remove them before their lease ends.
 * Again changes nothing. Throws RESTORE_NOT_FOUND, RESTORE_STATE_CONFLICT.
 */
export async function reportRemoval(
  { catalog, clock }: { readonly catalog: Pick<Catalog, 'restores'>; readonly clock: Clock },
  caller: Caller,
  { restoreId, ...removal }: { readonly restoreId: RestoreId } & Removal,
): Promise<Restore> {
  const restore = await findRestore(catalog, caller, restoreId);
  if (removal.outcome === 'waiting') {
    const noted = await catalog.restores.noteRemoval(restoreId, removal.fence, removal.reason);
    if (noted === 'refused') throw notOrdered(restoreId);
  } else if (isStaged(restore)) {
    const { because } = removal;
    await catalog.restores.endStaged(restoreId, { state: 'removed', since: clock.now(), because });
  }
  return findRestore(catalog, caller, restoreId);
}

const notOrdered = (restoreId: RestoreId): ServiceError =>
  new ServiceError(
    'RESTORE_STATE_CONFLICT',
    `the removal of restore ${restoreId} is not ordered, or another one is`,
  );
