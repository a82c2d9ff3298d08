import { recordRecoveryPointTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { compareLocks } from '../../shared/usecases/commit/compare-locks.ts';
import { recordRecoveryPoint } from '../../shared/usecases/commit/record-recovery-point.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: the transaction that makes the point. */
export function createRecordRecoveryPoint({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints' | 'requests' | 'databases'>;
  vault: Pick<Vault, 'read' | 'putOnce'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, recordRecoveryPointTask, async (run) => {
    const point = await recordRecoveryPoint(dependencies, run);
    const { recoveryPointId, mountId, seq, totals } = point;
    const { bytes: CommittedBytes, ownStoredBytes: StoredBytes } = totals;
    const lock = await compareLocks(dependencies.catalog, point);
    if (lock !== undefined) telemetry.logger.warn('lock settings have changed', { recoveryPointId, lock });
    const LockSettingsChanged = lock === undefined ? 0 : 1;
    telemetry.measure({ CommittedPoints: 1, CommittedBytes, StoredBytes, LockSettingsChanged });
    return { recoveryPointId, mountId, seq };
  });
}
