import type { RestoreOwners, RestorePath } from '../../shared/domain/restore.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { parseOwners } from './owner-map.ts';

export const addStart: AddCommand = (restore) => {
  restore
    .command('start')
    .description('stage a recovery point, or some of its files, back to its mount')
    .argument('<point>', 'the recovery point')
    .option('-p, --path <path>', 'a file, or a folder with all below it; may be repeated', addPath, [])
    .option('--path-base64 <path>', 'the same, for a path that is not UTF-8', addBase64, [])
    .option('--owner <map>', 'whom files belong to: UID:GID, or uid:FROM=TO,gid:FROM=TO', parseOwners)
    .option('-w, --watch', 'follow it to its end, as restore watch does')
    .addOption(jsonOption())
    .action(startRestore);
};

interface StartOptions {
  readonly path: readonly RestorePath[];
  readonly pathBase64: readonly RestorePath[];
  readonly owner?: RestoreOwners;
  readonly watch?: true;
  readonly json?: true;
}

const addPath = (path: string, before: readonly RestorePath[]): RestorePath[] => [...before, { path }];
const addBase64 = (pathBase64: string, before: readonly RestorePath[]): RestorePath[] => [
  ...before,
  { pathBase64 },
];

async function startRestore(recoveryPointId: string, options: StartOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const service = connectService();
  const paths = [...options.path, ...options.pathBase64];
  const body = { ...(paths.length > 0 && { paths }), ...(options.owner && { owners: options.owner }) };
  const restore = await service.call('createRestore', { params: { recoveryPointId }, body });
  if (options.watch) {
    const { watchRestore } = await import('./watch.ts');
    if (!options.json) process.stdout.write(`${restore.restoreId} is ordered\n`);
    return watchRestore(service, restore.restoreId, { everySeconds: 5, json: options.json });
  }
  const line = options.json
    ? JSON.stringify(restore)
    : `${restore.restoreId} is ordered; follow it with: holdfast restore watch ${restore.restoreId}`;
  process.stdout.write(`${line}\n`);
}
