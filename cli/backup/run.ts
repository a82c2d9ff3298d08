import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import { UsageError } from '../usage-error.ts';

interface JsonOption {
  readonly json?: true;
}

export const addStart: AddCommand = (backup) => {
  backup
    .command('start')
    .description('start a backup of a database; it runs on, and `backup progress` follows it')
    .argument('<database>', 'its name, DBID or id')
    .requiredOption('--level <level>', '0 is full, 1 to 9 are incremental', readLevel)
    .requiredOption('--expire <length>', 'how long it is kept: "1w 3d", or never')
    .option('--volume <volume>', 'id or name of the archive volume (default: that of the deployment)')
    .addOption(jsonOption())
    .action(start);
};

export const addProgress: AddCommand = (backup) => {
  backup
    .command('progress')
    .description('how far the running backup of a database is, or how the last one ended')
    .argument('<database>', 'its name, DBID or id')
    .addOption(jsonOption())
    .action(showProgress);
};

export const addAbort: AddCommand = (backup) => {
  backup
    .command('abort')
    .description('abort the running backup of a database; nothing of it stays')
    .argument('<database>', 'its name, DBID or id')
    .addOption(jsonOption())
    .action(abort);
};

/** The service says what levels there are. */
const readLevel = (text: string): number => (/^\d{1,2}$/.test(text) ? Number(text) : Number.NaN);

interface StartOptions extends JsonOption {
  readonly level: number;
  readonly expire: string;
  readonly volume?: string;
}

async function start(text: string, { level, expire, volume, ...options }: StartOptions): Promise<void> {
  if (Number.isNaN(level)) throw new UsageError('--level is a number from 0 to 9');
  const { connectService } = await import('../service/client.ts');
  const { printAnswer } = await import('../service/print-answer.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  const body = { level, expire, ...(volume !== undefined && readVolume(volume)) };
  const started = await service.call('startBackup', { params: { databaseId }, body });
  printAnswer(started, options, [
    `${started.name} is started (${started.requestId})`,
    ...started.notes.map((note) => `  ${note}`),
    `  holdfast backup progress ${databaseId}`,
  ]);
}

/** Ids are numbers; a name that is one would be taken for an id by every other program, too. */
const readVolume = (volume: string) =>
  /^\d+$/.test(volume) ? { backupVolumeId: Number(volume) } : { backupVolumeName: volume };

async function showProgress(text: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  await printProgress(await service.call('getBackupProgress', { params: { databaseId } }), options);
}

async function abort(text: string, options: JsonOption): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findDatabaseId } = await import('./find-database.ts');
  const service = connectService();
  const databaseId = await findDatabaseId(service, text);
  await printProgress(await service.call('abortBackup', { params: { databaseId } }), options);
}

async function printProgress(
  answer: { readonly notes: readonly string[] } & object,
  options: JsonOption,
): Promise<void> {
  const { printAnswer } = await import('../service/print-answer.ts');
  const { yamlLines } = await import('../confd/yaml.ts');
  const { notes, ...facts } = answer;
  printAnswer(answer, options, [...yamlLines(facts), ...notes.map((note) => `  ${note}`)]);
}
