import { isDeepStrictEqual } from 'node:util';
import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { WrappedDataKey } from '../../domain/vault/encryption/data-key.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import { updateMount } from './update-mount.ts';

/** With 2 kB each at most a fifth of what an item of the catalog may hold; a mount that rotates each year needs one a year. */
const maxDataKeys = 40;

/**
 * Adds a wrapped data key to those of a mount, and to its journal: nobody here can open it, and none is ever changed or
 * removed, for without it points could not be restored. The same again changes nothing. Throws MOUNT_NOT_FOUND and
 * DATA_KEY_CONFLICT.
 */
export function storeDataKey(
  { catalog, clock }: { catalog: Pick<Catalog, 'mounts'>; clock: Clock },
  caller: Caller,
  { mountId, number, ...dataKey }: WrappedDataKey & { readonly mountId: MountId; readonly number: number },
): Promise<Mount> {
  return updateMount(catalog, caller, mountId, async (mount) => {
    const { dataKeys = [] } = mount;
    if (isDeepStrictEqual(dataKeys[number - 1], dataKey)) return undefined;
    requireNext(mount, number, dataKey);
    const next = { ...mount, dataKeys: [...dataKeys, dataKey] };
    const data = { number, dataKey, by: caller.credentialId };
    return { next, event: { at: clock.now(), kind: 'data-key-stored', data } };
  });
}

function requireNext({ mountId, dataKeys = [] }: Mount, number: number, dataKey: WrappedDataKey): void {
  const conflict = (why: string) => new ServiceError('DATA_KEY_CONFLICT', `mount ${mountId} ${why}`);
  if (number !== dataKeys.length + 1) {
    throw conflict(`has ${dataKeys.length} data keys: the next one has the number ${dataKeys.length + 1}`);
  }
  if (dataKeys.length === maxDataKeys)
    throw conflict(`has ${maxDataKeys} wrapped data keys and takes no more`);
  const { generation, firstUploadId } = dataKey;
  const newest = Math.max(0, ...dataKeys.map((known) => known.generation));
  if (generation > newest + 1) throw conflict(`has no data key ${generation - 1} yet`);
  const same = dataKeys.find((known) => known.generation === generation);
  if (same && same.firstUploadId !== firstUploadId)
    throw conflict(`has data key ${generation} since upload ${same.firstUploadId}`);
}
