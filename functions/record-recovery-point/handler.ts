import type { Logger } from '@aws-lambda-powertools/logger';
import { recordRecoveryPointInput } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { recordRecoveryPoint } from '../../shared/usecases/record-recovery-point.ts';
import { createTask } from '../runtime/task.ts';

/** commit-upload: the transaction that makes the point. */
export function createRecordRecoveryPoint({
  logger,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints'>;
  vault: Pick<Vault, 'putOnce'>;
  clock: Clock;
  logger: Logger;
}) {
  return createTask(logger, recordRecoveryPointInput, async (run) => {
    const { recoveryPointId, mountId, seq } = await recordRecoveryPoint(dependencies, run);
    return { recoveryPointId, mountId, seq };
  });
}
