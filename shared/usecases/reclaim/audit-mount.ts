import { createHash } from 'node:crypto';
import type { DamageKind } from '../../domain/damage.ts';
import type { MountId } from '../../domain/ids.ts';
import type { ListedVersion } from '../../domain/reclaim/deletion-list.ts';
import { isLive } from '../../domain/recovery-point.ts';
import { uploadsPrefix } from '../../domain/vault/keys.ts';
import { hasCode, ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredVersion, Vault, VersionMarker } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { type ObjectSizes, readLiveObjects } from './live-objects.ts';
import { noteDamage } from './note-damage.ts';
import { Owners } from './owners.ts';
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
  /** Objects that a live point names and the vault does not have as it was stored: that point cannot be restored whole, and says so. */
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
 * 13). Nothing is deleted here. A tombstone's or closed upload's objects that no live point names become a stored list. What is
 * missing or wrong is noted at every point that names it, and what is whole again is taken off.
 */
export async function auditMount(
  dependencies: Dependencies,
  mountId: MountId,
  from?: VersionMarker,
): Promise<Audit> {
  const { catalog, vault } = dependencies;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  const damaged = new Map<string, DamageKind>();
  const live = await readLiveObjects(dependencies, mountId, {
    ...(from && { after: from.key }),
    onLost: ({ key, found }) => damaged.set(key, found),
  });
  const hasAllTables = damaged.size === 0;
  const doubtful = await doubtfulKeys(catalog, mountId);
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
        if (doubtful.has(version.key)) suspects.push(version.key);
      } else if (live.has(version.key)) suspects.push(version.key);
      // Without all tables nobody knows what is needed.
      else if (hasAllTables && (await owners.kindOf(version.key)) === 'ended') orphans.push(version);
    }
    after = listed.next;
    if (after === undefined) break;
  }
  // What was passed by and not found; behind the last page nothing is known yet.
  for (const key of live.keys()) if (after === undefined || key < after.key) suspects.push(key);
  for (const [key, kind] of await confirmDamage(dependencies, { mountId, suspects, doubtful })) {
    damaged.set(key, kind);
  }
  const hasSeen = (key: string) =>
    (from === undefined || key > from.key) && (after === undefined || key <= after.key);
  await noteDamage(dependencies, mountId, { damaged, hasSeen });
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
    damage: [...damaged.keys()],
    unknown: owners.unknown,
    ...(list && { orphans: { listSha256: list.sha256, objects: list.objects, bytes: list.totalBytes } }),
    ...(after && { after }),
  };
}

/** The newest version of its key, and as long as every table says. Its hash is in the key, and S3 checked it. */
const isWhole = (live: ObjectSizes, { key, isLatest, isDeleteMarker, sizeBytes }: StoredVersion): boolean =>
  isLatest && !isDeleteMarker && live.get(key) === sizeBytes;

/** Of which a listing does not tell whether they are whole: somebody has read other bytes. */
async function doubtfulKeys(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  mountId: MountId,
): Promise<ReadonlySet<string>> {
  const line = await listAll((page) => catalog.recoveryPoints.line({ mountId }, page));
  const named = line.flatMap(({ point }) => (isLive(point.state) ? (point.damage?.named ?? []) : []));
  return new Set(named.flatMap(({ key, found }) => (found === 'missing' ? [] : [key])));
}

/** What a point lost between the tables and the listing, because it was reclaimed meanwhile, is no damage. */
async function confirmDamage(
  dependencies: Dependencies,
  {
    mountId,
    suspects,
    doubtful,
  }: {
    readonly mountId: MountId;
    readonly suspects: readonly string[];
    readonly doubtful: ReadonlySet<string>;
  },
): Promise<ReadonlyMap<string, DamageKind>> {
  const damage = new Map<string, DamageKind>();
  if (suspects.length === 0) return damage;
  const live = await readLiveObjects(dependencies, mountId, { onLost: () => {} });
  for (const key of new Set(suspects)) {
    const sizeBytes = live.get(key);
    if (sizeBytes === undefined) continue;
    const stored = await dependencies.vault.head(key);
    if (stored?.sizeBytes !== sizeBytes) damage.set(key, 'missing');
    else if (stored.sha256 !== undefined && !key.includes(stored.sha256)) damage.set(key, 'changed');
    else if (doubtful.has(key)) {
      const found = await readAgain(dependencies.vault, key);
      if (found !== undefined) damage.set(key, found);
    }
  }
  return damage;
}

/** Every object that a table names has the hash of its bytes in its key. Of one that is archived nobody can say more than before. */
async function readAgain(vault: Pick<Vault, 'read'>, key: string): Promise<DamageKind | undefined> {
  try {
    const source = await vault.read(key);
    if (source === undefined) return 'missing';
    const hash = createHash('sha256');
    for await (const chunk of source) hash.update(chunk);
    return key.includes(hash.digest('hex')) ? undefined : 'changed';
  } catch (error) {
    if (hasCode(error, 'VAULT_OBJECT_FROZEN')) return 'reported';
    throw error;
  }
}
