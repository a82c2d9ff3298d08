import { filesOfDatabase } from '../../domain/file-map/list-files.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { DamageAlternative, Restore, RestoreDamage } from '../../domain/restore.ts';
import { formatVaultKey, parseVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { readMap, unlessLost } from '../databases/stored-maps.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** Points looked at on each side, nearest first: packs damaged at one place are seldom needed for longer. */
const pointsEachSide = 10;

/** Says of damage which databases it costs, and which other point has none of it. */
export async function explainDamage(
  dependencies: Dependencies,
  { recoveryPointId }: Restore,
  damage: RestoreDamage,
): Promise<RestoreDamage> {
  const point = await dependencies.catalog.recoveryPoints.find(recoveryPointId);
  if (point === undefined) return damage;
  const databases = await databasesHit(dependencies, point, damage);
  const alternative = await findAlternative(dependencies, point, damage);
  return { ...damage, ...(databases && { databases }), alternative };
}

/** Undefined where the point has no map that can be read: what is damaged may be that as well. */
async function databasesHit(
  { vault }: Dependencies,
  point: RecoveryPoint,
  { files }: RestoreDamage,
): Promise<RestoreDamage['databases']> {
  if (point.fileMap?.state !== 'stored') return undefined;
  const { number } = point.fileMap;
  const map = await unlessLost(() => readMap(vault, { ...point, number }));
  if (map === undefined) return undefined;
  // A path that is not UTF-8 stands in no log.
  const damaged = new Set(files.flatMap((file) => ('path' in file ? [file.path] : [])));
  const dbids = new Set([
    ...map.databases.map(({ dbid }) => dbid),
    ...map.inferred.flatMap(({ dbid }) => (dbid === undefined ? [] : [dbid])),
  ]);
  return [...dbids].flatMap((dbid) => {
    const paths = new Set([...filesOfDatabase(map, dbid)].map(({ path }) => path));
    const hit = [...damaged].filter((path) => paths.has(path)).length;
    return hit === 0 ? [] : [{ dbid, files: hit }];
  });
}

async function findAlternative(
  dependencies: Dependencies,
  point: RecoveryPoint,
  { objects, objectsDamaged }: RestoreDamage,
): Promise<DamageAlternative> {
  if (objects.length < objectsDamaged) {
    return { outcome: 'unknown', reason: `${objectsDamaged} objects are damaged, too many to compare` };
  }
  const damaged = new Set(objects.flatMap(refsOf));
  if (damaged.size === 0) return { outcome: 'unknown', reason: 'the damage names no pack and no map' };
  const near = await nearestPoints(dependencies, point);
  for (const candidate of near) {
    const needed = await unlessLost(() => objectsOf(dependencies, candidate));
    if (needed === undefined || needed.some((ref) => damaged.has(ref))) continue;
    const { recoveryPointId, takenAt } = candidate;
    return { outcome: 'found', recoveryPointId, takenAt };
  }
  return { outcome: 'none', reason: `the ${near.length} nearest points need what is damaged, too` };
}

async function nearestPoints(
  { catalog }: Dependencies,
  { recoveryPointId, mountId, takenAt }: RecoveryPoint,
): Promise<RecoveryPoint[]> {
  const page = { limit: pointsEachSide + 1 };
  const before = { mountId, takenBefore: takenAt, order: 'newest-first' } as const;
  const after = { mountId, takenFrom: takenAt, order: 'oldest-first' } as const;
  const sides = await Promise.all([before, after].map((side) => catalog.recoveryPoints.list(side, page)));
  const distance = (point: RecoveryPoint) => Math.abs(Date.parse(point.takenAt) - Date.parse(takenAt));
  return sides
    .flatMap(({ items }) => items)
    .filter((point) => point.recoveryPointId !== recoveryPointId && point.state === 'available')
    .sort((one, other) => distance(one) - distance(other));
}

async function objectsOf(
  { vault }: Dependencies,
  { mountId, recoveryPointId, manifestSha256 }: RecoveryPoint,
): Promise<string[]> {
  const key = formatVaultKey({
    kind: 'manifest',
    mountId,
    uploadId: recoveryPointId,
    sha256: manifestSha256,
  });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const { objects } = await readManifestHead(source, key);
  return objects.map((object) => `${object.kind} ${refKey(object)}`);
}

/** Damage names an object, or a place in one. */
function refsOf(object: string): string[] {
  const key = parseVaultKey(object.split(' ')[0] ?? '');
  if (key?.kind !== 'pack' && key?.kind !== 'map') return [];
  return [`${key.kind} ${refKey({ owner: key.uploadId, number: key.number })}`];
}
