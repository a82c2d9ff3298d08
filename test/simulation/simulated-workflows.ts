import type { Workflows } from '../../shared/ports/workflows.ts';
import { runCommitWorkflow } from './commit-workflow.ts';
import { doOneErrand } from './deletion-errands.ts';
import { runAuditWorkflow, runReclaimWorkflow, runRetentionWorkflow } from './deletion-workflows.ts';
import { runRestoreWorkflow, type TokenAnswer } from './restore-workflow.ts';
import type { World } from './world.ts';

const hour = 3_600_000;

/** Step Functions: starting twice with one name starts once; executions outlive every crash. */
export function startableWorkflows(world: World): Workflows {
  const started = new Set<string>();
  const waiting = new Map<string, (answer: TokenAnswer) => void>();
  const start = async (name: string, run: () => Promise<void>) => {
    if (started.has(name)) return;
    started.add(name);
    world.truth.follow(name, run());
  };
  const answer = async (taskToken: string, given: TokenAnswer): Promise<'sent' | 'gone'> => {
    const waits = waiting.get(taskToken);
    waiting.delete(taskToken);
    waits?.(given);
    return waits === undefined ? 'gone' : 'sent';
  };
  const waitFor = (taskToken: string, millis: number) =>
    new Promise<TokenAnswer>((resolve) => {
      waiting.set(taskToken, resolve);
      void world.scheduler.sleep(millis).then(() => answer(taskToken, { kind: 'timed-out' }));
    });
  return {
    startCommit: ({ uploadId, attempt }) =>
      start(`commit ${uploadId}-${attempt}`, () => runCommitWorkflow(world, { uploadId, attempt })),
    startRestore: ({ restoreId }) =>
      start(`restore ${restoreId}`, () => runRestoreWorkflow(world, restoreId, waitFor)),
    startRetention: ({ scheduledAt }) =>
      start(`retention ${scheduledAt}`, async () => {
        const run = (owner: string) => runRetentionWorkflow(world, scheduledAt, owner);
        // Whoever starts it a second time gives it another name.
        const again = world.random.chance(world.climate.duplicates) ? [run('second')] : [];
        await Promise.all([run('first'), ...again]);
      }),
    startReclaim: ({ scheduledAt }) =>
      start(`reclaim ${scheduledAt}`, async () => {
        // Half an hour after retention; here, longer still: what that saw may be outdated.
        if (world.random.chance(0.7)) await world.scheduler.sleep(world.random.below(6 * hour));
        const again = world.random.chance(world.climate.duplicates) ? [runReclaimWorkflow(world, true)] : [];
        // Whoever hears of it may want something kept, or gone, at that very moment.
        const wish = world.isDraining || world.random.chance(0.7) ? [] : [doOneErrand(world)];
        await Promise.all([runReclaimWorkflow(world), ...again, ...wish]);
      }),
    startAudit: ({ scheduledAt }) =>
      start(`audit ${scheduledAt}`, async () => {
        // Of each mount once in seven days.
        if (world.isDraining || world.random.chance(0.3)) await runAuditWorkflow(world);
      }),
    succeedTask: (taskToken, output) => answer(taskToken, { kind: 'succeeded', output }),
    failTask: (taskToken, { code, cause }) => answer(taskToken, { kind: 'failed', code, cause }),
    heartbeat: async (taskToken) => (waiting.has(taskToken) ? 'sent' : 'gone'),
  } as Workflows;
}
