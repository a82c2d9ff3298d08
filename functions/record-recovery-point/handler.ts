import { recordRecoveryPointTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { recordRecoveryPoint } from '../../shared/usecases/record-recovery-point.ts';
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
    const { recoveryPointId, mountId, seq, totals } = await recordRecoveryPoint(dependencies, run);
    const { bytes: CommittedBytes, ownStoredBytes: StoredBytes } = totals;
    telemetry.measure({ CommittedPoints: 1, CommittedBytes, StoredBytes });
    return { recoveryPointId, mountId, seq };
  });
}
