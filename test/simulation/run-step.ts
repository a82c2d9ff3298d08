import { ServiceError } from '../../shared/errors.ts';
import { repeatNow } from './repeats.ts';
import type { TaskEnd } from './scheduler.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

/** A step of a workflow that failed as often as it may be repeated. */
export class StepFailed extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
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

/** One run of a Lambda, or two. What people ask for is not the same when it is asked for again. */
export function invoke<T>(
  world: World,
  name: string,
  body: (ports: TaskPorts) => Promise<T>,
  { isScheduled = false, isRepeatable = true } = {},
): Promise<TaskEnd<T>> {
  const { scheduler, random, climate } = world;
  const run = () =>
    scheduler.run(name, 'lambda', async (task) => {
      task.isScheduled = isScheduled;
      const value = await body(world.portsOf(task));
      if (isRepeatable) await repeatNow(world, task, name, body);
      return value;
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

/** A state whose failure another path of the machine, or the watch, takes up. */
export async function unlessFailed<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StepFailed) return undefined;
    throw error;
  }
}
