import { archivePacksTask } from '../../shared/contracts/workflow-state.ts';
import type { VolumeArchive } from '../../shared/domain/volume.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { archivePacks } from '../../shared/usecases/archive/archive-packs.ts';
import { askForThaw, lookAtFrozen } from '../../shared/usecases/archive/thaw-for-restore.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentLook } from './present-look.ts';

/** audit: marks old packs for the archive. restore-staging: looks which packs are frozen, and asks for their thaw. */
export function createArchivePacks({
  telemetry,
  archive,
  thawPollSeconds,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'restores'>;
  vault: Pick<Vault, 'read' | 'listStorage' | 'markCold' | 'thaw'>;
  clock: Clock;
  telemetry: Telemetry;
  /** Absent: nothing is moved. */
  archive?: Pick<VolumeArchive, 'class' | 'coldAfterDays'> | undefined;
  maxUsd: number;
  thawPollSeconds: number;
  /** Whose prices count. */
  region?: string | undefined;
}) {
  const { logger, measure } = telemetry;
  return createTask(telemetry, archivePacksTask, async (input) => {
    if (input.step === 'look') {
      const { restoreId, from, seen } = input;
      const looked = await lookAtFrozen(dependencies, {
        ...{ restoreId, ...(from !== undefined && { from }), ...(seen !== undefined && { seen }) },
      });
      logger.info('looked at the packs of a restore', { restoreId, looked });
      return presentLook(looked, thawPollSeconds);
    }
    if (input.step === 'ask') {
      const { restoreId, from, isSlower } = input;
      const asked = await askForThaw(dependencies, {
        ...{ restoreId, ...(from !== undefined && { from }), ...(isSlower !== undefined && { isSlower }) },
      });
      return { outcome: 'asked' as const, waitSeconds: thawPollSeconds, ...asked };
    }
    const { class: storageClass, coldAfterDays } = archive ?? {};
    if (storageClass === undefined || coldAfterDays === undefined)
      return { outcome: 'archived' as const, packs: 0 };
    const rule = { storageClass, coldAfterDays };
    const { mountId, after: from } = input;
    const { packs, bytes, after } = await archivePacks(dependencies, mountId, rule, from);
    logger.info('packs are marked for the archive', { mountId, packs, bytes });
    measure({ ArchivedPacks: packs, ArchivedBytes: bytes });
    return { outcome: 'archived' as const, packs, ...(after !== undefined && { after }) };
  });
}
