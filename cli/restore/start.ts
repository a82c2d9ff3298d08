import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import type { RestoreOwners } from '../../shared/domain/restore.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';
import { parseOwners } from './owner-map.ts';
import { addWishOptions, needsPlan, thawOf, type WishOptions } from './wish.ts';

export const addStart: AddCommand = (restore) => {
  addWishOptions(
    restore
      .command('start')
      .description(
        'stage a recovery point, or what of it restores a database, back to its mount or to others; on a terminal it shows its plan and asks; exits with 4 when what is chosen may not be enough, 5 when it is not confirmed',
      )
      .argument('[point]', 'the recovery point; without it that of --database or --mount'),
  )
    .option('--owner <map>', 'whom files belong to: UID:GID, or uid:FROM=TO,gid:FROM=TO', parseOwners)
    .option(
      '--to <mount>',
      'another mount: its id or name, or STORE/MOUNT; repeated, a restore to each of them',
      addMount,
      [],
    )
    .option('--lease <time>', 'how long the files stay once they are there, such as "3d"; 7 days otherwise')
    .option('-y, --yes', 'order it without asking')
    .option('--accept-doubt', 'order it although what is chosen is not enough, or may not be')
    .option('-w, --watch', 'follow it to its end, as restore watch does')
    .addOption(jsonOption())
    .action(startRestore);
};

interface StartOptions extends WishOptions {
  readonly owner?: RestoreOwners;
  readonly to: readonly string[];
  readonly lease?: string;
  readonly yes?: true;
  readonly acceptDoubt?: true;
  readonly watch?: true;
  readonly json?: true;
}

const addMount = (mount: string, before: readonly string[]): string[] => [...before, mount];

async function startRestore(point: string | undefined, options: StartOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { isSomebodyThere } = await import('./asker.ts');
  const service = connectService();
  const targetMountIds = await findMountIds(service, options.to);
  const asks = isSomebodyThere() && !options.yes && !options.json;
  const order =
    point !== undefined && !needsPlan(point, options) && !asks
      ? { recoveryPointId: point, ...pathsOf(options) }
      : await planAndConfirm(service, point, options, { targetMountIds, asks });
  if (order === undefined) return;
  const { orderAt } = await import('./order.ts');
  const restores = await orderAt(
    service,
    { ...order, owners: options.owner, lease: options.lease, thaw: thawOf(options) },
    targetMountIds,
  );
  await tell(service, restores, options);
}

/** A point and paths, as they were named: the service has nothing to choose. */
function pathsOf({ path, pathBase64 }: WishOptions) {
  const paths = [...path, ...pathBase64];
  return paths.length > 0 ? { paths } : {};
}

async function planAndConfirm(
  service: ServiceClient,
  point: string | undefined,
  options: StartOptions,
  { targetMountIds, asks }: { readonly targetMountIds: readonly MountId[]; readonly asks: boolean },
) {
  const { readWish } = await import('./wish.ts');
  const { objectionTo, orderOf, planFor, printPlan, confirmHere } = await import('./order.ts');
  if (!asks && !options.yes) {
    throw new Error('nobody is there to confirm the plan: see it with holdfast restore plan, then add --yes');
  }
  const wish = await readWish(service, point, options);
  const plans = await planFor(service, wish, targetMountIds);
  const [plan] = plans;
  if (!options.json) printPlan(plan, wish, (line) => void process.stdout.write(`${line}\n`));
  const objection = objectionTo(plans, options.acceptDoubt === true || asks);
  if (objection !== undefined) {
    process.stderr.write(`holdfast: ${objection}\n`);
    return undefined;
  }
  return !asks || (await confirmHere(plan)) ? orderOf(plan) : undefined;
}

/** Says what was ordered, and follows it when asked to. */
async function tell(
  service: ServiceClient,
  restores: readonly CallAnswer<'createRestore'>[],
  { watch, json }: { readonly watch?: true; readonly json?: true },
): Promise<void> {
  for (const { restoreId, ...restore } of restores) {
    const text = watch
      ? `${restoreId} is ordered`
      : `${restoreId} is ordered; follow it with: holdfast restore watch ${restoreId}`;
    if (!(watch && json))
      process.stdout.write(`${json ? JSON.stringify({ restoreId, ...restore }) : text}\n`);
  }
  if (!watch) return;
  const { watchRestore } = await import('./watch.ts');
  // One after the other: they are carried out at the same time, and the worst end is what counts.
  let worst = 0;
  for (const { restoreId } of restores) {
    await watchRestore(service, restoreId, { everySeconds: 5, json });
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
