import { Argument, InvalidArgumentError } from 'commander';
import type { AddCommand } from '../add-command.ts';

/** What may be done to one mount after the other: as `holdfast snapshot ACTION MOUNT`. */
const actions: Readonly<Record<string, (mountId: string) => Promise<void>>> = {
  list: async (mountId) => (await import('./list.ts')).listSnapshots(mountId),
  create: async (mountId) => (await import('./create.ts')).createSnapshot(mountId),
  clean: async (mountId) => (await import('./clean.ts')).clean(mountId),
  checkage: async (mountId) => (await import('./checkage.ts')).checkMount(mountId),
  listclones: async (mountId) => (await import('./clones.ts')).listClones(mountId),
};

export const addExecAll: AddCommand = (program) => {
  program
    .command('exec-all')
    .description('a snapshot command for every mount, one after the other; stops at the first that fails')
    .addArgument(new Argument('<action>', 'what to do').choices(Object.keys(actions)))
    .argument('[exclude]', 'names or ids of mounts to leave out, with commas between', parseNames, [])
    .action(executeAll);
};

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('A name is missing between commas.');
  return names;
}

/** `--- DATABASE: <mount> ---` before each; the exit code is that of the first that fails. */
async function executeAll(action: string, excluded: readonly string[]): Promise<void> {
  const { connectService, rowsOf } = await import('../service/client.ts');
  const service = connectService();
  const mounts = await Array.fromAsync(rowsOf((query) => service.call('listMounts', { query })));
  const unknown = excluded.find(
    (each) => !mounts.some(({ mountId, name }) => [mountId, name].includes(each)),
  );
  if (unknown !== undefined) throw new Error(`there is no mount "${unknown}" to leave out`);
  const wanted = mounts.filter(
    ({ mountId, name, state }) =>
      state !== 'gone' && !excluded.some((each) => [mountId, name].includes(each)),
  );
  for (const { mountId, name } of wanted) {
    process.stdout.write(`--- DATABASE: ${name} ---\n`);
    await actions[action]?.(mountId);
    if (process.exitCode) return;
  }
}
