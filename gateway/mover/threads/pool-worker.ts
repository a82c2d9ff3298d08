import { parentPort } from 'node:worker_threads';
import { frameBytes } from '../../../shared/domain/vault/pack.ts';
import { TaskRunner } from './task-runner.ts';
import { ThreadMemory } from './thread-memory.ts';
import type { ThreadMessage, WorkerReply } from './worker-tasks.ts';

// A thread of WorkerThreads.
const memory = new ThreadMemory(frameBytes);
const runners = new Map<number, TaskRunner>();

parentPort?.on('message', async (message: ThreadMessage) => {
  const { pool } = message;
  if (!('task' in message)) {
    if (message.setup) runners.set(pool, new TaskRunner(message.setup, memory));
    else runners.delete(pool);
    return;
  }
  const { task } = message;
  const answer =
    (await runners.get(pool)?.answerTo(task)) ?? failed(`this thread was not told of pool ${pool}`);
  parentPort?.postMessage({ pool, slot: task.slot, answer } satisfies WorkerReply);
});

const failed = (what: string) => ({ outcome: 'failed', error: new Error(what) }) as const;
