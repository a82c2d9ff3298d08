import type { Bucket } from './bucket-registry.ts';
import { runLifecycle } from './lifecycle-run.ts';
import type { S3Service } from './s3-service.ts';

const DAY_MILLISECONDS = 86_400_000;

/** Runs each bucket's rules once a day, and again when they were changed. */
export class DailyLifecycle {
  readonly #lastDays = new Map<string, number>();

  async runDue(service: S3Service): Promise<void> {
    for (const bucket of service.buckets.list()) await this.#runBucket(service, bucket);
  }

  /** The rules of this bucket are new. */
  forget(bucket: string): void {
    this.#lastDays.delete(bucket);
  }

  async #runBucket(service: S3Service, bucket: Bucket): Promise<void> {
    const today = Math.floor(service.clock() / DAY_MILLISECONDS);
    if (bucket.lifecycle === undefined || this.#lastDays.get(bucket.name) === today) return;
    // Noted first: rules that change during the run are run again.
    this.#lastDays.set(bucket.name, today);
    await runLifecycle(service, bucket);
  }
}
