import { join } from 'node:path';
import type { Platform } from '../../local/start/platform.ts';
import type { MountId } from '../../shared/domain/ids.ts';

/**
 * Each look costs 30 ms of the processors that are measured. When something was done is said by the service itself, to the
 * millisecond, so that there is no need to look often: the longer it takes, the less.
 */
const firstCheckMillis = 1000;
const slowDown = 1.5;
const beginMillis = 100;
const limitMillis = 30 * 60_000;

/** A mount of the running product, backed up and restored as a DBA would. */
export class Subject {
  readonly folder: string;
  readonly #platform: Platform;
  readonly #mountId: MountId;
  readonly #calls: string;

  private constructor(platform: Platform, mountId: MountId, name: string) {
    this.#platform = platform;
    this.#mountId = mountId;
    this.folder = join(platform.gateway.mountsDirectory, name, 'oracle_data');
    this.#calls = `${platform.gateway.url}/druva-phoenix/v1/mounts/${name}/backup`;
  }

  /** A new mount; the gateway makes it after its next poll. */
  static async make(platform: Platform, name: string): Promise<Subject> {
    const { storeId } = await platform.call('showMount', { params: { mountId: platform.mountId } });
    const { mountId } = await platform.call('createMount', { body: { storeId, name, expire: '4w' } });
    const subject = new Subject(platform, mountId, name);
    return subject;
  }

  /** Begins a backup: what the mount gets from now on is in it. */
  async begin(): Promise<void> {
    await until(async () => (await this.#ask('POST')) === 0, { pauseMillis: beginMillis, factor: 1 });
  }

  /** From the PUT, which freezes the mount, to the committed recovery point. */
  async finish() {
    const start = Date.now();
    if ((await this.#ask('PUT')) !== 0) throw new Error('the backup cannot be finished');
    const requestedAt = new Date(start - 60_000).toISOString();
    const point = await until(async () => {
      const { items } = await this.#platform.call('listRecoveryPoints', {
        query: { mountId: this.#mountId, limit: '1' },
      });
      return items.find(
        ({ recoveryPointId, takenAt }) => recoveryPointId !== this.#last && takenAt > requestedAt,
      );
    });
    this.#last = point.recoveryPointId;
    return {
      seconds: (Date.parse(point.committedAt) - start) / 1000,
      recoveryPointId: point.recoveryPointId,
      storedBytes: point.totals.ownStoredBytes,
    };
  }

  #last: string | undefined;

  /** From the order to the verified files; answers the folder too. */
  async restore(recoveryPointId: string): Promise<{ readonly seconds: number; readonly folder: string }> {
    const start = Date.now();
    const { call } = this.#platform;
    const { restoreId, jobId } = await call('createRestore', { params: { recoveryPointId }, body: {} });
    const endedAt = await until(async () => {
      const { state, reason, endedAt } = await call('showRestore', { params: { restoreId } });
      if (state === 'failed') throw new Error(`the restore failed: ${reason}`);
      return state === 'completed' && endedAt;
    });
    const seconds = (Date.parse(endedAt) - start) / 1000;
    return { seconds, folder: join(this.folder, '..', 'restores', String(jobId)) };
  }

  async #ask(method: string): Promise<number> {
    const response = await fetch(this.#calls, { method });
    const { error_code: code } = (await response.json()) as { error_code: number };
    return code;
  }
}

async function until<T>(
  look: () => Promise<T | false | undefined>,
  { pauseMillis = firstCheckMillis, factor = slowDown } = {},
): Promise<T> {
  const deadline = Date.now() + limitMillis;
  for (let pause = pauseMillis; Date.now() < deadline; pause *= factor) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const found = await look();
    if (found) return found;
  }
  throw new Error(`nothing came of it in ${limitMillis / 60_000} minutes`);
}
