import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import { createMemoryVault } from '../../../shared/adapters/memory/vault.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import { isLive, type PointDeletion, type RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { formatVaultKey, uploadsPrefix } from '../../../shared/domain/vault/keys.ts';
import type { PackRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector, manifestPieces } from '../../../shared/domain/vault/manifest-writer.ts';
import { compareRefs } from '../../../shared/domain/vault/pack-ref.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import type { Vault } from '../../../shared/ports/vault.ts';
import {
  type BegunReclaim,
  beginReclaim,
  type DecideAgain,
} from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { type CarriedOut, carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { readTables } from '../../../shared/usecases/reclaim/read-tables.ts';
import { commitChange, createdMount, openedUpload, present } from '../../adapters/support/line.ts';
import { at, sha256 } from '../../adapters/support/rows.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const day = 86_400_000;

/** A point that retention lets go. */
export const letGo: DecideAgain = async () => ({ keep: false, unchanged: [] });

/** A mount in memory whose points name packs without content: what a reclaim looks at, and nothing else. */
export class ReclaimLine {
  readonly clock = createManualClock(at(0));
  readonly catalog: Catalog = createMemoryCatalog();
  readonly vault = createMemoryVault({ clock: this.clock });
  readonly mountId: Mount['mountId'];
  /** The least that a pack has. */
  packBytes = 0;
  #packs = 0;

  private constructor(mountId: Mount['mountId']) {
    this.mountId = mountId;
  }

  /** In memory, or wherever else; then without what only the vault in memory can. */
  static async make(elsewhere: { catalog?: Catalog; vault?: Vault } = {}): Promise<ReclaimLine> {
    const line = Object.assign(new ReclaimLine('' as never), elsewhere);
    const { mountId } = await createdMount(line.catalog);
    return Object.assign(line, { mountId });
  }

  get dependencies() {
    return { catalog: this.catalog, vault: this.vault, clock: this.clock, decideAgain: letGo };
  }

  mount = async (): Promise<Mount> => present(await this.catalog.mounts.find(this.mountId));
  find = async (id: UploadId): Promise<RecoveryPoint> => present(await this.catalog.recoveryPoints.find(id));

  /** Commits a point with `own` packs that goes on naming those of its parent's that `inherits` says. */
  async add(own = 1, inherits: (pack: PackRow) => boolean = () => true): Promise<RecoveryPoint> {
    const parent = await this.head();
    const upload = await openedUpload(this.catalog, await this.mount(), {
      urlUntil: this.clock.now(),
      ...(parent && {
        parent: { uploadId: parent.recoveryPointId, manifestSha256: parent.manifestSha256 },
      }),
    });
    const { uploadId } = upload;
    const inherited = parent ? (await this.packsOf(parent)).filter(inherits) : [];
    const packs = [...inherited];
    for (let number = 1; number <= own; number++) {
      const bytes = Buffer.from(`pack ${++this.#packs}`.padEnd(this.packBytes));
      const pack: PackRow = {
        ...{
          kind: 'pack',
          owner: uploadId,
          number,
          sha256: sha256(String(bytes)),
          storedBytes: bytes.length,
        },
        ...{ tableSha256: sha256('table'), rawBytes: 10, referencedBytes: 10 },
      };
      await this.vault.putOnce(this.keyOf(pack), bytes);
      packs.push(pack);
    }
    const manifest = await this.#manifest(upload, packs);
    this.#tables.set(uploadId, packs);
    for (const kind of ['recovery-point', 'file-map'] as const) {
      const key = formatVaultKey({ kind, mountId: this.mountId, uploadId, number: 1 } as never);
      await this.vault.putOnce(key, Buffer.from(kind));
    }
    const fields = { manifestSha256: manifest.sha256, manifestBytes: manifest.bytes.length };
    await this.catalog.uploads.beginCommit(uploadId, upload.fence, {
      ...{ ...fields, requestedAt: this.clock.now(), attempt: 1 },
    });
    const change = await commitChange(this.catalog, present(await this.catalog.uploads.find(uploadId)));
    const recoveryPoint = {
      ...{ ...change.recoveryPoint, ...fields, expiresAt: at(1) },
      // Of a mount without databases: its calendar and its floor alone rule it.
      totals: { ...change.recoveryPoint.totals, logs: 0 },
    };
    const outcome = await this.catalog.uploads.commit({ ...change, recoveryPoint });
    if (outcome !== 'committed') throw new Error(`the commit answered ${outcome}`);
    return recoveryPoint;
  }

  async #manifest({ uploadId, parent }: Awaited<ReturnType<typeof openedUpload>>, packs: readonly PackRow[]) {
    const entries = new EntryCollector();
    const now = this.clock.now();
    const header = {
      ...{ mountId: this.mountId, uploadId, parent: parent ?? null, snapshot: { name: 'nightly' } },
      clocks: { requestedAt: now, storeAt: now, serviceAt: now },
    };
    const objects = [...packs].sort(compareRefs);
    const rows = Buffer.concat([...manifestPieces({ header, objects, logs: [] }, entries)]);
    // A stream takes ten times as long for so few bytes, and this is done a million times.
    const bytes = zstdCompressSync(rows);
    const manifest = { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
    const key = formatVaultKey({
      kind: 'manifest',
      mountId: this.mountId,
      uploadId,
      sha256: manifest.sha256,
    });
    await this.vault.putOnce(key, manifest.bytes);
    return manifest;
  }

  async head(): Promise<RecoveryPoint | undefined> {
    const { headId } = await this.mount();
    return headId && (await this.find(headId));
  }

  keyOf({ owner: uploadId, number, sha256: hash }: PackRow): string {
    return formatVaultKey({ kind: 'pack', mountId: this.mountId, uploadId, number, sha256: hash });
  }

  #tables = new Map<string, readonly PackRow[]>();
  async packsOf(point: RecoveryPoint): Promise<readonly PackRow[]> {
    const known = this.#tables.get(point.recoveryPointId);
    if (known) return known;
    const packs: PackRow[] = [];
    for await (const { kind, key, sizeBytes } of readTables(this.vault, point)) {
      if (kind !== 'pack') continue;
      const [, owner, number, hash] = /uploads\/([^/]+)\/packs\/(\d+)-(\w+)$/.exec(key) ?? [];
      packs.push({
        ...{ kind, owner: owner as UploadId, number: Number(number), sha256: hash ?? '' },
        ...{ storedBytes: sizeBytes, tableSha256: sha256('table'), rawBytes: 10, referencedBytes: 10 },
      });
    }
    this.#tables.set(point.recoveryPointId, packs);
    return packs;
  }

  /** available → pending, its time over three days later. */
  async mark({ recoveryPointId }: RecoveryPoint): Promise<void> {
    const mount = await this.mount();
    const markedAt = this.clock.now();
    const deletion: PointDeletion = {
      ...{ markedAt, reclaimAfter: addMillis(markedAt, 3 * day), planSha256: sha256('plan') },
      because: { code: 'EXPIRED', text: 'its expire has passed' } as never,
    };
    const event = { at: markedAt, kind: 'recovery-point-pending', data: { recoveryPointId, deletion } };
    const entry = nextJournalEntry(mount.mountId, mount.journal, event);
    const change = { deletion, expiries: [], unchanged: [], entry };
    const outcome = await this.catalog.recoveryPoints.markForDeletion(mount, recoveryPointId, change);
    if (outcome !== 'changed') throw new Error(`the mark answered ${outcome}`);
  }

  async undelete({ recoveryPointId }: RecoveryPoint): Promise<'changed' | 'conflict'> {
    const mount = await this.mount();
    const now = this.clock.now();
    const event = { at: now, kind: 'recovery-point-undeleted', data: { recoveryPointId } };
    const entry = nextJournalEntry(mount.mountId, mount.journal, event);
    return this.catalog.recoveryPoints.undelete(mount, recoveryPointId, { dueAt: now, entry });
  }

  begin({ recoveryPointId }: RecoveryPoint, decideAgain = letGo): Promise<BegunReclaim> {
    return beginReclaim({ ...this.dependencies, decideAgain }, recoveryPointId);
  }

  carryOut({ recoveryPointId }: RecoveryPoint): Promise<CarriedOut> {
    return carryOutReclaim(this.dependencies, recoveryPointId);
  }

  /** From the mark to the tombstone. */
  async reclaim(...points: readonly RecoveryPoint[]): Promise<void> {
    for (const point of points) await this.mark(point);
    this.clock.advance(3 * day + 1000);
    for (const point of points) {
      await this.begin(point);
      await this.carryOut(point);
    }
  }

  /** Keys under the uploads of the mount. */
  async keys(): Promise<string[]> {
    const prefix = uploadsPrefix(this.mountId);
    const { versions } = await this.vault.listVersions({ prefix });
    return versions.map(({ key }) => key.slice(prefix.length));
  }

  /** All that live points name, by reading every table: what a full mark and sweep would keep, without what only the point has. */
  async marked(): Promise<Set<string>> {
    const { items } = await this.catalog.recoveryPoints.list({ mountId: this.mountId }, { limit: 1000 });
    const keys = new Set<string>();
    const prefix = uploadsPrefix(this.mountId).length;
    for (const point of items.filter(({ state }) => isLive(state))) {
      const { recoveryPointId, manifestSha256 } = point;
      for (const pack of await this.packsOf(point)) keys.add(this.keyOf(pack).slice(prefix));
      keys.add(`${recoveryPointId}/manifest-${manifestSha256}.zst`);
      keys.add(`${recoveryPointId}/recovery-point.json`);
      keys.add(`${recoveryPointId}/file-map-00000001.json.zst`);
    }
    return keys;
  }

  hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
}
