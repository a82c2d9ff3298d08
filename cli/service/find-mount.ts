import type { MountId } from '../../shared/domain/ids.ts';
import { idPatterns } from '../../shared/domain/ids.ts';
import { rowsOf, type ServiceClient } from './client.ts';

/**
 * The mount that people mean: by its id, by its name, or by `STORE/NAME` where several stores have one of the name; STORE is
 * the id or the name of a store. Throws an Error that lists what there is.
 */
export async function findMountId(service: ServiceClient, text: string): Promise<MountId> {
  if (idPatterns.mount.test(text)) return text as MountId;
  const [name = '', store] = text.split('/').reverse();
  const named: { readonly mountId: MountId; readonly storeId: string }[] = [];
  for await (const mount of rowsOf((query) => service.call('listMounts', { query }))) {
    if (mount.name === name) named.push(mount);
  }
  const found = store === undefined ? named : await ofStore(service, named, store);
  const [mount, ...others] = found;
  if (mount === undefined) throw new Error(`there is no mount "${text}"`);
  if (others.length > 0) {
    const ids = found.map(({ mountId, storeId }) => `${mountId} on ${storeId}`).join(', ');
    throw new Error(`several mounts are called "${text}": name one by its id (${ids}) or as STORE/MOUNT`);
  }
  return mount.mountId;
}

async function ofStore<M extends { readonly storeId: string }>(
  service: ServiceClient,
  mounts: readonly M[],
  store: string,
): Promise<M[]> {
  const ids = new Set([store]);
  for await (const each of rowsOf((query) => service.call('listStores', { query }))) {
    if (each.name === store) ids.add(each.storeId);
  }
  return mounts.filter(({ storeId }) => ids.has(storeId));
}
