import { CommandReader } from './command-reader.ts';

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
  | { readonly kind: 'deleteSets'; readonly tag: string; readonly olderThanDays: number };

export type Command =
  | { readonly kind: 'run'; readonly jobs: readonly JobCommand[]; readonly lastLine: number }
  | { readonly kind: 'exit'; readonly lastLine: number };

const readTagAndFormat = (reader: CommandReader): { tag?: string; format: string } => {
  const tag = reader.accept('tag') ? { tag: reader.string('tag').toUpperCase() } : {};
  reader.expect('format');
  return { ...tag, format: reader.string('format') };
};

const readBackup = (reader: CommandReader): JobCommand => {
  if (reader.accept('as', 'copy')) {
    const reuse = reader.accept('reuse');
    const options = readTagAndFormat(reader);
    reader.expect('database');
    return { kind: 'copyDatabase', reuse, ...options };
  }
  reader.expect('as', 'backupset');
  const options = readTagAndFormat(reader);
  reader.expect('archivelog', 'all');
  if (!reader.accept('not', 'backed', 'up')) return { kind: 'backUpLogs', ...options };
  const notBackedUpTimes = Number(reader.match(/^(\d+)$/, 'integer'));
  reader.expect('times');
  return { kind: 'backUpLogs', ...options, notBackedUpTimes };
};

const readDelete = (reader: CommandReader): JobCommand => {
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
  return reader.refuse('allocate', 'backup', 'delete', 'release', 'set', '}');
};

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
    else reader.refuse('exit', 'quit', 'run');
  }
  return commands;
};
