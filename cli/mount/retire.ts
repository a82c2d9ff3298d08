import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface RetireOptions {
  readonly confirm?: string;
  readonly json?: true;
}

const confirmText = 'its name, as the service knows it; without this it is asked for on the terminal';

export const addRetire: AddCommand = (mount) => {
  mount
    .command('retire')
    .description('give up a mount: all of its recovery points go, the last ones too, after their undo window')
    .argument('<mount>', 'the id of the mount')
    .option('--confirm <name>', confirmText)
    .addOption(jsonOption())
    .action(retireMount);
};

export const addUnretire: AddCommand = (mount) => {
  mount
    .command('unretire')
    .description('take a retirement back: what is not yet being deleted comes back with the next run')
    .argument('<mount>', 'the id of the mount')
    .addOption(jsonOption())
    .action(unretireMount);
};

export const addRetireStore: AddCommand = (store) => {
  store
    .command('retire')
    .description('give up every mount of a store; each can be taken back with "holdfast mount unretire"')
    .argument('<store>', 'the id of the store')
    .option('--confirm <name>', confirmText)
    .addOption(jsonOption())
    .action(retireStore);
};

async function retireMount(mountId: string, options: RetireOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const confirmName = await typedName(options, `mount ${mountId}`);
  const mount = await connectService().call('orderRetirement', {
    params: { mountId },
    body: { confirmName },
  });
  printAnswer(mount, options, [
    `mount ${mountId} (${mount.name}) is being retired, by order of ${mount.retirement?.orderedAt}.`,
    'What is held, locked or in use stays until it is not. To take it back:',
    `  holdfast mount unretire ${mountId}`,
  ]);
}

async function unretireMount(mountId: string, options: RetireOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const mount = await connectService().call('cancelRetirement', { params: { mountId } });
  printAnswer(mount, options, [
    `mount ${mountId} (${mount.name}) is not being retired: its points come back with the next run, unless its policy lets them go.`,
  ]);
}

async function retireStore(storeId: string, options: RetireOptions): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const confirmName = await typedName(options, `store ${storeId}`);
  const answer = await connectService().call('orderStoreRetirement', {
    params: { storeId },
    body: { confirmName },
  });
  printAnswer(answer, options, [
    `${answer.items.length} mounts of store ${storeId} are being retired:`,
    ...answer.items.map(({ mountId, name }) => `  ${mountId}  ${name}`),
  ]);
}

/** Nothing stands in for it: whoever gives the last backups up has to know what they are called. */
async function typedName({ confirm }: RetireOptions, what: string): Promise<string> {
  if (confirm !== undefined) return confirm;
  const { askOn, isSomebodyThere } = await import('../restore/asker.ts');
  if (!isSomebodyThere())
    throw new Error(`give the name of ${what} with --confirm <name>: all of its backups go`);
  const asker = askOn(process.stdin, process.stdout);
  try {
    return await asker.ask(`All recovery points of ${what} go, the last ones too. Type its name: `);
  } finally {
    asker.close();
  }
}
