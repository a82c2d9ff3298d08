import { setTimeout as wait } from 'node:timers/promises';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { AddCommand } from '../add-command.ts';
import { parseSeconds } from '../restore/watch.ts';
import type { ServiceClient } from '../service/client.ts';
import { stampOf } from './point-line.ts';

export const addCreate: AddCommand = (snapshot) => {
  snapshot
    .command('create')
    .description(
      'freeze what lies in a mount now and upload it, without a backup; returns when it is a recovery point',
    )
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .option('--every <seconds>', 'how often to ask whether it is there', parseSeconds, 5)
    .action(createSnapshot);
};

/** `Snapshot created: <mount>-YYYYMMDDTHHMMSS`, the time in UTC. */
export async function createSnapshot(
  mount: string,
  { every = 5 }: { readonly every?: number } = {},
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const service = connectService();
  const mountId = await findMountId(service, mount);
  const { name } = await service.call('showMount', { params: { mountId } });
  const { commandId } = await service.call('orderSnapshot', { params: { mountId } });
  const { state, code, reason, takenAt } = await untilDone(service, { mountId, commandId }, every);
  if (state !== 'completed' || takenAt === undefined) {
    throw new Error(
      `the snapshot of ${name} is not taken: ${code ?? state}: ${reason ?? 'no reason was given'}`,
    );
  }
  process.stdout.write(`Snapshot created: ${name}-${stampOf(takenAt)}\n`);
}

/** Until it is a recovery point, or never will be. An upload has its own deadlines; the mount shows how it goes. */
async function untilDone(
  service: ServiceClient,
  params: { readonly mountId: string; readonly commandId: string },
  everySeconds: number,
): Promise<CallAnswer<'showSnapshotOrder'>> {
  for (;;) {
    const order = await service.call('showSnapshotOrder', { params });
    if (order.state === 'completed' || order.state === 'failed') return order;
    await wait(everySeconds * 1000);
  }
}
