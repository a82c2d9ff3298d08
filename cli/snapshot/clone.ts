import type { AddCommand } from '../add-command.ts';
import { parseSeconds } from '../restore/watch.ts';
import type { ServiceClient } from '../service/client.ts';
import { type ListedPoint, stampOf } from './point-line.ts';

export const addClone: AddCommand = (snapshot) => {
  snapshot
    .command('clone')
    .description('make a named, writable folder of a recovery point, and print how to mount it')
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .argument(
      '<snapshot>',
      'the recovery point: its id as snapshot list shows it, or the name of its snapshot',
    )
    .option('--name <clone>', 'its name; otherwise one made of the id and the time')
    .option('--lease <time>', 'how long it stays, such as "14d"; 7 days otherwise')
    .option('--every <seconds>', 'how often to ask whether it is there', parseSeconds, 5)
    .action(cloneSnapshot);
};

interface CloneOptions {
  readonly name?: string;
  readonly lease?: string;
  readonly every: number;
}

async function cloneSnapshot(mount: string, snapshot: string, options: CloneOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { mountCommand, placeOf } = await import('./mount-command.ts');
  const { untilEnded } = await import('./until.ts');
  const service = connectService();
  const mountId = await findMountId(service, mount);
  const { recoveryPointId, takenAt } = await findPoint(service, mountId, snapshot);
  const name = options.name ?? `${recoveryPointId}_clone_${stampOf(takenAt)}`;
  const { restoreId } = await service.call('createClone', {
    params: { recoveryPointId },
    body: { name, ...(options.lease !== undefined && { lease: options.lease }) },
  });
  const clone = await untilEnded(service, restoreId, options.every);
  if (clone.state !== 'completed')
    throw new Error(
      `clone ${name} (${restoreId}) is ${clone.state}: ${clone.reason ?? 'see holdfast restore show'}`,
    );
  const place = await placeOf(service, mountId, `clones/${name}`);
  const lines = [
    'Clone created.',
    `Clone name: ${name}`,
    `Mount point: ${place.path}`,
    'Mount command (execute as root and replace zfs ip address and mount directory):',
    mountCommand(place),
  ];
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

async function findPoint(service: ServiceClient, mountId: string, snapshot: string): Promise<ListedPoint> {
  const { pointsOf } = await import('./point-line.ts');
  for await (const point of pointsOf(service, mountId)) {
    const names = [point.recoveryPointId, point.snapName];
    // As `snapshot create` has called it.
    if (names.includes(snapshot) || snapshot.endsWith(`-${stampOf(point.takenAt)}`)) return point;
  }
  throw new Error(`the mount has no snapshot "${snapshot}": see holdfast snapshot list`);
}
