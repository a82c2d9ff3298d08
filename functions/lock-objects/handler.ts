import { lockObjectsTask } from '../../shared/contracts/workflow-state.ts';
import type { LockSettings } from '../../shared/domain/lock.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { lockObjects } from '../../shared/usecases/commit/lock-objects.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** commit-upload: locks what the point will need, where the vault has Object Lock. */
export function createLockObjects({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>;
  vault: Pick<Vault, 'read' | 'extendLock'>;
  lock: LockSettings;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, lockObjectsTask, (run) => lockObjects(dependencies, run));
}
