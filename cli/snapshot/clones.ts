import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { parseSeconds } from '../restore/watch.ts';

export const addListClones: AddCommand = (snapshot) => {
  snapshot
    .command('listclones')
    .description('the clones of the recovery points of a mount')
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .addOption(jsonOption())
    .action(listClones);
};

export const addDropClone: AddCommand = (snapshot) => {
  snapshot
    .command('dropclone')
    .description('remove a clone, with everything in it')
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .argument('<clone>', 'its name')
    .option('--every <seconds>', 'how often to ask whether it is gone', parseSeconds, 2)
    .action(dropClone);
};

/** `<clone> [<origin snapshot>] [mount point: <path>]` */
export async function listClones(mount: string, { json }: { readonly json?: true } = {}): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { placeOf } = await import('./mount-command.ts');
  const { clonesOf } = await import('./point-line.ts');
  const service = connectService();
  for (const clone of await clonesOf(service, await findMountId(service, mount))) {
    const { recoveryPointId, mountId, targetMountId = mountId } = clone;
    const name = clone.clone?.name ?? '';
    const { path } = await placeOf(service, targetMountId, `clones/${name}`);
    const line = json ? JSON.stringify(clone) : `${name} [${recoveryPointId}] [mount point: ${path}]`;
    process.stdout.write(`${line}\n`);
  }
}

async function dropClone(mount: string, name: string, { every }: { readonly every: number }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { clonesOf } = await import('./point-line.ts');
  const { untilGone } = await import('./until.ts');
  const service = connectService();
  const clones = await clonesOf(service, await findMountId(service, mount));
  const found = clones.find((each) => each.clone?.name === name);
  if (found === undefined)
    throw new Error(`the mount has no clone "${name}": see holdfast snapshot listclones`);
  const params = { restoreId: found.restoreId };
  // One that is not there yet is given up, and its store removes what there is of it.
  await service.call(found.staged === undefined ? 'cancelRestore' : 'dropStagedFiles', { params });
  const { staged } = await untilGone(service, found.restoreId, every);
  if (staged !== undefined && staged.state !== 'removed') {
    throw new Error(`clone ${name} is ${staged.state}: ${staged.reason ?? 'see holdfast restore show'}`);
  }
  process.stdout.write('Clone dropped.\n');
}
