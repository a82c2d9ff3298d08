import { isDeepStrictEqual } from 'node:util';
import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import type { MemoryVault } from '../../shared/adapters/memory/vault.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { ServiceError } from '../../shared/errors.ts';
import { exportJournal, exportMount } from '../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { checkMount, checkPins } from './catalog-checks.ts';
import { Departures } from './departures.ts';
import type { Scheduler, TaskEnd } from './scheduler.ts';
import type { Files } from './snapshot-content.ts';
import { VaultContents } from './vault-contents.ts';

/** What is looked at. */
interface Observed {
  readonly state: CatalogState;
  readonly vault: MemoryVault;
  readonly scheduler: Scheduler;
}

/** What a gateway asked to commit. */
export interface Offer {
  readonly files: Files;
  /** Every object that a restore reads. */
  readonly keys: readonly string[];
}

/** What became of a point by one call. */
export interface PointChange {
  /** Undefined when it was committed. */
  readonly before: RecoveryPoint | undefined;
  readonly point: RecoveryPoint;
}

/** A gateway hangs for three days at most. */
const longestNap = 4 * 86_400_000;

/** Codes that no interleaving excuses. */
const never: ReadonlySet<string> = new Set(['INTERNAL', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED']);

/**
 * What must be so, kept apart from what the service believes: what gateways sent, what they were told, what lies in the
 * vault. Checked after every call that changes anything.
 */
export class Truth {
  violation: string | undefined;
  readonly contents: VaultContents;
  readonly departures: Departures;
  readonly #changes: PointChange[] = [];
  /** What happened how often, by name. */
  readonly counts: Record<string, number> = {};
  readonly acknowledged = new Set<UploadId>();
  #isDisaster = false;
  #wasDisaster = false;
  #disasterEndedAt = Number.NEGATIVE_INFINITY;
  readonly #offers = new Map<string, Offer>();
  readonly #world: Observed;
  readonly #points = new Map<UploadId, RecoveryPoint>();
  readonly #liveKeys = new Map<UploadId, readonly string[]>();

  constructor(world: Observed) {
    this.#world = world;
    this.departures = new Departures(world);
    this.contents = new VaultContents(world, (what) => {
      if (!this.#isDisaster) this.violate(what);
    });
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

  count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  /** Errors are refusals with a reason, unless something is broken. */
  judgeError(name: string, end: TaskEnd<unknown>): void {
    if (end.outcome !== 'failed') return;
    const { error } = end;
    if (error instanceof ServiceError && !never.has(error.code)) {
      this.count(error.code);
      return;
    }
    // Between two reads another catalog came into place; whoever hung between them wakes up days later.
    const isNear = this.#isDisaster || this.#world.scheduler.now < this.#disasterEndedAt + longestNap;
    if (isNear && error instanceof ServiceError) return;
    this.violate(`${name} failed: ${describe(error)}`);
  }

  /** The vault with an eye on what lies in it. */
  watchVault(vault: MemoryVault): MemoryVault {
    return this.contents.watch(vault);
  }

  /** From here on the catalog knows nothing, or what was true once: only what lies in the vault can be relied on. */
  beginDisaster(): void {
    const { state } = this.#world;
    const isJournaled = (uploadId: UploadId) => {
      const upload = state.uploads.get(uploadId);
      const stored = upload && state.mounts.get(upload.mountId)?.journal.stored;
      return stored !== undefined && (upload?.journalNumber ?? Number.POSITIVE_INFINITY) <= stored;
    };
    for (const uploadId of this.#liveKeys.keys()) if (!isJournaled(uploadId)) this.#liveKeys.delete(uploadId);
    this.#points.clear();
    this.#changes.length = 0;
    this.#isDisaster = true;
    this.#wasDisaster = true;
  }

  /** Now the catalog says again what is so. */
  endDisaster(): void {
    const { state } = this.#world;
    for (const recoveryPointId of this.#liveKeys.keys()) {
      const point = state.recoveryPoints.get(recoveryPointId);
      if (point === undefined) this.violate(`I12: the rebuild lost point ${recoveryPointId}`);
      this.#liveKeys.delete(recoveryPointId);
    }
    this.#isDisaster = false;
    this.#disasterEndedAt = this.#world.scheduler.now;
    this.#points.clear();
    // Nobody looked when those of the meantime were committed.
    for (const { recoveryPointId, committedAt } of state.recoveryPoints.values()) {
      this.departures.committed(recoveryPointId, Date.parse(committedAt));
    }
    this.check('the rebuild ended');
    this.#changes.length = 0;
  }

  /** I12. */
  async compareWithVault(cause: string): Promise<void> {
    const { state, vault } = this.#world;
    if (this.#isDisaster) return;
    for (const { mountId, journal, diverged } of state.mounts.values()) {
      if (journal.stored < journal.number || diverged !== undefined) continue;
      this.count('catalog and journal compared');
      const inCatalog = await exportMount(createMemoryCatalog(state), mountId);
      const inVault = await exportJournal(vault, mountId);
      if (isDeepStrictEqual(inCatalog, inVault)) continue;
      this.violate(
        `I12 ${cause}: the catalog says ${JSON.stringify(inCatalog)}\nthe journal ${JSON.stringify(inVault)}`,
      );
    }
  }

  /** `cause` says after which call. */
  check(cause: string): void {
    const { state } = this.#world;
    if (!this.#isDisaster) this.#checkCatalog(cause);
    else this.#followJournal();
    for (const [recoveryPointId, keys] of this.#liveKeys) {
      const { present, lost } = this.contents;
      const missing = keys.find((key) => !present.has(key) && !lost.has(key));
      if (missing !== undefined) this.violate(`I1 ${cause}: live point ${recoveryPointId} lacks ${missing}`);
    }
    if (this.#isDisaster) return;
    const violate = (what: string) => this.violate(`${cause}: ${what}`);
    for (const mount of state.mounts.values()) checkMount(state, mount, violate);
    checkPins(state, { arePinsOfClonesVoid: this.#wasDisaster }, violate);
  }

  /** A copy to whose journal nothing is missing goes on rightly: what it deletes by a stored entry is deleted. */
  #followJournal(): void {
    const { state } = this.#world;
    for (const { recoveryPointId, mountId, deletion } of state.recoveryPoints.values()) {
      const mount = state.mounts.get(mountId);
      const number = deletion?.reclaim?.journalNumber;
      if (number === undefined || mount === undefined || mount.diverged !== undefined) continue;
      if (number <= mount.journal.stored) this.#liveKeys.delete(recoveryPointId);
    }
  }

  #checkCatalog(cause: string): void {
    const { state } = this.#world;
    for (const point of state.recoveryPoints.values()) {
      const before = this.#points.get(point.recoveryPointId);
      if (before !== point) this.#pointChanged(before, point, cause);
    }
  }

  #pointChanged(before: RecoveryPoint | undefined, point: RecoveryPoint, cause: string): void {
    const { recoveryPointId, state } = point;
    this.#points.set(recoveryPointId, point);
    this.#changes.push({ before, point });
    const offer = this.offerOf(point);
    if (offer === undefined) {
      this.violate(`I2 ${cause}: point ${recoveryPointId} has a manifest that nobody asked to commit`);
    } else if (isLive(state)) this.#liveKeys.set(recoveryPointId, offer.keys);
    else this.#liveKeys.delete(recoveryPointId);
    if (before === undefined) this.departures.committed(recoveryPointId, this.#world.scheduler.now);
    const wasGoing = before !== undefined && before.state !== 'available';
    const violate = (what: string) => this.violate(`${cause}: ${what}`);
    if (before !== undefined && state === 'pending-deletion' && !wasGoing)
      this.departures.marked(point, violate);
    if (before?.state === 'pending-deletion' && state === 'reclaiming') this.departures.goes(point, violate);
    if (before !== undefined && !isLive(before.state) && isLive(state)) {
      this.violate(`${cause}: point ${recoveryPointId} came back from ${before.state}`);
    }
    if (before !== undefined && before.seq !== point.seq) {
      this.violate(`${cause}: point ${recoveryPointId} has another place in its line`);
    }
  }

  /** What has changed since it was last asked. */
  takeChanges(): readonly PointChange[] {
    return this.#changes.splice(0);
  }

  get isDisaster(): boolean {
    return this.#isDisaster;
  }

  /** Told to a gateway: what comes after must never lose it but by a deletion. */
  acknowledge(uploadId: UploadId): void {
    const { state } = this.#world;
    // A catalog from the past may say what it said then.
    if (this.#isDisaster) return;
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

export const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
