import type { MemoryVault } from '../../shared/adapters/memory/vault.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { TaskEnd } from './scheduler.ts';
import type { Files } from './snapshot-content.ts';
import type { World } from './world.ts';

/** What a gateway asked to commit. */
export interface Offer {
  readonly files: Files;
  /** Every object that a restore reads. */
  readonly keys: readonly string[];
}

/** Codes that no interleaving excuses. */
const never: ReadonlySet<string> = new Set(['INTERNAL', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED']);

/**
 * What must be so, kept apart from what the service believes: what gateways sent, what they were told, what lies in the
 * vault. Checked after every call that changes anything.
 */
export class Truth {
  violation: string | undefined;
  readonly acknowledged = new Set<UploadId>();
  /** Keys with an object that can be read. */
  readonly present = new Set<string>();
  readonly #offers = new Map<string, Offer>();
  readonly #world: World;
  readonly #points = new Map<UploadId, RecoveryPoint>();
  readonly #liveKeys = new Map<UploadId, readonly string[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The first violation stands: what comes after it may be its consequence. */
  violate(what: string): void {
    if (this.violation !== undefined) return;
    this.violation = what;
    this.#world.scheduler.note(() => `VIOLATION: ${what}`);
  }

  /** Something that goes on by itself; it must not end in an error. */
  follow(name: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.violate(`${name} broke: ${describe(error)}`));
  }

  offer(uploadId: UploadId, manifestSha256: string, offer: Offer): void {
    this.#offers.set(`${uploadId} ${manifestSha256}`, offer);
  }

  offerOf({ recoveryPointId, manifestSha256 }: RecoveryPoint): Offer | undefined {
    return this.#offers.get(`${recoveryPointId} ${manifestSha256}`);
  }

  /** Errors are refusals with a reason, unless something is broken. */
  judgeError(name: string, end: TaskEnd<unknown>): void {
    if (end.outcome !== 'failed') return;
    const { error } = end;
    if (error instanceof ServiceError && !never.has(error.code)) return;
    this.violate(`${name} failed: ${describe(error)}`);
  }

  /** The vault with an eye on what lies in it. */
  watchVault(vault: MemoryVault): MemoryVault {
    return {
      ...vault,
      send: async (request) => {
        const answer = await vault.send(request);
        if (request.method === 'PUT' && answer.status === 200) this.present.add(keyOf(request.url));
        return answer;
      },
      putOnce: async (key, bytes) => {
        const result = await vault.putOnce(key, bytes);
        if (result.outcome === 'stored') this.present.add(key);
        return result;
      },
      deleteVersions: async (versions) => {
        const answers = await vault.deleteVersions(versions);
        for (const { key } of versions) {
          if ((await vault.head(key)) === undefined) this.present.delete(key);
        }
        return answers;
      },
    };
  }

  /** `cause` says after which call. */
  check(cause: string): void {
    const { state } = this.#world;
    for (const point of state.recoveryPoints.values()) {
      const before = this.#points.get(point.recoveryPointId);
      if (before !== point) this.#pointChanged(before, point, cause);
    }
    for (const [recoveryPointId, keys] of this.#liveKeys) {
      const missing = keys.find((key) => !this.present.has(key));
      if (missing !== undefined) this.violate(`I1 ${cause}: live point ${recoveryPointId} lacks ${missing}`);
    }
    for (const mount of state.mounts.values()) this.#checkMount(mount, cause);
    this.#checkPins(cause);
  }

  #pointChanged(before: RecoveryPoint | undefined, point: RecoveryPoint, cause: string): void {
    const { recoveryPointId, state } = point;
    this.#points.set(recoveryPointId, point);
    const offer = this.offerOf(point);
    if (offer === undefined) {
      this.violate(`I2 ${cause}: point ${recoveryPointId} has a manifest that nobody asked to commit`);
    } else if (isLive(state)) this.#liveKeys.set(recoveryPointId, offer.keys);
    else this.#liveKeys.delete(recoveryPointId);
    if (before !== undefined && !isLive(before.state) && isLive(state)) {
      this.violate(`${cause}: point ${recoveryPointId} came back from ${before.state}`);
    }
    if (before !== undefined && before.seq !== point.seq) {
      this.violate(`${cause}: point ${recoveryPointId} has another place in its line`);
    }
  }

  #checkMount({ mountId, headId, seq, openUploadId }: Mount, cause: string): void {
    const { state } = this.#world;
    const points = [...state.recoveryPoints.values()].filter((point) => point.mountId === mountId);
    const live = points.filter((point) => isLive(point.state));
    const head = live.reduce<RecoveryPoint | undefined>((a, b) => (a && a.seq > b.seq ? a : b), undefined);
    if (head?.recoveryPointId !== headId) {
      this.violate(
        `${cause}: the head of ${mountId} is ${headId}, its newest live point ${head?.recoveryPointId}`,
      );
    }
    if (new Set(points.map((point) => point.seq)).size !== points.length) {
      this.violate(`${cause}: two points of ${mountId} have one place`);
    }
    if (points.some((point) => point.seq > seq)) this.violate(`${cause}: ${mountId} counts from behind`);
    const upload = openUploadId && state.uploads.get(openUploadId);
    if (
      openUploadId !== undefined &&
      !(upload && (upload.state === 'open' || upload.state === 'committing'))
    ) {
      this.violate(`I8 ${cause}: ${mountId} waits for upload ${openUploadId}, which is over`);
    }
  }

  /** Whatever is under way has its pin, and what it pins is live. */
  #checkPins(cause: string): void {
    const { state } = this.#world;
    const requirePin = (pointId: UploadId, pin: string) => {
      const point = state.recoveryPoints.get(pointId);
      if (point === undefined || !isLive(point.state)) {
        this.violate(`${cause}: ${pin} needs point ${pointId}, which is ${point?.state}`);
      }
      if (!state.pins.get(pointId)?.has(pin)) this.violate(`${cause}: ${pin} is not pinned on ${pointId}`);
    };
    for (const { uploadId, state: uploadState, parent } of state.uploads.values()) {
      const isUnderWay = uploadState === 'open' || uploadState === 'committing';
      if (isUnderWay && parent) requirePin(parent.uploadId, `upload:${uploadId}`);
    }
    for (const { restoreId, recoveryPointId, endedAt } of state.restores.values()) {
      if (endedAt === undefined) requirePin(recoveryPointId, `restore:${restoreId}`);
    }
  }

  /** True when the service's clock, by which it decides, is not far from the true time. */
  isClockRight(): boolean {
    return Math.abs(this.#world.skew) <= 5 * 60_000;
  }

  /** Told to a gateway: what comes after must never lose it but by a deletion. */
  acknowledge(uploadId: UploadId): void {
    const { state } = this.#world;
    this.acknowledged.add(uploadId);
    const upload = state.uploads.get(uploadId);
    const stored = upload && state.mounts.get(upload.mountId)?.journal.stored;
    if (stored === undefined || stored < (upload?.journalNumber ?? Number.POSITIVE_INFINITY)) {
      this.violate(`upload ${uploadId} was acknowledged before its journal entry was stored`);
    }
    if (!state.recoveryPoints.has(uploadId)) {
      this.violate(`upload ${uploadId} was acknowledged, and there is no point`);
    }
  }
}

const keyOf = (url: string): string => decodeURI(new URL(url).pathname.slice(1));

export const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
