import type { LocalStatus } from '../../local/bare/status.ts';
import type { AddCommand } from '../add-command.ts';
import { dataOption, type FolderOptions, jsonOption } from './options.ts';

/** As init scripts answer for a program that is not running. */
const NOT_RUNNING = 3;

export const addStatus: AddCommand = (local) => {
  local
    .command('status')
    .description(`what runs on the data folder; exit code ${NOT_RUNNING} when nothing is ready there`)
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(showStatus);
};

const showStatus = async ({ data, json }: FolderOptions & { readonly json?: true }): Promise<void> => {
  const { chooseLocalFolder, requireOwnFolder } = await import('../../local/bare/local-folder.ts');
  const { readStatus } = await import('../../local/bare/status.ts');
  const folder = chooseLocalFolder(data);
  requireOwnFolder(folder);
  const status = await readStatus(folder);
  process.stdout.write(json ? `${JSON.stringify(factsOf(status, folder))}\n` : textOf(status, folder));
  if (status.state !== 'running') process.exitCode = NOT_RUNNING;
};

const factsOf = (status: LocalStatus, dataFolder: string): object => {
  const running = status.state === 'running';
  if (!running) return { running, ...status, dataFolder };
  const { pid, facts, services } = status;
  const { endpoints: _, ...more } = facts;
  return { running, state: status.state, pid, ...more, services, dataFolder };
};

const textOf = (status: LocalStatus, folder: string): string => {
  const pid = status.state !== 'stopped' && status.pid !== undefined ? ` (process ${status.pid})` : '';
  if (status.state !== 'running') return `The local AWS of ${folder} is ${status.state}${pid}.\n`;
  const { startedAt, region, accountId, versions } = status.facts;
  const services = Object.entries(status.services).map(([name, { endpoint, holds }]) => {
    const held = holds === undefined ? '' : `  ${holds.what}: ${holds.count}`;
    return `${name.padEnd(15)}${endpoint.padEnd(30)}${held}`.trimEnd();
  });
  return [
    `The local AWS of ${folder} has been running${pid} since ${startedAt}.`,
    ...services,
    `${'account'.padEnd(15)}${accountId} in ${region}`,
    `${'versions'.padEnd(15)}${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    '',
  ].join('\n');
};
