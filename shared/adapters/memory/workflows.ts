import type { Instant } from '../../domain/instant.ts';
import type { Workflows } from '../../ports/workflows.ts';

type StartKind =
  | 'start-retention'
  | 'start-commit'
  | 'start-restore'
  | 'start-request'
  | 'start-rebuild'
  | 'start-reclaim'
  | 'start-audit';

/** What was asked of a workflow. */
export type WorkflowCall =
  | { readonly kind: StartKind; readonly name: string; readonly input: object }
  | { readonly kind: 'succeed'; readonly taskToken: string; readonly output: object }
  | { readonly kind: 'fail'; readonly taskToken: string; readonly error: { code: string; cause: string } }
  | { readonly kind: 'heartbeat'; readonly taskToken: string };

export interface RecordingWorkflows extends Workflows {
  /** What took effect, in order: a second start of one name and answers to tokens that are gone are not in it. */
  readonly calls: readonly WorkflowCall[];
  /** A task begins to wait for the token. */
  addTask(taskToken: string): void;
  /** The task is over: time-out, or the execution was stopped. */
  dropTask(taskToken: string): void;
}

const nameOf = (scheduledAt: Instant): string => scheduledAt.replaceAll(':', '-');

/** Workflows that start nothing and write down what they were asked. */
export function createRecordingWorkflows(): RecordingWorkflows {
  const calls: WorkflowCall[] = [];
  const started = new Set<string>();
  const waiting = new Set<string>();

  const start = async (kind: StartKind, name: string, input: object) => {
    if (started.has(`${kind} ${name}`)) return;
    started.add(`${kind} ${name}`);
    calls.push({ kind, name, input: structuredClone(input) });
  };
  const answer = async (call: Extract<WorkflowCall, { taskToken: string }>) => {
    if (!waiting.has(call.taskToken)) return 'gone';
    if (call.kind !== 'heartbeat') waiting.delete(call.taskToken);
    calls.push(structuredClone(call));
    return 'sent';
  };

  return {
    calls,
    addTask: (taskToken) => void waiting.add(taskToken),
    dropTask: (taskToken) => void waiting.delete(taskToken),
    startCommit: ({ uploadId, attempt }) =>
      start('start-commit', `${uploadId}-${attempt}`, { uploadId, attempt }),
    startRestore: ({ restoreId }) => start('start-restore', restoreId, { restoreId }),
    startRequest: ({ requestId }) => start('start-request', requestId, { requestId }),
    startRetention: ({ scheduledAt }) => start('start-retention', nameOf(scheduledAt), { scheduledAt }),
    startReclaim: ({ scheduledAt }) => start('start-reclaim', nameOf(scheduledAt), { scheduledAt }),
    startAudit: ({ scheduledAt }) => start('start-audit', nameOf(scheduledAt), { scheduledAt }),
    startRebuild: ({ rebuildId, mode, by }) => start('start-rebuild', rebuildId, { mode, by }),
    findRebuild: async (rebuildId) =>
      started.has(`start-rebuild ${rebuildId}`) ? { state: 'running' } : undefined,
    succeedTask: (taskToken, output) => answer({ kind: 'succeed', taskToken, output }),
    failTask: (taskToken, error) => answer({ kind: 'fail', taskToken, error }),
    heartbeat: (taskToken) => answer({ kind: 'heartbeat', taskToken }),
  };
}
