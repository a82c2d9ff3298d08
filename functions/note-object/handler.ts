import { objectCreatedEvent } from '../../shared/contracts/workflow-state.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import { noteObject, type SeenAtWork } from '../../shared/usecases/uploads/note-object.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** S3 says that an object was created: of interest when its upload had been given up. */
export function createNoteObject({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<Catalog, 'uploads'>;
  clock: Clock;
  telemetry: Telemetry;
}) {
  const seen: SeenAtWork = new Map();
  return createTask(telemetry, { input: objectCreatedEvent }, async ({ detail }) => {
    const outcome = await noteObject({ ...dependencies, seen }, detail.object.key);
    if (outcome === 'late')
      telemetry.logger.warn('object arrived for a closed upload', { key: detail.object.key });
    return { outcome };
  });
}
