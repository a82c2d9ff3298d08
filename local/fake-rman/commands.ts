import { CommandReader } from './command-reader.ts';
import { type RestoreCommand, readRestoreCommand, readRunOnlyCommand } from './restore/restore-commands.ts';

/** What may stand in a run block. RMAN knows far more; what is not here is refused as a syntax error. */
export type JobCommand =
  | { readonly kind: 'allocateChannel'; readonly channel: string }
  | { readonly kind: 'releaseChannel'; readonly channel: string }
  | { readonly kind: 'setAutobackupFormat'; readonly format: string }
  | { readonly kind: 'copyDatabase'; readonly reuse: boolean; readonly tag?: string; readonly format: string }
  | {
      readonly kind: 'backUpLogs';
      readonly tag?: string;
      readonly format: string;
      /** Leave out logs that were backed up so many times. */
      readonly notBackedUpTimes?: number;
    }
  | {
      readonly kind: 'backUpDatafiles';
      readonly level: 0 | 1;
      /** Of level 1: since the last level 0, whatever came in between. */
      readonly isCumulative: boolean;
      readonly tag?: string;
      readonly format: string;
    }
  | {
      /** Incrementals to be merged into the image copies with a tag; where there is none yet, that copy. */
      readonly kind: 'backUpForCopies';
      readonly copyTag: string;
      readonly format: string;
    }
  | { readonly kind: 'deleteSets'; readonly tag: string; readonly olderThanDays?: number }
  | RestoreCommand;

export type Command =
  | { readonly kind: 'run'; readonly jobs: readonly JobCommand[]; readonly lastLine: number }
  | { readonly kind: 'restoreJob'; readonly job: RestoreCommand; readonly lastLine: number }
  | { readonly kind: 'reportSchema'; readonly lastLine: number }
  | { readonly kind: 'exit'; readonly lastLine: number };

const readTagAndFormat = (reader: CommandReader): { tag?: string; format: string } => {
  const tag = reader.accept('tag') ? { tag: reader.string('tag').toUpperCase() } : {};
  reader.expect('format');
  return { ...tag, format: reader.string('format') };
};

const readBackup = (reader: CommandReader): JobCommand => {
  if (reader.accept('incremental', 'level', '1', 'for', 'recover', 'of', 'copy', 'with', 'tag')) {
    const copyTag = reader.string('tag').toUpperCase();
    reader.expect('format');
    const format = reader.string('format');
    reader.expect('database');
    return { kind: 'backUpForCopies', copyTag, format };
  }
  if (reader.accept('as', 'copy')) {
    const reuse = reader.accept('reuse');
    const options = readTagAndFormat(reader);
    reader.expect('database');
    return { kind: 'copyDatabase', reuse, ...options };
  }
  reader.expect('as', 'backupset');
  if (reader.accept('incremental', 'level')) return readIncremental(reader);
  const options = readTagAndFormat(reader);
  reader.expect('archivelog', 'all');
  if (!reader.accept('not', 'backed', 'up')) return { kind: 'backUpLogs', ...options };
  const notBackedUpTimes = Number(reader.match(/^(\d+)$/, 'integer'));
  reader.expect('times');
  return { kind: 'backUpLogs', ...options, notBackedUpTimes };
};

const readIncremental = (reader: CommandReader): JobCommand => {
  const level = reader.match(/^([01])$/, 'level') === '0' ? 0 : 1;
  const isCumulative = reader.accept('cumulative');
  const options = readTagAndFormat(reader);
  reader.expect('database');
  return { kind: 'backUpDatafiles', level, isCumulative, ...options };
};

const readDelete = (reader: CommandReader): JobCommand => {
  if (reader.accept('noprompt', 'backupset', 'tag')) {
    return { kind: 'deleteSets', tag: reader.string('tag').toUpperCase() };
  }
  reader.expect('noprompt', 'backup', 'tag');
  const tag = reader.string('tag').toUpperCase();
  reader.expect('completed', 'before');
  const days = reader.match(/^sysdate\s*-\s*(\d+)$/i, "'sysdate-N'");
  return { kind: 'deleteSets', tag, olderThanDays: Number(days) };
};

const readJob = (reader: CommandReader): JobCommand => {
  if (reader.accept('allocate', 'channel')) {
    const channel = reader.word('channel');
    reader.expect('device', 'type', 'disk');
    return { kind: 'allocateChannel', channel };
  }
  if (reader.accept('release', 'channel')) return { kind: 'releaseChannel', channel: reader.word('channel') };
  if (reader.accept('set', 'controlfile', 'autobackup', 'format')) {
    reader.expect('for', 'device', 'type', 'disk', 'to');
    return { kind: 'setAutobackupFormat', format: reader.string('format') };
  }
  if (reader.accept('backup')) return readBackup(reader);
  if (reader.accept('delete')) return readDelete(reader);
  return readRunOnlyCommand(reader) ?? readRestoreCommand(reader) ?? reader.refuse(...jobNames, '}');
};

/** Words that commands begin with, for the message on those that do not. */
const restoreNames = 'alter catalog crosscheck recover restore set shutdown sql startup'.split(' ');
const jobNames = ['allocate', 'backup', 'delete', 'release', 'switch', ...restoreNames].sort();
const commandNames = ['exit', 'quit', 'report', 'run', ...restoreNames].sort();

const readRunBlock = (reader: CommandReader): readonly JobCommand[] => {
  const jobs: JobCommand[] = [];
  reader.expect('{');
  while (!reader.accept('}')) {
    jobs.push(readJob(reader));
    reader.expect(';');
  }
  return jobs;
};

/** Parses a command file or standard input, whose name goes into error messages. Throws RMAN's syntax errors. */
export const parseCommands = (text: string, file: string): Command[] => {
  const reader = new CommandReader(text, file);
  const commands: Command[] = [];
  while (!reader.isAtEnd) {
    if (reader.accept(';')) continue;
    if (reader.accept('run'))
      commands.push({ kind: 'run', jobs: readRunBlock(reader), lastLine: reader.line });
    else if (reader.accept('exit') || reader.accept('quit'))
      commands.push({ kind: 'exit', lastLine: reader.line });
    else if (reader.accept('report')) {
      reader.expect('schema', ';');
      commands.push({ kind: 'reportSchema', lastLine: reader.line });
    } else {
      const job = readRestoreCommand(reader) ?? reader.refuse(...commandNames);
      reader.expect(';');
      commands.push({ kind: 'restoreJob', job, lastLine: reader.line });
    }
  }
  return commands;
};
