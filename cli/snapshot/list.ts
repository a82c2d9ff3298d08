import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addList: AddCommand = (snapshot) => {
  snapshot
    .command('list')
    .description('the recovery points of a mount, oldest first')
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .addOption(jsonOption())
    .action(listSnapshots);
};

/** `<id> [<creation> UTC] total=<n><unit> unique=<n><unit> clones=<n>`: monitoring reads these lines. */
async function listSnapshots(mount: string, { json }: { readonly json?: true }): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const service = connectService();
  const mountId = await findMountId(service, mount);
  const pages = (query: { cursor?: string }) =>
    service.call('listRecoveryPoints', { query: { mountId, order: 'oldest-first', ...query } });
  for await (const point of rowsOf(pages)) {
    const { recoveryPointId, takenAt, totals } = point;
    const line = json
      ? JSON.stringify(point)
      : `${recoveryPointId} [${takenAt.slice(0, 19).replace('T', ' ')} UTC] total=${inUnits(totals.bytes)} unique=${inUnits(totals.ownStoredBytes)} clones=0`;
    process.stdout.write(`${line}\n`);
  }
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** In the largest unit of 1024 steps that is not more than it, rounded to an integer. */
function inUnits(bytes: number): string {
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${Math.round(bytes / 1024 ** step)}${units[step]}`;
}
