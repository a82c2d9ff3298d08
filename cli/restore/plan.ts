import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { addWishOptions, type WishOptions } from './wish.ts';

export const addPlan: AddCommand = (restore) => {
  addWishOptions(
    restore
      .command('plan')
      .description(
        'what a restore would choose, lack, fetch and cost; orders nothing; exits with 0 when it may be ordered and is enough, 4 when what is chosen may not be enough, 1 when it would be refused',
      )
      .argument('[point]', 'the recovery point; without it that of --database or --mount'),
  )
    .option('--to <mount>', 'to another mount: its id or name, or STORE/MOUNT')
    .addOption(jsonOption())
    .action(showPlan);
};

async function showPlan(
  point: string | undefined,
  options: WishOptions & { readonly to?: string; readonly json?: true },
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { objectionTo, planFor, printPlan } = await import('./order.ts');
  const { readWish } = await import('./wish.ts');
  const service = connectService();
  const target = options.to === undefined ? [] : [await findMountId(service, options.to)];
  const wish = await readWish(service, point, options);
  const plans = await planFor(service, wish, target);
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  if (options.json) write(JSON.stringify(plans[0]));
  else printPlan(plans[0], wish, write);
  objectionTo(plans, false);
}
