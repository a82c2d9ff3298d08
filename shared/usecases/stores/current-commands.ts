import type { StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { type Restore, restoreEndStates, type StoreCommand } from '../../domain/restore.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** Lists of chosen paths in one answer, which may have 6 MB with everything else. */
const maxCommandBytes = 3 * 2 ** 20;

/** What a poll brings down for restores: to stage what has not ended, to remove what has no lease any more. */
export async function currentCommands(
  catalog: Pick<Catalog, 'restores'>,
  storeId: StoreId,
  now: Instant,
): Promise<{ readonly command: StoreCommand; readonly restore: Restore }[]> {
  const commands = [];
  let bytes = 0;
  for (const command of await catalog.restores.commandsFor(storeId)) {
    if (command.notBefore !== undefined && now < command.notBefore) continue;
    const restore = await catalog.restores.find(command.restoreId);
    if (restore === undefined || restore.fence !== command.fence || command.deadline <= now) continue;
    const isDue =
      command.kind === 'stage-restore' ? !hasEnded(restore) : await mayRemove(catalog, restore, now);
    if (!isDue) continue;
    bytes += JSON.stringify([restore.paths, restore.owners]).length;
    // The oldest first and always the same ones: the others come down when these have ended.
    if (bytes > maxCommandBytes && commands.length > 0) break;
    commands.push({ command, restore });
  }
  return commands;
}

const hasEnded = ({ state }: Restore): boolean => restoreEndStates.some((end) => end === state);

/** Put down before the store is told: from then on no lease is renewed, for the files may be half gone. */
const mayRemove = async (
  catalog: Pick<Catalog, 'restores'>,
  { restoreId, fence }: Restore,
  now: Instant,
): Promise<boolean> => (await catalog.restores.beginRemoval(restoreId, fence, now)) === 'begun';
