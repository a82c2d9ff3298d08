import { unknownDatabase } from '../../domain/file-map/file-map.ts';
import { decodeDatabases } from '../../domain/file-map/file-map-json.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';

/** Lets a recorded point be found under each of its databases. Repeats change nothing. */
export async function noteDatabases(
  { catalog, vault }: { catalog: Pick<Catalog, 'databases'>; vault: Pick<Vault, 'read'> },
  point: RecoveryPoint,
): Promise<void> {
  if (point.fileMap?.state !== 'stored') return;
  const { recoveryPointId, mountId, takenAt } = point;
  const { number } = point.fileMap;
  const key = formatVaultKey({ kind: 'file-map', mountId, uploadId: recoveryPointId, number });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const databases = (await decodeDatabases(source, key))
    .filter(({ dbid }) => dbid !== unknownDatabase)
    .map(({ dbid: databaseId, name, uniqueName, platform, version }) => ({
      databaseId,
      ...(name !== undefined && { name }),
      ...(uniqueName !== undefined && { uniqueName }),
      ...(platform !== undefined && { platform }),
      ...(version !== undefined && { version }),
    }));
  await catalog.databases.note({ recoveryPointId, mountId, takenAt }, databases);
}
