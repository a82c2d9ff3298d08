import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { MountId } from '../../shared/domain/ids.ts';
import { isMissing } from '../file-errors.ts';
import { runZfs } from './zfs-command.ts';

/** A dataset as far as the gateway has to do with it. */
interface Dataset {
  readonly name: string;
  readonly mountpoint: string;
  readonly isMounted: boolean;
  readonly isReadOnly: boolean;
  /** The mount that it was made for; undefined when it carries no such property. */
  readonly mountId: string | undefined;
}

/** User property that ties a dataset to its mount; whoever changes it makes the mount inconsistent. */
const mountProperty = 'holdfast:mount';

/** No space, no leading hyphen, no `@`: what could be taken for an option or a snapshot is not used. */
const datasetName = /^[A-Za-z0-9][\w.:-]*(?:\/[A-Za-z0-9][\w.:-]*)*$/u;
/** ZFS takes 255 characters with the name of a snapshot, which takes 36 of ours. */
const maxNameLength = 200;

/** The dataset that the path lies in: `zfs list` takes paths, and answers for the file system that holds them. */
async function findDataset(path: string): Promise<Dataset> {
  const columns = ['name', 'mountpoint', 'mounted', 'readonly', mountProperty];
  const rows = await runZfs('list', '-Hp', '-t', 'filesystem', '-o', columns.join(','), path);
  const [name = '', mountpoint = '', mounted, readOnly, mountId] = rows[0] ?? [];
  return {
    name: checkName(name),
    mountpoint,
    isMounted: mounted === 'yes',
    isReadOnly: readOnly === 'on',
    mountId: mountId === '-' ? undefined : mountId,
  };
}

/** The mount's own dataset. Throws when its root is only a folder of another one. */
export async function requireDataset(root: string): Promise<Dataset> {
  const dataset = await findDataset(root);
  if (dataset.mountpoint === root) return dataset;
  throw new Error(
    `${root} is a folder of the dataset ${dataset.name}, not a dataset of its own: mount its dataset there, or set ` +
      'snapshots to "reflink" or "read-in-place"',
  );
}

/** Makes the dataset of a mount below that of its parent folder, or takes over the one that stands there. */
export async function prepareDataset(root: string, mountId: MountId): Promise<void> {
  // Over a folder with files ZFS would mount all the same and hide them: only an own dataset may hold any.
  if (await isMissingOrEmpty(root)) {
    const parent = await requireDataset(dirname(root));
    if ((await findOwn(root)) === undefined) {
      await runZfs(
        'create',
        '-o',
        `${mountProperty}=${mountId}`,
        checkName(`${parent.name}/${basename(root)}`),
      );
    }
  }
  const { name, mountId: owner } = await requireDataset(root);
  if (owner === undefined) await runZfs('set', `${mountProperty}=${mountId}`, name);
  else if (owner !== mountId)
    throw new Error(`the dataset ${name} belongs to the mount ${owner}: move it away`);
}

/**
 * Makes the dataset nobody's. It is not destroyed: an administrator may have made it, and `zfs destroy` asks nobody
 * whether it is empty.
 */
export async function disownDataset(root: string, mountId: MountId): Promise<void> {
  const own = await findOwn(root);
  if (own?.mountId === mountId) await runZfs('inherit', mountProperty, own.name);
}

/** Why the dataset is not as prepareDataset left it, or undefined. */
export async function findDatasetProblem(root: string, mountId: MountId): Promise<string | undefined> {
  try {
    const { name, isMounted, isReadOnly, mountId: owner } = await requireDataset(root);
    if (owner !== mountId)
      return `the property ${mountProperty} of ${name} is ${owner ?? 'gone'}, not ${mountId}`;
    if (isReadOnly) return `the dataset ${name} was set to readonly`;
    return isMounted ? undefined : `the dataset ${name} is not mounted`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function isMissingOrEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (isMissing(error)) return true;
    throw error;
  }
}

async function findOwn(root: string): Promise<Dataset | undefined> {
  const found = await findDataset(root).catch(() => undefined);
  return found?.mountpoint === root ? found : undefined;
}

function checkName(name: string): string {
  if (datasetName.test(name) && name.length <= maxNameLength) return name;
  throw new Error(
    `the dataset ${JSON.stringify(name)} cannot be used: names of at most ${maxNameLength} letters, digits, "_", "-", ` +
      '".", ":" and "/" can, each part beginning with a letter or digit',
  );
}
