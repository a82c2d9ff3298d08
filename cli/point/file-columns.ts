import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { type Columns, inBytes } from '../service/print-rows.ts';

export type MappedFileRow = CallAnswer<'listDatabaseFiles'>['items'][number];

/** Files by what they are; the same for all lists of them. */
export const fileColumns: Columns<MappedFileRow> = [
  ['FILE', ({ path, handle }) => path ?? handle],
  ['STATE', ({ presence, elsewhere }) => (elsewhere === undefined ? presence : `${presence} (${elsewhere})`)],
  ['SIZE', ({ sizeBytes }) => (sizeBytes === undefined ? undefined : inBytes(sizeBytes))],
  ['KIND', (row) => describeKind(row)],
  ['HOLDS', (row) => describeContent(row)],
  ['TAG', ({ tag }) => tag],
  ['AT', ({ finishedAt, startedAt, createdAt }) => (finishedAt ?? startedAt)?.text ?? createdAt],
];

function describeKind({ kind, level, incremental, piece, set, inferred }: MappedFileRow): string {
  if (inferred !== undefined) return `${inferred} by its name`;
  const ofSet =
    set === undefined ? [] : [set.kind, ...(set.pieces > 1 ? [`piece ${piece}/${set.pieces}`] : [])];
  const ofLevel = level === undefined ? [] : [`level ${level}`];
  return [kind, ...ofSet, ...ofLevel, ...(incremental ? [incremental] : [])].join(', ');
}

function describeContent({ set, datafile, thread, sequence }: MappedFileRow): string | undefined {
  if (datafile !== undefined) return `datafile ${datafile}`;
  if (sequence !== undefined) return `archived log ${thread}/${sequence}`;
  if (set === undefined) return undefined;
  const parts = [
    ...(set.datafiles.length > 0 ? [`datafiles ${set.datafiles.join(',')}`] : []),
    ...set.archivedLogs.map(
      ({ thread, firstSequence, lastSequence }) =>
        `logs ${thread}/${firstSequence}${lastSequence === firstSequence ? '' : `-${lastSequence}`}`,
    ),
    ...(set.controlFile === undefined ? [] : ['control file']),
    ...(set.includesSpfile ? ['SPFILE'] : []),
  ];
  return parts.join(' ');
}
