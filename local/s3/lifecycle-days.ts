import { DAY_MILLISECONDS } from './times.ts';
/** Which buckets had their rules carried out today: once a day is enough, for all becomes due at midnight UTC. */
export class LifecycleDays {
  readonly #lastDays = new Map<string, number>();

  /** True once a day and bucket. */
  begin(bucket: string, now: number): boolean {
    const today = Math.floor(now / DAY_MILLISECONDS);
    if (this.#lastDays.get(bucket) === today) return false;
    this.#lastDays.set(bucket, today);
    return true;
  }

  /** The rules of this bucket are new. */
  forget(bucket: string): void {
    this.#lastDays.delete(bucket);
  }
}
