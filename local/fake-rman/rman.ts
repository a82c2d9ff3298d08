import { join } from 'node:path';
import { type Command, parseCommands } from './commands.ts';
import { type Database, prepareDatabase, saveDatabase } from './database.ts';
import { formatBannerDate } from './oracle-date.ts';
import { RmanError } from './rman-error.ts';
import { runBlock } from './run-block.ts';
import { type Session, startClock } from './session.ts';
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

const connect = async (settings: Settings, say: Session['say'], now: Date): Promise<Database> => {
  if (settings.FAKE_RMAN_FAIL === 'connect') {
    throw new RmanError([
      'RMAN-00554: initialization of internal recovery manager package failed',
      'RMAN-04005: error from target database:',
      'ORA-01034: ORACLE not available',
    ]);
  }
  const database = await prepareDatabase({
    folder: settings.FAKE_RMAN_DATABASE,
    name: settings.FAKE_RMAN_DB_NAME,
    seed: settings.FAKE_RMAN_SEED,
    sizeMib: settings.FAKE_RMAN_SIZE_MIB,
    logMib: settings.FAKE_RMAN_LOG_MIB,
  });
  say(`connected to target database: ${database.name} (DBID=${database.dbid})`);
  passDay(database, settings.FAKE_RMAN_CHANGE_SHARE, now);
  return database;
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
    await runBlock(session, command.jobs);
  }
};

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
    const database = await connect(settings, say, clock.now());
    const autobackupFormat = join(folder, '%F');
    const session = {
      database,
      settings,
      clock,
      say,
      channels: [],
      autobackupFormat,
      needsAutobackup: false,
    };
    try {
      await runCommands(session, source, commands);
    } finally {
      // A failed run has used up numbers too, and its day has passed.
      await saveDatabase(folder, database);
    }
  } catch (error) {
    if (!(error instanceof RmanError)) throw error;
    sayStack(say, error.messages);
    exitCode = 1;
  }
  say('', '', 'Recovery Manager complete.');
  return exitCode;
};
