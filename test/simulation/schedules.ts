import { watchJournals } from '../../shared/usecases/journal/watch-journals.ts';
import { startDeletions } from '../../shared/usecases/reclaim/start-deletions.ts';
import { watchRestores } from '../../shared/usecases/restores/watch-restores.ts';
import { watchStaged } from '../../shared/usecases/restores/watch-staged.ts';
import { startRetention } from '../../shared/usecases/retention/start-retention.ts';
import { watchUploads } from '../../shared/usecases/uploads/watch-uploads.ts';
import { invoke } from './run-step.ts';
import { describe } from './truth.ts';
import type { World } from './world.ts';

/** As functions/watch/handler.ts has it. */
export async function watch(world: World): Promise<void> {
  const onError = (mountId: string, error: unknown) => {
    // A catalog from the past is found out by this very error.
    if (!world.truth.isDisaster) world.truth.violate(`the journal of ${mountId}: ${describe(error)}`);
  };
  const end = await invoke(
    world,
    'Watch',
    async (ports) => {
      await watchUploads(ports);
      await watchRestores(ports);
      await watchStaged(ports);
      await watchJournals({ ...ports, onError });
      await startRetention(ports);
      await startDeletions(ports);
    },
    { isScheduled: true },
  );
  world.truth.judgeError('Watch', end);
}
