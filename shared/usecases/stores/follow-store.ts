import type { Mount } from '../../domain/mount.ts';
import { targetOf } from '../../domain/restore.ts';
import type { Store } from '../../domain/store.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { listAll } from '../list-all.ts';
import type { PollInput, ServedState } from './poll-input.ts';
import { revokeToken } from './store-state.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'stores' | 'credentials' | 'restores' | 'requests'>;
  readonly clock: Clock;
}

/**
 * Moves a decommissioning on by what the gateway says, and answers the state that it is to act by: decommissioned once
 * nothing is left to do; the token ends with the poll that shows that the gateway has learned it.
 */
export async function followStore(
  dependencies: Dependencies,
  input: PollInput,
  { store, mounts }: { readonly store: Store; readonly mounts: readonly Mount[] },
): Promise<ServedState> {
  const { catalog, clock } = dependencies;
  const { storeId, state } = store;
  if (state === 'decommissioned' && input.storeState === 'decommissioned') {
    await revokeToken(dependencies, store);
  }
  if (state !== 'decommissioning') return state === 'registered' ? 'active' : state;
  if (!(await isFinished(catalog, store, input, mounts))) return state;
  await catalog.stores.changeState(storeId, state, 'decommissioned', clock.now());
  // Lost only to an admin who took the store back, or gave its gateway up: the next poll tells.
  return (await catalog.stores.find(storeId))?.state === 'decommissioned' ? 'decommissioned' : state;
}

/**
 * A gateway that does not know yet that it is to take no more backups may be in the middle of one: its figures count
 * only when it acts by this state.
 */
async function isFinished(
  catalog: Pick<Catalog, 'restores' | 'requests'>,
  { storeId }: Store,
  { storeState, unfinishedWork }: PollInput,
  mounts: readonly Mount[],
): Promise<boolean> {
  if (storeState !== 'decommissioning' || unfinishedWork !== 0) return false;
  if (mounts.some(({ openUploadId }) => openUploadId !== undefined)) return false;
  const running = await listAll((page) => catalog.restores.listRunning(page));
  if ((await catalog.requests.runningOf(storeId)).length > 0) return false;
  return !running.some((restore) => targetOf(restore).storeId === storeId);
}
