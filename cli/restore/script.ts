import { Option } from 'commander';
import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { scriptKinds } from '../../shared/domain/rman-scripts/script-order.ts';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

export const addScript: AddCommand = (restore) => {
  restore
    .command('script')
    .description(
      'the RMAN scripts that restore a database from staged files; exits with 1 when there is none that is certain to work',
    )
    .argument('<point>', 'the recovery point whose files are staged')
    .requiredOption('--database <database>', 'its DBID, or its name')
    .requiredOption(
      '--staged-at <folder>',
      'the folder of the staged files, as the host of the database sees it',
    )
    .addOption(
      new Option('--kind <kind>', 'what to restore, and how').choices(scriptKinds).default(scriptKinds[0]),
    )
    .option('--pdb <name>', 'of kind pdb: its name')
    .option(
      '--auxiliary-folder <folder>',
      'of kind pdb with an end: where RMAN may make its auxiliary instance',
    )
    .option('--tablespace <name>', 'of kind tablespace: its name')
    .option('--datafile <number>', 'of kind datafile: its number')
    .option('--new-folder <folder>', 'of kind new-host: the folder of the datafiles there')
    .option(
      '--time <time>',
      "recovery ends there: by the clock of the database's host, like 2026-01-31T12:00:00; in UTC with Z at its end",
    )
    .option('--host-offset <offset>', "of a time in UTC: the host's offset from it, like +02:00")
    .option('--scn <number>', 'recovery ends before this SCN')
    .option('--sequence <number>', 'recovery ends before this archived log')
    .option('--thread <number>', 'of the sequence')
    .option('--at-own-risk', 'write it although it may not work')
    .option('--output <folder>', 'write the files there, instead of to standard output')
    .addOption(jsonOption())
    .action(writeScript);
};

type Options = Readonly<Record<(typeof texts)[number], string | undefined>> & {
  readonly database: string;
  readonly stagedAt: string;
  readonly kind: (typeof scriptKinds)[number];
  readonly atOwnRisk?: true;
  readonly output?: string;
  readonly json?: true;
};

/** Go to the service as they are. */
const texts = [
  'pdb',
  'auxiliaryFolder',
  'tablespace',
  'datafile',
  'newFolder',
  'time',
  'hostOffset',
  'scn',
  'sequence',
  'thread',
] as const;

async function writeScript(recoveryPointId: string, options: Options): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const service = connectService();
  const dbid = await findDbid(service, recoveryPointId, options.database);
  const { kind, stagedAt, atOwnRisk, output, json } = options;
  const given = texts.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const query = { kind, stagedAt, ...Object.fromEntries(given), ...(atOwnRisk && { atOwnRisk: 'true' }) };
  const answer = await service.call('makeRestoreScript', { params: { recoveryPointId, dbid }, query });
  if (answer.outcome === 'refused') process.exitCode = 1;
  const written = output === undefined ? [] : await writeTo(output, answer.files);
  if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
  else if (output === undefined) process.stdout.write(textOf(answer));
  else process.stdout.write([...written, ...refusalLines(answer)].map((line) => `${line}\n`).join(''));
}

/** A name is looked up among the databases of the point; it may be that of several. */
async function findDbid(
  service: import('../service/client.ts').ServiceClient,
  recoveryPointId: string,
  database: string,
): Promise<string> {
  if (/^\d+$/.test(database)) return database;
  const { rowsOf } = await import('../service/client.ts');
  const rows = rowsOf((query) => service.call('listPointDatabases', { params: { recoveryPointId }, query }));
  const wanted = database.toLowerCase();
  const all = await Array.fromAsync(rows);
  const found = all.filter(({ name, uniqueName }) =>
    [name, uniqueName].some((each) => each?.toLowerCase() === wanted),
  );
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first.dbid;
  const named = (first === undefined ? all : found).map(({ dbid, name = '' }) => `${dbid} ${name}`.trim());
  const problem = first === undefined ? 'no database of this name' : 'several databases of this name';
  throw new Error(`the point has ${problem}: give the DBID (${named.join(', ') || 'it has none'})`);
}

type Answer = CallAnswer<'makeRestoreScript'>;

/** One after the other, each under its name: to be read, or to be cut apart. */
const textOf = ({ files }: Answer): string =>
  files.map(({ name, text }) => `# ===== ${name} =====\n${text}`).join('\n');

const refusalLines = ({ outcome, refusals }: Answer): string[] =>
  outcome === 'ready'
    ? []
    : [
        outcome === 'refused' ? 'no script, because:' : 'at your own risk, because:',
        ...refusals.map(({ code, text }) => `  ${code}: ${text}`),
      ];

/** Scripts of before are not overwritten: somebody may have edited them. */
async function writeTo(folder: string, files: Answer['files']): Promise<string[]> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const { name, text } of files) {
    const path = join(folder, name);
    await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new Error(`${path} exists already: name another folder, or move it away`);
    });
    written.push(path);
  }
  return written;
}
