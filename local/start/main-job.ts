import { join } from 'node:path';
import { compareTrees } from './compare-trees.ts';
import { runOracleDay } from './oracle-day.ts';
import type { Platform } from './platform.ts';

const followMillis = 200;
const limitMillis = 10 * 60_000;

export interface Job {
  readonly platform: Platform;
  readonly directory: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

type RestoreJob = Pick<Job, 'say' | 'signal'> & {
  readonly platform: Pick<Platform, 'call' | 'mountFolder'>;
};

/** One day of the Oracle host: backs up through the gateway and follows the snapshot until it is a recovery point. */
export async function backUp(job: Job) {
  const { platform, directory, say, signal } = job;
  const { call, mountId, mountName, mountFolder, gateway } = platform;
  const snapName = await runOracleDay({
    directory: join(directory, 'oracle-host'),
    gatewayUrl: gateway.url,
    mountName,
    mountFolder: join(mountFolder, 'oracle_data'),
    onLine: (line) => say(`  ${line}`),
    signal,
  });
  say(`snapshot ${snapName} is being uploaded`);
  return follow(job, async () => {
    const { items } = await call('listRecoveryPoints', { query: { mountId, limit: '1' } });
    const [point] = items;
    if (point?.snapName === snapName) return { done: point };
    const { openUploadId } = await call('showMount', { params: { mountId } });
    if (openUploadId === undefined) return { status: 'waiting for the gateway' };
    const { state, refusal } = await call('showUpload', { params: { uploadId: openUploadId } });
    return { status: refusal ? `upload ${state}, last refused: ${refusal.message}` : `upload ${state}` };
  });
}

/** Restores the point through the service to the gateway and compares it with what the Oracle host had written. */
export async function restoreAndCompare(job: RestoreJob, recoveryPointId: string): Promise<string[]> {
  const { say } = job;
  const { call, mountFolder } = job.platform;
  const { restoreId, jobId } = await call('createRestore', { params: { recoveryPointId }, body: {} });
  say(`restore job ${jobId} is ordered`);
  await follow(job, async () => {
    const { state, progress, reason } = await call('showRestore', { params: { restoreId } });
    if (state === 'failed') throw new Error(`the restore failed: ${reason ?? 'no reason was given'}`);
    if (state === 'completed') return { done: true };
    const { bytesDone, bytesTotal } = progress;
    return {
      status: `restore ${state}, ${Math.round(bytesDone / 2 ** 20)} of ${Math.round(bytesTotal / 2 ** 20)} MiB`,
    };
  });
  return compareTrees(join(mountFolder, 'oracle_data'), join(mountFolder, 'restores', String(jobId)));
}

/** Asks until it is done, and says what changed meanwhile. */
async function follow<T>(
  { say, signal }: Pick<Job, 'say' | 'signal'>,
  look: () => Promise<{ done: T } | { status: string }>,
): Promise<T> {
  const deadline = Date.now() + limitMillis;
  let last = '';
  for (;;) {
    signal.throwIfAborted();
    const found = await look();
    if ('done' in found) return found.done;
    if (found.status !== last) say(`  ${found.status}`);
    last = found.status;
    if (Date.now() > deadline)
      throw new Error(`nothing came of it in ${limitMillis / 60_000} minutes: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, followMillis));
  }
}
