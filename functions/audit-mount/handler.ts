import { auditMountTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { auditMount } from '../../shared/usecases/reclaim/audit-mount.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** Named in a line of the log; the metric has their number. */
const shown = 100;

/** audit: holds the vault against all tables of a mount. Deletes nothing. */
export function createAuditMount({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions' | 'head'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  const { logger, measure } = telemetry;
  return createTask(telemetry, auditMountTask, async ({ mountId, after: from }) => {
    const { damage, unknown, orphans, objects, after } = await auditMount(dependencies, mountId, from);
    if (damage.length > 0) {
      logger.error('live points name objects that are missing or changed', {
        ...{ mountId, count: damage.length, keys: damage.slice(0, shown) },
      });
    }
    if (unknown.length > 0) {
      logger.warn('prefixes of unknown uploads', {
        ...{ mountId, count: unknown.length, uploadIds: unknown.slice(0, shown) },
      });
    }
    logger.info('audited', { mountId, objects, orphans });
    measure({
      ...{ AuditedObjects: objects, DamagedObjects: damage.length, UnknownPrefixes: unknown.length },
    });
    return {
      mountId,
      ...(orphans && { orphansSha256: orphans.listSha256 }),
      ...(after && { after: { key: after.key, versionId: after.versionId } }),
    };
  });
}
