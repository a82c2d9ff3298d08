import type { MountId, UploadId } from '../../domain/ids.ts';
import type { ListedVersion } from '../../domain/reclaim/deletion-list.ts';
import { uploadsPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredVersion, Vault, VersionMarker } from '../../ports/vault.ts';
import { type ObjectSizes, readLiveObjects } from './live-objects.ts';
import { storeDeletionList } from './stored-list.ts';

/** 200 listings of 1,000 versions take about a minute; a Lambda has 15 for them and the tables. */
const pagesPerCall = 200;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions' | 'head'>;
  readonly clock: Clock;
}

export interface Audit {
  readonly objects: number;
  /** Objects that a live point names and the vault does not have as it was stored: that point cannot be restored whole. */
  readonly damage: readonly string[];
  /** Uploads that the catalog does not know: what lies there is never touched. */
  readonly unknown: readonly string[];
  /** Objects that nothing needs any more: their list, to be carried out. */
  readonly orphans?: { readonly listSha256: string; readonly objects: number; readonly bytes: number };
  /** Where the next call goes on; absent at the end. */
  readonly after?: VersionMarker;
}

/**
 * Holds the vault against every table of a mount: mark and sweep, which checks the rule of neighbours on live data (PROTOCOL
 * 13). Nothing is deleted here. A tombstone's or closed upload's objects that no live point names become a stored list.
 */
export async function auditMount(
  dependencies: Dependencies,
  mountId: MountId,
  from?: VersionMarker,
): Promise<Audit> {
  const { catalog, vault } = dependencies;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  const live = await readLiveObjects(dependencies, mountId, from?.key);
  const owners = new Owners(catalog, mountId);
  const prefix = uploadsPrefix(mountId);
  const suspects: string[] = [];
  const orphans: ListedVersion[] = [];
  let objects = 0;
  // Older versions of its key, the latest first, are not looked at.
  let found: string | undefined;
  let after = from;
  for (let page = 0; page < pagesPerCall; page++) {
    const listed = await vault.listVersions({ prefix, ...(after && { after }) });
    for (const version of listed.versions) {
      objects++;
      if (version.key === found) continue;
      if (isWhole(live, version)) {
        live.delete(version.key);
        found = version.key;
      } else if (live.has(version.key)) suspects.push(version.key);
      else if ((await owners.kindOf(version.key)) === 'ended') orphans.push(version);
    }
    after = listed.next;
    if (after === undefined) break;
  }
  // What was passed by and not found; behind the last page nothing is known yet.
  for (const key of live.keys()) if (after === undefined || key < after.key) suspects.push(key);
  const list =
    orphans.length > 0 &&
    (await storeDeletionList(vault, {
      ...{ mountId, of: { kind: 'orphans' }, madeAt: dependencies.clock.now() },
      ...{
        lineVersion: mount.lineVersion,
        versions: orphans.map(({ key, versionId, sizeBytes }) => ({ key, versionId, sizeBytes })),
      },
    }));
  return {
    objects,
    damage: await confirmDamage(dependencies, mountId, suspects),
    unknown: owners.unknown,
    ...(list && { orphans: { listSha256: list.sha256, objects: list.objects, bytes: list.totalBytes } }),
    ...(after && { after }),
  };
}

/** The newest version of its key, and as long as every table says. Its hash is in the key, and S3 checked it. */
const isWhole = (live: ObjectSizes, { key, isLatest, isDeleteMarker, sizeBytes }: StoredVersion): boolean =>
  isLatest && !isDeleteMarker && live.get(key) === sizeBytes;

/** What a point lost between the tables and the listing, because it was reclaimed meanwhile, is no damage. */
async function confirmDamage(
  dependencies: Dependencies,
  mountId: MountId,
  suspects: readonly string[],
): Promise<string[]> {
  if (suspects.length === 0) return [];
  const live = await readLiveObjects(dependencies, mountId);
  const damage: string[] = [];
  for (const key of new Set(suspects)) {
    if (!live.has(key)) continue;
    const stored = await dependencies.vault.head(key);
    const isAsStored = stored?.sizeBytes === live.get(key) && hashIn(key, stored?.sha256);
    if (!isAsStored) damage.push(key);
  }
  return damage;
}

const hashIn = (key: string, sha256: string | undefined): boolean =>
  sha256 === undefined || key.includes(sha256);

/** Whose objects may be orphans: those of uploads that have ended for good, as the catalog says. */
export class Owners {
  readonly unknown: string[] = [];
  readonly #catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>;
  readonly #mountId: MountId;
  readonly #known = new Map<string, 'ended' | 'other'>();

  constructor(catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>, mountId: MountId) {
    this.#catalog = catalog;
    this.#mountId = mountId;
  }

  async kindOf(key: string): Promise<'ended' | 'other'> {
    const owner = key.slice(uploadsPrefix(this.#mountId).length).split('/')[0] ?? '';
    const known = this.#known.get(owner);
    if (known !== undefined) return known;
    const kind = await this.#find(owner as UploadId);
    this.#known.set(owner, kind);
    return kind;
  }

  async #find(owner: UploadId): Promise<'ended' | 'other'> {
    const upload = await this.#catalog.uploads.find(owner);
    if (upload?.mountId !== this.#mountId) {
      this.unknown.push(owner);
      return 'other';
    }
    if (upload.state === 'closed') return 'ended';
    const point = await this.#catalog.recoveryPoints.find(owner);
    return point?.state === 'tombstone' ? 'ended' : 'other';
  }
}
