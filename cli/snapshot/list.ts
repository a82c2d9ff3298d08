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
export async function listSnapshots(mount: string, { json }: { readonly json?: true } = {}): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { clonesOf, labelOf, pointsOf } = await import('./point-line.ts');
  const service = connectService();
  const mountId = await findMountId(service, mount);
  const clones = await clonesOf(service, mountId);
  for await (const point of pointsOf(service, mountId)) {
    const { recoveryPointId, totals } = point;
    const count = clones.filter((clone) => clone.recoveryPointId === recoveryPointId).length;
    const sizes = `total=${inUnits(totals.bytes)} unique=${inUnits(totals.ownStoredBytes)}`;
    const line = json
      ? JSON.stringify({ ...point, clones: count })
      : `${labelOf(point)} ${sizes} clones=${count}`;
    process.stdout.write(`${line}\n`);
  }
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** In the largest unit of 1024 steps that is not more than it, rounded to an integer. */
function inUnits(bytes: number): string {
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${Math.round(bytes / 1024 ** step)}${units[step]}`;
}
