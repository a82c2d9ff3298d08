import { STATES } from '../failure.ts';
import type { Thread } from '../records.ts';
import { endWait, guard, runThread } from './run.ts';
import { timeOutTask } from './task.ts';
import type { Turn } from './turn.ts';

/** The moment that a thread waited for has come: the end of a Wait or backoff, or of a task's time. */
export function wakeThread(turn: Turn, thread: Thread): Promise<void> {
  switch (thread.phase.kind) {
    case 'wait':
      return guard(turn, thread, () => endWait(turn, thread));
    case 'task':
      return guard(turn, thread, () => timeOutTask(turn, thread));
    default:
      return runThread(turn, { ...thread, phase: { kind: 'work' } });
  }
}

/** Ends the execution for its state machine's TimeoutSeconds, or its age. Only the event names the error. */
export function timeOutExecution(turn: Turn): void {
  turn.event('ExecutionTimedOut', 0, { executionTimedOutEventDetails: { error: STATES.timeout } });
  turn.end({ status: 'TIMED_OUT' });
}

export function abortExecution(turn: Turn, failure: { error?: string; cause?: string }): void {
  turn.event('ExecutionAborted', 0, { executionAbortedEventDetails: failure });
  turn.end({ status: 'ABORTED', ...failure });
}
