import { parseVaultKey, uploadPrefix } from '../../domain/vault/keys.ts';
import type { StoredObject, Vault } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';

const uploadsAtOnce = 8;

/** How these objects are stored; those that are not there are left out. A list tells of 1,000 at once, without a read of any. */
export async function storageOf(
  vault: Pick<Vault, 'listStorage'>,
  keys: readonly string[],
): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  const ofUploads = [...Map.groupBy([...keys].sort(), prefixOf)];
  await mapAtOnce(ofUploads, uploadsAtOnce, async ([prefix, wanted]) => {
    let at = 0;
    for (let key = wanted[at]; key !== undefined; key = wanted[at]) {
      // Right before the next key that is wanted: what lies between two of them is passed by.
      const { objects, next } = await vault.listStorage({ prefix, after: key.slice(0, -1) });
      const listed = new Map(objects.map((object) => [object.key, object]));
      while (key !== undefined && (next === undefined || key <= next)) {
        const object = listed.get(key);
        if (object !== undefined) found.push(object);
        key = wanted[++at];
      }
    }
  });
  return found;
}

function prefixOf(key: string): string {
  const parsed = parseVaultKey(key);
  if (parsed === undefined || !('uploadId' in parsed)) throw new RangeError(`${key} is of no upload`);
  return uploadPrefix(parsed.mountId, parsed.uploadId);
}
