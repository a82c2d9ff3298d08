import { isDeepStrictEqual } from 'node:util';
import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import type { MemoryVault } from '../../shared/adapters/memory/vault.ts';
import { parseExpire } from '../../shared/domain/expire.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { type Hold, isHeldBy } from '../../shared/domain/retention/hold.ts';
import { parsePolicy } from '../../shared/domain/retention/policy.ts';
import { parseVaultKey } from '../../shared/domain/vault/keys.ts';
import { ServiceError } from '../../shared/errors.ts';
import { exportJournal, exportMount } from '../../shared/usecases/catalog-rebuild/export-catalog.ts';
import { checkMount, checkPins } from './catalog-checks.ts';
import type { Scheduler, TaskEnd } from './scheduler.ts';
import type { Files } from './snapshot-content.ts';

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

/** The service's clock and the true time are minutes apart, which is as good as a clock need be. */
export const clockMargin = 10 * 60_000;

/** A gateway hangs for three days at most. */
const longestNap = 4 * 86_400_000;

/** A Lambda that read its clock may come to its transaction so much later. */
const answerMargin = 30 * 60_000;

/** Codes that no interleaving excuses. */
const never: ReadonlySet<string> = new Set(['INTERNAL', 'VAULT_OBJECT_DAMAGED', 'VAULT_FORMAT_UNSUPPORTED']);

/**
 * What must be so, kept apart from what the service believes: what gateways sent, what they were told, what lies in the
 * vault. Checked after every call that changes anything.
 */
export class Truth {
  violation: string | undefined;
  readonly #holds = new Map<string, Hold>();
  readonly #lifting = new Set<string>();
  /** By the true time. */
  readonly #committedAt = new Map<UploadId, number>();
  readonly #markedAt = new Map<UploadId, number>();
  readonly #changes: PointChange[] = [];
  /** What happened how often, by name. */
  readonly counts: Record<string, number> = {};
  readonly acknowledged = new Set<UploadId>();
  /** Keys with an object that can be read. */
  readonly present = new Set<string>();
  #isDisaster = false;
  #wasDisaster = false;
  #disasterEndedAt = Number.NEGATIVE_INFINITY;
  readonly #offers = new Map<string, Offer>();
  readonly #world: Observed;
  readonly #points = new Map<UploadId, RecoveryPoint>();
  readonly #liveKeys = new Map<UploadId, readonly string[]>();

  constructor(world: Observed) {
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
    return {
      ...vault,
      send: async (request) => {
        const answer = await vault.send(request);
        if (request.method === 'PUT' && answer.status === 200) this.#arrived(keyOf(request.url));
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

  #arrived(key: string): void {
    this.present.add(key);
    const parsed = parseVaultKey(key);
    if (parsed === undefined || !('uploadId' in parsed) || this.#isDisaster) return;
    const { uploads, recoveryPoints } = this.#world.state;
    // Nobody would ever look there again, were it not for the audit.
    if (uploads.get(parsed.uploadId)?.state === 'closed') {
      this.violate(`I11: ${key} came after its upload was closed`);
    }
    const point = recoveryPoints.get(parsed.uploadId);
    if (point && !isLive(point.state)) this.violate(`I11: ${key} came when its point was ${point.state}`);
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
      if (!this.#committedAt.has(recoveryPointId))
        this.#committedAt.set(recoveryPointId, Date.parse(committedAt));
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
      const missing = keys.find((key) => !this.present.has(key));
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
    if (before === undefined && !this.#committedAt.has(recoveryPointId)) {
      this.#committedAt.set(recoveryPointId, this.#world.scheduler.now);
    }
    const wasGoing = before !== undefined && before.state !== 'available';
    if (before !== undefined && state === 'pending-deletion' && !wasGoing) this.#pointMarked(point, cause);
    if (before?.state === 'pending-deletion' && state === 'reclaiming') this.#pointGoes(point, cause);
    if (before !== undefined && !isLive(before.state) && isLive(state)) {
      this.violate(`${cause}: point ${recoveryPointId} came back from ${before.state}`);
    }
    if (before !== undefined && before.seq !== point.seq) {
      this.violate(`${cause}: point ${recoveryPointId} has another place in its line`);
    }
  }

  #pointMarked(point: RecoveryPoint, cause: string): void {
    const { recoveryPointId, mountId, deletion } = point;
    const { scheduler, state } = this.#world;
    this.#markedAt.set(recoveryPointId, scheduler.now);
    this.#requireNotHeld(point, cause);
    const mount = state.mounts.get(mountId);
    if (deletion?.because.code !== 'EXPIRED' || mount === undefined) return;
    const expire = parseExpire(point.expire ?? mount.expire);
    const committedAt = this.#committedAt.get(recoveryPointId) ?? 0;
    if (expire === 'never' || scheduler.now < committedAt + expire - clockMargin) {
      this.violate(`I10 ${cause}: ${recoveryPointId} expired before its time`);
    }
  }

  #pointGoes(point: RecoveryPoint, cause: string): void {
    const { recoveryPointId, mountId } = point;
    const { scheduler, state } = this.#world;
    this.#requireNotHeld(point, cause);
    const mount = state.mounts.get(mountId);
    const policy = parsePolicy({ ...mount?.policy, expire: mount?.expire ?? '1d' });
    // The window that was promised when it was marked.
    const markedAt = this.#markedAt.get(recoveryPointId);
    const promised = Date.parse(point.deletion?.reclaimAfter ?? '');
    if (
      scheduler.now < promised - clockMargin ||
      (markedAt !== undefined && promised < markedAt - answerMargin)
    ) {
      this.violate(`I10 ${cause}: ${recoveryPointId} goes before its undo window is over`);
    }
    // Of a mount that is being retired everything goes.
    if (mount?.retirement !== undefined) return;
    const dbids = databasesOf(point);
    const live = [...state.recoveryPoints.values()].filter((each) => isLive(each.state));
    const ofMount = live.filter((each) => each.mountId === mountId).length;
    if (ofMount < policy.floor) this.violate(`I5 ${cause}: ${ofMount} points are left of ${mountId}`);
    for (const dbid of dbids) {
      const having = live.filter((each) => databasesOf(each).includes(dbid)).length;
      if (having < policy.floor) this.violate(`I5 ${cause}: ${having} points are left of database ${dbid}`);
    }
  }

  #requireNotHeld(point: RecoveryPoint, cause: string): void {
    const dbids = databasesOf(point);
    for (const hold of this.#holds.values()) {
      if (isHeldBy(hold, point, dbids)) {
        this.violate(`I3 ${cause}: ${point.recoveryPointId} is ${point.state} under ${hold.holdId}`);
      }
    }
  }

  /** What has changed since it was last asked. */
  takeChanges(): readonly PointChange[] {
    return this.#changes.splice(0);
  }

  /** A hold that its people were told of. */
  placed(hold: Hold): void {
    // Whoever reads the list of holds may lift one before its placer is told of it.
    if (!this.#lifting.has(hold.holdId)) this.#holds.set(hold.holdId, hold);
    this.count('held');
  }

  /** From the moment that somebody asks for it, it need not hold any more. */
  lifting(holdId: string): void {
    this.#lifting.add(holdId);
    this.#holds.delete(holdId);
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

/** As its newest judgement says: the index of databases also has what a map said that was lost with its catalog. */
const databasesOf = ({ judgement }: RecoveryPoint): readonly string[] =>
  judgement?.databases.map(({ dbid }) => dbid) ?? [];

const keyOf = (url: string): string => decodeURI(new URL(url).pathname.slice(1));

export const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
