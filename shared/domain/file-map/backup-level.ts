import type { UploadId } from '../ids.ts';
import type { DatabaseFiles } from './file-map.ts';

/**
 * The level of the backup that a point's own logs tell of: 0 is full, copies are level 0, and of several the highest, which is the one
 * that needs others. Undefined where they tell of no backup of datafiles.
 */
export function backupLevel(
  { history = [] }: Pick<DatabaseFiles, 'history'>,
  recoveryPointId: UploadId,
): number | undefined {
  const levels = history
    .filter(({ source }) => source.uploadId === recoveryPointId)
    .flatMap(({ steps }) => steps)
    .flatMap((step) => (step.kind === 'datafiles' ? [step.isCopy ? 0 : (step.level ?? 0)] : []));
  return levels.length === 0 ? undefined : Math.max(...levels);
}
