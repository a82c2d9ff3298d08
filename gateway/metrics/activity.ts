import type { MountId } from '../../shared/domain/ids.ts';
import type { MoverProgress } from '../mover/ports.ts';

export type FarEnd = 'service' | 'vault';

/**
 * Why a request brought nothing: told to slow down, refused, failed at the far end, or no answer at all (no connection,
 * a proxy in the way, nothing moved).
 */
export const failureKinds = ['throttled', 'refused', 'failed', 'unanswered'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What happened since the start of this process, as far as it stands nowhere else. */
export class Activity {
  readonly startedMillis = performance.now();
  /** On the same clock, which never goes back; undefined until the service took a poll. */
  polledMillis: number | undefined;
  readonly requests = new Map<FarEnd, number>();
  readonly failures = new Map<FarEnd, Map<FailureKind, number>>();
  readonly uploadedBytes = new Map<MountId, number>();
  /** Of the uploads that read or send data at this moment. */
  readonly uploads = new Map<MountId, MoverProgress>();

  markPolled(): void {
    this.polledMillis = performance.now();
  }

  addUploadedBytes(mountId: MountId, bytes: number): void {
    add(this.uploadedBytes, mountId, bytes);
  }

  /** `status` is undefined when no answer came. */
  countRequest(farEnd: FarEnd, status: number | undefined): void {
    add(this.requests, farEnd, 1);
    const kind = failureKindOf(status);
    if (kind === undefined) return;
    const counts = this.failures.get(farEnd) ?? new Map<FailureKind, number>();
    add(counts, kind, 1);
    this.failures.set(farEnd, counts);
  }
}

function failureKindOf(status: number | undefined): FailureKind | undefined {
  if (status === undefined) return 'unanswered';
  // S3 says 503 SlowDown, API Gateway 429.
  if (status === 429 || status === 503) return 'throttled';
  // 412: the vault has the object already.
  if (status < 400 || status === 412) return undefined;
  return status < 500 ? 'refused' : 'failed';
}

const add = <Key>(counts: Map<Key, number>, key: Key, value: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + value);
