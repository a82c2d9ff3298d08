import { parentPort, workerData } from 'node:worker_threads';
import { frameBytes } from '../../shared/domain/vault/pack.ts';
import { TaskRunner } from './task-runner.ts';
import type { WorkerReply, WorkerSetup, WorkerTask } from './worker-tasks.ts';

/** A thread of WorkerPool. */
const runner = new TaskRunner(workerData as WorkerSetup, frameBytes);

parentPort?.on('message', (task: WorkerTask) => {
  parentPort?.postMessage({ slot: task.slot, answer: runner.answerTo(task) } satisfies WorkerReply);
});
