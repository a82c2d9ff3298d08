import { join } from 'node:path';
import { type Command, parseCommands } from './commands.ts';
import { findDatabase, prepareDatabase, saveDatabase } from './database.ts';
import { formatBannerDate } from './oracle-date.ts';
import { reportSchema } from './report-schema.ts';
import { type Instance, mountedDatabase, readInstance, saveInstance } from './restore/instance.ts';
import { RmanError } from './rman-error.ts';
import { runBlock } from './run-block.ts';
import { type Session, type SessionClock, startClock } from './session.ts';
import type { Settings } from './settings.ts';
import { passDay } from './workload.ts';

/** The commands of a run, and the name of their file where they come from one. */
export interface CommandSource {
  readonly text: string;
  readonly file?: string | undefined;
}

const rule = 'RMAN-00571: ===========================================================';

const sayStack = (say: Session['say'], messages: readonly string[]): void =>
  say(rule, 'RMAN-00569: =============== ERROR MESSAGE STACK FOLLOWS ===============', rule, ...messages);

const sayBanner = (say: Session['say'], now: Date): void =>
  say(
    '',
    `Recovery Manager: Release 19.0.0.0.0 - Production on ${formatBannerDate(now)}`,
    'Version 19.22.0.0.0',
    '',
    'This is a stand-in that writes what Oracle RMAN would write. No Oracle software is running.',
    '',
  );

/** Prompts as a redirected RMAN prints them; a command file is echoed after them. */
const sayPrompts = (
  say: Session['say'],
  { text, file }: CommandSource,
  fromLine: number,
  toLine: number,
): void => {
  const lines = text.split('\n').slice(fromLine, toLine);
  const prompts = lines.map((_, index) => (index === 0 ? 'RMAN> ' : `${index + 1}> `));
  if (file === undefined) say('', prompts.join(''));
  else say('', ...lines.map((line, index) => `${prompts[index]}${line}`));
};

const connect = async (settings: Settings, say: Session['say'], now: Date): Promise<Instance> => {
  if (settings.FAKE_RMAN_FAIL === 'connect') {
    throw new RmanError([
      'RMAN-00554: initialization of internal recovery manager package failed',
      'RMAN-04005: error from target database:',
      'ORA-01034: ORACLE not available',
    ]);
  }
  const folder = settings.FAKE_RMAN_DATABASE;
  const instance = readInstance(folder, settings.FAKE_RMAN_INSTANCE);
  if (instance.status !== 'open') {
    const database = await findDatabase(folder);
    const { name, dbid } = database ?? {};
    if (instance.status === 'down') say('connected to target database (not started)');
    else if (instance.status === 'nomount') say(`connected to target database: ${name ?? ''} (not mounted)`);
    else say(`connected to target database: ${name} (DBID=${dbid}, not open)`);
    return { ...instance, database };
  }
  const database = await prepareDatabase({
    folder,
    name: settings.FAKE_RMAN_DB_NAME,
    seed: settings.FAKE_RMAN_SEED,
    sizeMib: settings.FAKE_RMAN_SIZE_MIB,
    logMib: settings.FAKE_RMAN_LOG_MIB,
    datafileFolder: settings.FAKE_RMAN_DATAFILES,
    pdb: settings.FAKE_RMAN_PDB,
    threads: settings.FAKE_RMAN_THREADS,
  });
  if (database.resetAtScn !== undefined) {
    throw new Error(
      `the database in ${folder} was opened with RESETLOGS: the stand-in does not go on from there`,
    );
  }
  say(`connected to target database: ${database.name} (DBID=${database.dbid})`);
  passDay(database, settings.FAKE_RMAN_CHANGE_SHARE, now);
  return { ...instance, database };
};

const runCommands = async (
  session: Session,
  source: CommandSource,
  commands: readonly Command[],
): Promise<void> => {
  let line = 0;
  let isFirst = true;
  for (const command of commands) {
    sayPrompts(session.say, source, line, command.lastLine);
    line = command.lastLine;
    if (command.kind === 'exit') return;
    if (isFirst) session.say('using target database control file instead of recovery catalog');
    isFirst = false;
    if (command.kind === 'reportSchema') reportSchema(session);
    else await runBlock(session, command.kind === 'run' ? command.jobs : [command.job]);
  }
};

const startSession = (
  settings: Settings,
  clock: SessionClock,
  instance: Instance,
  say: Session['say'],
): Session => ({
  get database() {
    return mountedDatabase(instance);
  },
  ...{ instance, settings, clock, say, channels: [], needsAutobackup: false },
  autobackupFormat: join(settings.FAKE_RMAN_DATABASE, '%F'),
  ...{ dbid: undefined, until: undefined, newNames: new Map() },
});

/**
 * One run of the stand-in: the next day of its database passes, then the commands are carried out. All commands are
 * parsed before the first is run, and the first that fails ends the run. Returns the exit code.
 */
export const runRman = async (
  source: CommandSource,
  settings: Settings,
  say: Session['say'],
): Promise<number> => {
  const clock = startClock(settings.FAKE_RMAN_NOW);
  const folder = settings.FAKE_RMAN_DATABASE;
  let exitCode = 0;
  sayBanner(say, clock.now());
  try {
    const commands = parseCommands(source.text, source.file ?? 'standard input');
    const instance = await connect(settings, say, clock.now());
    const session = startSession(settings, clock, instance, say);
    try {
      await runCommands(session, source, commands);
    } finally {
      // A failed run has used up numbers too, and its day has passed.
      if (instance.database !== undefined) await saveDatabase(folder, instance.database);
      saveInstance(folder, instance);
    }
  } catch (error) {
    if (!(error instanceof RmanError)) throw error;
    sayStack(say, error.messages);
    exitCode = 1;
  }
  say('', '', 'Recovery Manager complete.');
  return exitCode;
};
