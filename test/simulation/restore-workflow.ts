import type { RestoreId } from '../../shared/domain/ids.ts';
import type { RestoreEnd } from '../../shared/usecases/restores/end-restore.ts';
import { endStaging } from '../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../shared/usecases/restores/hand-over-restore.ts';
import { runStep, unlessFailed } from './run-step.ts';
import type { World } from './world.ts';

/** What becomes of a task that waits for its token. */
export type TokenAnswer =
  | { readonly kind: 'succeeded'; readonly output: object }
  | { readonly kind: 'failed'; readonly code: string; readonly cause: string }
  | { readonly kind: 'timed-out' };

/** The store says nothing for so long: it is asked no more. */
const heartbeatMillis = 6 * 3_600_000;

/** As statemachines/restore-staging.asl.json has it. */
export async function runRestoreWorkflow(
  world: World,
  restoreId: RestoreId,
  waitFor: (taskToken: string, millis: number) => Promise<TokenAnswer>,
): Promise<void> {
  const taskToken = `token-${restoreId}-${world.scheduler.steps}`;
  const answered = waitFor(taskToken, heartbeatMillis);
  const handedOver = await unlessFailed(() =>
    runStep(world, 'Hand to store', (ports) => handOverRestore(ports, { restoreId, taskToken })),
  );
  const answer = handedOver === undefined ? { kind: 'timed-out' as const } : await answered;
  const end =
    answer.kind === 'succeeded'
      ? (answer.output as Extract<RestoreEnd, { state: 'completed' | 'completed-with-damage' }>)
      : {
          state: 'failed' as const,
          reason: answer.kind === 'failed' ? answer.cause : 'no word from the store',
        };
  await unlessFailed(() => runStep(world, 'Record end', (ports) => endStaging(ports, { restoreId, end })));
}
