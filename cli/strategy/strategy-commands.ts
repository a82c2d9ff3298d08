import { Option } from 'commander';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';
import { UsageError } from '../usage-error.ts';

type Strategy = CallAnswer<'showStrategy'>;

interface Json {
  readonly json?: true;
}
interface SetOptions extends Json {
  readonly expire?: string;
  readonly level?: string;
  readonly incremental?: true;
}

const mountText = 'id or name of the mount, or STORE/MOUNT';
const databaseText = 'the database, as the configuration of its gateway names it';

const addSet: AddCommand = (strategy) => {
  strategy
    .command('set')
    .description('create or replace what the backups of a database are where a request does not say it')
    .argument('<mount>', mountText)
    .argument('<database>', databaseText)
    .option('--expire <expire>', 'for the recovery points: #w #d #h #m, or never')
    .addOption(new Option('--level <level>', 'the level: 0 is full').conflicts('incremental'))
    .option('--incremental', 'on the newest backup; full where there is none')
    .addOption(jsonOption())
    .action(setStrategy);
};

const addShow: AddCommand = (strategy) => {
  strategy
    .command('show')
    .description('what holds for the backups of a database, and where it is from')
    .argument('<mount>', mountText)
    .argument('<database>', databaseText)
    .addOption(jsonOption())
    .action((mount: string, database: string, options: Json) =>
      print(
        options,
        async (service, mountId) => service.call('showStrategy', { params: { mountId, database } }),
        mount,
      ),
    );
};

const addList: AddCommand = (strategy) => {
  strategy
    .command('list')
    .description('the databases of a mount that have a strategy of their own')
    .argument('<mount>', mountText)
    .addOption(jsonOption())
    .action(listStrategies);
};

const addDelete: AddCommand = (strategy) => {
  strategy
    .command('delete')
    .description('remove the strategy of a database: the settings of its mount hold again')
    .argument('<mount>', mountText)
    .argument('<database>', databaseText)
    .addOption(jsonOption())
    .action((mount: string, database: string, options: Json) =>
      print(
        options,
        async (service, mountId) => service.call('removeStrategy', { params: { mountId, database } }),
        mount,
      ),
    );
};

export const strategyCommands: readonly AddCommand[] = [addSet, addShow, addList, addDelete];

async function setStrategy(mount: string, database: string, options: SetOptions): Promise<void> {
  const { expire, level, incremental } = options;
  const order = incremental ? { incremental } : level === undefined ? undefined : { level: readLevel(level) };
  const body = { ...(expire !== undefined && { expire }), ...(order && { order }) };
  await print(
    options,
    (service, mountId) => service.call('setStrategy', { params: { mountId, database }, body }),
    mount,
  );
}

function readLevel(text: string): number {
  if (/^\d$/.test(text)) return Number(text);
  throw new UsageError(`--level ${text}: a level is a number from 0 to 9`);
}

async function print(
  { json }: Json,
  ask: (service: ServiceClient, mountId: Awaited<ReturnType<typeof mountOf>>) => Promise<Strategy>,
  mount: string,
): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const service = connectService();
  const strategy = await ask(service, await mountOf(service, mount));
  printAnswer(strategy, { json }, [
    `database: ${strategy.database}`,
    `expire: ${strategy.expire} (${fromText[strategy.expireFrom]})`,
    `order: ${orderText(strategy)} (${fromText[strategy.orderFrom]})`,
  ]);
}

async function mountOf(service: ServiceClient, mount: string) {
  const { findMountId } = await import('../service/find-mount.ts');
  return findMountId(service, mount);
}

const fromText = {
  database: 'its own strategy',
  mount: 'of the mount',
  default: 'by default',
} as const;

const orderText = ({ order }: Strategy): string =>
  'level' in order ? `level ${order.level}` : 'incremental';

async function listStrategies(mount: string, { json }: Json): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printRows } = await import('../service/print-rows.ts');
  const service = connectService();
  const params = { mountId: await mountOf(service, mount) };
  const { items } = await service.call('listStrategies', { params });
  await printRows(
    items,
    [
      ['DATABASE', ({ database }) => database],
      ['EXPIRE', ({ expire }) => expire],
      ['FROM', ({ expireFrom }) => expireFrom],
      ['ORDER', orderText],
      ['FROM', ({ orderFrom }) => orderFrom],
    ],
    { json, empty: 'no database of the mount has a strategy: the settings of the mount hold' },
  );
}
