import { watchJournals } from '../../shared/usecases/watch-journals.ts';
import { watchRestores } from '../../shared/usecases/watch-restores.ts';
import { watchUploads } from '../../shared/usecases/watch-uploads.ts';
import { invoke } from './simulated-workflows.ts';
import { describe } from './truth.ts';
import type { TaskPorts, World } from './world.ts';

interface Schedule {
  /** On average. Less often than in the service: what a run does is the same however often it comes. */
  readonly everyMillis: number;
  readonly run: (world: World) => Promise<void>;
}

const hour = 3_600_000;

/** As functions/watch/handler.ts has it. */
const watch: Schedule = {
  everyMillis: 12 * hour,
  run: async (world) => {
    const onError = (mountId: string, error: unknown) =>
      world.truth.violate(`the journal of ${mountId}: ${describe(error)}`);
    await runScheduled(world, 'Watch', async (ports) => {
      await watchUploads(ports);
      await watchRestores(ports);
      await watchJournals({ ...ports, onError });
    });
  },
};

async function runScheduled(
  world: World,
  name: string,
  body: (ports: TaskPorts) => Promise<unknown>,
): Promise<void> {
  world.truth.judgeError(name, await invoke(world, name, body, { isScheduled: true }));
}

export const schedules: readonly Schedule[] = [watch];
