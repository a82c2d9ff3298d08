import { ServiceError } from '../../shared/errors.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { runCommitWorkflow } from './commit-workflow.ts';
import { runAuditWorkflow, runReclaimWorkflow, runRetentionWorkflow } from './deletion-workflows.ts';
import { runRestoreWorkflow } from './restore-workflow.ts';
import type { TaskEnd } from './scheduler.ts';
import type { TaskPorts, World } from './world.ts';

/** A step of a workflow that failed as often as it may be repeated. */
export class StepFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface SimulatedWorkflows extends Workflows {
  /** What still waits for an answer, by its token. */
  waitFor(taskToken: string, millis: number): Promise<TokenAnswer>;
}

export type TokenAnswer =
  | { readonly kind: 'succeeded'; readonly output: object }
  | { readonly kind: 'failed'; readonly code: string; readonly cause: string }
  | { readonly kind: 'timed-out' };

/** Step Functions: starting twice with one name starts once; executions outlive every crash. */
export function startableWorkflows(world: World): SimulatedWorkflows {
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
  return {
    startCommit: ({ uploadId, attempt }) =>
      start(`commit ${uploadId}-${attempt}`, () => runCommitWorkflow(world, { uploadId, attempt })),
    startRestore: ({ restoreId }) =>
      start(`restore ${restoreId}`, () => runRestoreWorkflow(world, restoreId)),
    startRetention: ({ scheduledAt }) =>
      start(`retention ${scheduledAt}`, async () => {
        const run = (owner: string) => runRetentionWorkflow(world, scheduledAt, owner);
        // Whoever starts it a second time gives it another name.
        const again = world.random.chance(world.climate.duplicates) ? [run('second')] : [];
        await Promise.all([run('first'), ...again]);
      }),
    startReclaim: ({ scheduledAt }) => start(`reclaim ${scheduledAt}`, () => runReclaimWorkflow(world)),
    startAudit: ({ scheduledAt }) =>
      start(`audit ${scheduledAt}`, async () => {
        // Of each mount once in seven days.
        if (world.isDraining || world.random.chance(0.3)) await runAuditWorkflow(world);
      }),
    succeedTask: (taskToken, output) => answer(taskToken, { kind: 'succeeded', output }),
    failTask: (taskToken, { code, cause }) => answer(taskToken, { kind: 'failed', code, cause }),
    heartbeat: async (taskToken) => (waiting.has(taskToken) ? 'sent' : 'gone'),
    waitFor: (taskToken, millis) =>
      new Promise((resolve) => {
        waiting.set(taskToken, resolve);
        void world.scheduler.sleep(millis).then(() => answer(taskToken, { kind: 'timed-out' }));
      }),
  } as SimulatedWorkflows;
}

interface StepRules {
  /** Repeats after a crash, a time-out or trouble that passes. */
  readonly retries?: number;
  readonly isScheduled?: boolean;
}

/**
 * A Lambda's invocation by a workflow: repeated when it dies, and sometimes run twice at the same time, of which the
 * first to answer counts.
 */
export async function runStep<T>(
  world: World,
  name: string,
  body: (ports: TaskPorts) => Promise<T>,
  { retries = 3, isScheduled = false }: StepRules = {},
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const end = await invoke(world, name, body, { isScheduled });
    if (end.outcome === 'done') return end.value;
    const failure = describeFailure(end);
    world.truth.judgeError(name, end);
    if (!failure.passes || attempt === retries) throw new StepFailed(failure.code, failure.message);
    await world.scheduler.sleep(world.random.below(60_000));
  }
}

/** One run of a Lambda, or two. */
export function invoke<T>(
  world: World,
  name: string,
  body: (ports: TaskPorts) => Promise<T>,
  { isScheduled = false } = {},
): Promise<TaskEnd<T>> {
  const { scheduler, random, climate } = world;
  const run = () =>
    scheduler.run(name, 'lambda', (task) => {
      task.isScheduled = isScheduled;
      return body(world.portsOf(task));
    });
  const first = run();
  if (world.isDraining || !random.chance(climate.duplicates)) return first;
  const second = random.chance(0.5) ? run() : scheduler.sleep(random.below(6 * 3_600_000)).then(run);
  void second.then((end) => world.truth.judgeError(`${name} again`, end));
  return random.chance(0.5) ? first : Promise.race([first, second]);
}

const passing: ReadonlySet<string> = new Set(['INTERNAL', 'COMMIT_CONFLICT', 'JOURNAL_PENDING']);

function describeFailure(end: Exclude<TaskEnd<unknown>, { outcome: 'done' }>) {
  if (end.outcome === 'crashed') return { code: 'Sandbox.Timedout', message: 'it died', passes: true };
  const { error } = end;
  const code = error instanceof ServiceError ? error.code : 'Error';
  return { code, message: String(error), passes: passing.has(code) };
}
