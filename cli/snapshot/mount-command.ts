import type { ServiceClient } from '../service/client.ts';

/** What to run on an Oracle host. Hard: without Direct NFS Oracle refuses a soft mount (ORA-27054). */
export const mountCommand = ({ host, path }: { readonly host: string; readonly path: string }): string =>
  `mount -t nfs -o rw,bg,hard,nointr,rsize=32768,wsize=32768,tcp,vers=3,timeo=600 ${host}:${path} <mount_directory_here>`;

/** Where a folder of a mount lies, as its store exports it. */
export async function placeOf(
  service: ServiceClient,
  mountId: string,
  folder: string,
): Promise<{ readonly path: string; readonly host: string }> {
  const { name, storeId, storeReport } = await service.call('showMount', { params: { mountId } });
  const { name: host } = await service.call('showStore', { params: { storeId } });
  return { path: `${storeReport?.exportPath ?? `/${name}`}/${folder}`, host };
}
