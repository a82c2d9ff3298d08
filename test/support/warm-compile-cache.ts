import { once } from 'node:events';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';

// Puts the gateway's worker threads into the compile cache that NODE_COMPILE_CACHE names, as a second start would find it.
// Its argument is their program.
const worker = new Worker(resolve(process.argv[2] ?? ''));
await once(worker, 'online');
// Online is said before the modules are loaded; a task is answered after.
worker.postMessage({ pool: 0, task: { slot: 0 } });
await once(worker, 'message');
// Not `terminate`: the cache is written when the process ends of itself.
process.exit();
