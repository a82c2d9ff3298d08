import { findAuditsTask } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import { findAudits } from '../../shared/usecases/reclaim/find-audits.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** audit: the mounts of a page whose day it is. */
export function createFindAudits({
  telemetry,
  catalog,
}: {
  catalog: Pick<Catalog, 'mounts'>;
  telemetry: Telemetry;
}) {
  return createTask(telemetry, findAuditsTask, async ({ scheduledAt, cursor }) =>
    findAudits({ catalog }, scheduledAt, cursor),
  );
}
