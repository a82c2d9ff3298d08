import type { ServiceClient } from '../service/client.ts';
import { findMountId } from '../service/find-mount.ts';

/** An instance by its id: `mnt-…`, or `sto-….NAME` for a database; or by the name of a mount, as STORE/MOUNT where it is not the only one. */
export const findInstanceId = async (service: ServiceClient, text: string): Promise<string> =>
  /^sto-[0-9A-Z]{26}\..+$/.test(text) ? text : findMountId(service, text);
