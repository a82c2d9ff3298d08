import type { CallInput } from '../../shared/contracts/calls.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import type { RestoreOwners, RestorePath } from '../../shared/domain/restore.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';
import { parseOwners } from './owner-map.ts';

export const addStart: AddCommand = (restore) => {
  restore
    .command('start')
    .description('stage a recovery point, or some of its files, back to its mount or to others')
    .argument('<point>', 'the recovery point')
    .option('-p, --path <path>', 'a file, or a folder with all below it; may be repeated', addPath, [])
    .option('--path-base64 <path>', 'the same, for a path that is not UTF-8', addBase64, [])
    .option('--owner <map>', 'whom files belong to: UID:GID, or uid:FROM=TO,gid:FROM=TO', parseOwners)
    .option(
      '--to <mount>',
      'another mount: its id or name, or STORE/MOUNT; repeated, a restore to each of them',
      addMount,
      [],
    )
    .option('-w, --watch', 'follow it to its end, as restore watch does')
    .addOption(jsonOption())
    .action(startRestore);
};

interface StartOptions {
  readonly path: readonly RestorePath[];
  readonly pathBase64: readonly RestorePath[];
  readonly owner?: RestoreOwners;
  readonly to: readonly string[];
  readonly watch?: true;
  readonly json?: true;
}

const addPath = (path: string, before: readonly RestorePath[]): RestorePath[] => [...before, { path }];
const addBase64 = (pathBase64: string, before: readonly RestorePath[]): RestorePath[] => [
  ...before,
  { pathBase64 },
];

const addMount = (mount: string, before: readonly string[]): string[] => [...before, mount];

async function startRestore(recoveryPointId: string, options: StartOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const service = connectService();
  const paths = [...options.path, ...options.pathBase64];
  const body = { ...(paths.length > 0 && { paths }), ...(options.owner && { owners: options.owner }) };
  const targetMountIds = await findMountIds(service, options.to);
  const restores =
    targetMountIds.length > 1
      ? (await service.call('createRestores', { body: { ...body, recoveryPointId, targetMountIds } })).items
      : [await orderOne(service, recoveryPointId, body, targetMountIds[0])];
  for (const { restoreId, ...restore } of restores) {
    const text = options.watch
      ? `${restoreId} is ordered`
      : `${restoreId} is ordered; follow it with: holdfast restore watch ${restoreId}`;
    if (!(options.watch && options.json))
      process.stdout.write(`${options.json ? JSON.stringify({ restoreId, ...restore }) : text}\n`);
  }
  if (!options.watch) return;
  const { watchRestore } = await import('./watch.ts');
  // One after the other: they are carried out at the same time, and the worst end is what counts.
  let worst = 0;
  for (const { restoreId } of restores) {
    await watchRestore(service, restoreId, { everySeconds: 5, json: options.json });
    worst = worseOf(worst, Number(process.exitCode));
  }
  process.exitCode = worst;
}

/** 1 (failed) is worse than 3 (files left out), which is worse than 0. */
const worseOf = (one: number, other: number): number =>
  [1, 3].find((code) => [one, other].includes(code)) ?? 0;

async function findMountIds(service: ServiceClient, mounts: readonly string[]): Promise<MountId[]> {
  const { findMountId } = await import('../service/find-mount.ts');
  return Promise.all(mounts.map((mount) => findMountId(service, mount)));
}

const orderOne = (
  service: ServiceClient,
  recoveryPointId: string,
  body: CallInput<'createRestore'>['body'],
  targetMountId: MountId | undefined,
) =>
  service.call('createRestore', {
    params: { recoveryPointId },
    body: targetMountId === undefined ? body : { ...body, targetMountId },
  });
