import { parentPort } from 'node:worker_threads';
import { runSeed } from './run-seed.ts';

parentPort?.on('message', async (seed: number) => {
  const { trace: _, ...result } = await runSeed(seed);
  parentPort?.postMessage(result);
});
