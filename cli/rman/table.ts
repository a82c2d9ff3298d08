import type { Command, ParsedRmanLog } from '../../shared/domain/rman/result/facts.ts';
import type {
  BackupSet,
  Database,
  Deletion,
  ImageCopy,
  Skipped,
} from '../../shared/domain/rman/result/map.ts';
import { decodeStamp } from '../../shared/domain/rman/stamp.ts';

/** The map for people: what was written, what it holds, what is gone, and what is not known. */
export const tableOf = ({ map, facts }: ParsedRmanLog): string => {
  const sections = [
    [`${map.source}: ${map.status}`, ...map.databases.map(describeDatabase)],
    section('Commands', facts.commands.filter(({ isBackup }) => isBackup).map(describeCommand)),
    section('Backup sets', map.backupSets.flatMap(describeSet)),
    section('Image copies', map.imageCopies.flatMap(describeCopy)),
    section(
      'Rolled forward',
      (map.recoveredCopies ?? []).map(({ file, name }) => `  datafile ${file}  ${name}`),
    ),
    section(
      'Autobackups',
      map.autobackups.map(({ handle }) => `  ${handle}`),
    ),
    section(
      'Copies of the control file',
      facts.controlFileCopies.map(({ output }) => `  ${output}`),
    ),
    section('Deleted', map.deletions.map(describeDeletion)),
    section(
      'Not deleted',
      (map.notDeleted ?? []).map(({ name }) => `  ${name}`),
    ),
    section(
      'Not found by a check',
      (facts.listed?.missing ?? []).map(({ type, name }) => `  ${type}  ${name}`),
    ),
    section('Skipped', (map.skipped ?? []).map(describeSkipped)),
    section(
      'Failed sets',
      (map.failedSets ?? []).map(
        ({ channel, kind, datafiles = [] }) => `  ${kind} on ${channel}: ${listFiles(datafiles)}`,
      ),
    ),
    section(
      'Errors',
      map.errors.map(({ code, text }) => `  ${code}: ${text}`),
    ),
    section(
      'Warnings',
      (map.warnings ?? []).map(({ code, text }) => `  ${code}: ${text}`),
    ),
    section(
      'Validated',
      facts.validation.datafiles.map(
        ({ file, status, highScn, name = '' }) =>
          `  datafile ${file} ${status}, high SCN ${highScn}  ${name}`,
      ),
    ),
    section('To know', map.note === undefined ? [] : map.note.split('; ').map((note) => `  ${note}`)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(forTerminal).join('\n'))
    .join('\n\n')}\n`;
};

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines];

const describeDatabase = ({ name, dbid, version, uniqueName }: Database): string =>
  `database ${name ?? '(name not in the log)'}, DBID ${dbid}${uniqueName === undefined ? '' : `, DB_UNIQUE_NAME ${uniqueName}`}${version === undefined ? '' : `, Oracle ${version}`}`;

const describeCommand = ({ command, status, firstLine, startedAt, finishedAt }: Command): string =>
  `  line ${firstLine}: ${command} ${status}${startedAt === undefined ? '' : `, from ${startedAt}`}${finishedAt === undefined ? '' : ` to ${finishedAt}`}`;

const describeSet = (set: BackupSet): string[] => {
  const { kind, level, compressed, channel, pieces, datafiles = [], archivelogs = [] } = set;
  const what = `${kind}${level === undefined ? '' : ` level ${level}`}${compressed ? ', compressed' : ''}, channel ${channel}`;
  const contents = [
    ...datafiles.map(({ file, name }) => `    datafile ${file}  ${name}`),
    ...archivelogs.map(
      ({ thread, sequence, stamp }) => `    archived log ${thread}/${sequence}${atStamp(stamp)}`,
    ),
    ...(set.includesControlFile
      ? [`    ${set.controlFileKind === 'standby' ? 'standby ' : ''}control file`]
      : []),
    ...(set.includesSpfile ? ['    SPFILE'] : []),
  ];
  const files = pieces.map(
    ({ piece, handle, tag }) => `  ${handle}  piece ${piece}${tag === undefined ? '' : `, tag ${tag}`}`,
  );
  return [...files, `    ${what}`, ...contents];
};

const describeCopy = ({ output, file, name, tag, stamp }: ImageCopy): string[] => [
  `  ${output}${tag === undefined ? '' : `  tag ${tag}`}${atStamp(stamp)}`,
  `    datafile ${file}  ${name}`,
];

const describeDeletion = (deletion: Deletion): string =>
  `  ${deletion.type}  ${deletion.type === 'backuppiece' ? deletion.handle : deletion.name}`;

const describeSkipped = (skipped: Skipped): string => {
  if ('datafile' in skipped) return `  datafile ${skipped.datafile}: ${skipped.reason}`;
  const { thread, fromSequence, toSequence, reason } = skipped;
  return `  archived logs ${thread}/${fromSequence} to ${thread}/${toSequence}: ${reason}`;
};

/** By the clock of the database's host: a STAMP has no zone. */
const atStamp = (stamp: number): string => {
  const time = decodeStamp(stamp);
  return time === undefined ? '' : `, ${time.replace('T', ' ')}`;
};

const listFiles = (datafiles: readonly { readonly file: number }[]): string =>
  datafiles.length === 0
    ? 'no datafiles listed'
    : `datafiles ${datafiles.map(({ file }) => file).join(', ')}`;

const C0 = `${String.fromCharCode(0)}-${String.fromCharCode(31)}`;
const C1 = `${String.fromCharCode(127)}-${String.fromCharCode(159)}`;
const CONTROL = new RegExp(`[${C0}${C1}]`, 'g');

/** A log's text must not steer the terminal. */
const forTerminal = (line: string): string => line.replace(CONTROL, '?');
