import { blocksPerMib, blockTypes } from './block.ts';
import type { FillBlock } from './block-writer.ts';
import type { ArchivedLog, Database, Datafile } from './database.ts';
import { fillDataBlock, fillFirstBlock, stateInBackup } from './image-copy.ts';
import { stampOf } from './oracle-date.ts';
import {
  blocksOfText,
  encodeDirectory,
  fillPieceHeader,
  type PieceEntry,
  textBlocks,
} from './piece-format.ts';
import { redoBlocks } from './redo.ts';
import {
  blockCount,
  contentKindAt,
  currentDay,
  dayOf,
  findBlockVersions,
  firstDataBlock,
  scnAtEndOf,
  scnOfChange,
  scnsOfLog,
} from './workload.ts';

/** The content of a backup piece: its size and how to fill its blocks. */
export interface PieceContent {
  readonly blocks: number;
  readonly fill: FillBlock;
}

/** Of a set of one piece. */
interface SetFacts {
  readonly setNumber: number;
  readonly at: Date;
}

/** What a piece holds, with the blocks of it. */
interface Part {
  readonly entry: PieceEntry;
  readonly blocks: readonly FillBlock[];
}

const controlFileMib = 1;

/** Header and directory come before what the piece holds. */
const makePiece = (database: Database, { setNumber, at }: SetFacts, parts: readonly Part[]): PieceContent => {
  const scn = scnAtEndOf(currentDay(database));
  const directory = encodeDirectory(parts.map(({ entry }) => entry));
  const header = {
    ...{ dbid: database.dbid, name: database.name, setNumber, stamp: stampOf(at) },
    directoryBytes: directory.length,
  };
  const blocks: readonly FillBlock[] = [
    (block) => fillPieceHeader(block, header, scn),
    ...textBlocks(directory, blocksOfText(directory.length), { type: blockTypes.pieceDirectory, scn }),
    ...parts.flatMap((part) => part.blocks),
  ];
  return { blocks: blocks.length, fill: (block, number) => blocks[number]?.(block, number) };
};

/** A piece that holds archived logs. */
export const makeLogPiece = (
  database: Database,
  logs: readonly ArchivedLog[],
  set: SetFacts,
): PieceContent => {
  const { resetlogsId, changeShares } = database;
  const parts = logs.map((log): Part => {
    const { thread, sequence, recid, span, stamp } = log;
    const scns = scnsOfLog(log);
    const changeShare = changeShares[dayOf(scns.firstScn) - 1] ?? 0;
    const blocks = redoBlocks(database, log, scnAtEndOf(currentDay(database)));
    return {
      entry: {
        ...{ holds: 'log', thread, sequence, recid, span, stamp, resetlogsId, ...scns, changeShare },
        blocks: blocks.length,
      },
      blocks,
    };
  });
  return makePiece(database, set, parts);
};

/** A datafile, and since when an incremental of it has the changes; 0: since ever. */
export interface BackupOfDatafile {
  readonly datafile: Datafile;
  readonly level: 0 | 1;
  readonly fromScn: number;
}

/** A piece that holds datafiles: of blocks that were never used nothing is stored. */
export const makeDatafilePiece = (
  database: Database,
  backups: readonly BackupOfDatafile[],
  set: SetFacts,
): PieceContent =>
  makePiece(
    database,
    set,
    backups.map((backup) => makeDatafilePart(database, backup, set.at)),
  );

const makeDatafilePart = (
  database: Database,
  { datafile, level, fromScn }: BackupOfDatafile,
  at: Date,
): Part => {
  const state = stateInBackup(database, at);
  const versions = findBlockVersions(database, datafile, state.contentScn);
  const first = Array.from(
    { length: firstDataBlock - 1 },
    (_, index): FillBlock =>
      (block) =>
        fillFirstBlock(block, database, datafile, { number: index + 1, state }),
  );
  const data: FillBlock[] = [];
  versions.forEach((version, number) => {
    if (number < firstDataBlock || contentKindAt(database, datafile, number, version) === 'neverUsed') return;
    if (scnOfChange(database, datafile, number, version) < fromScn) return;
    data.push((block) => fillDataBlock(block, database, datafile, { number, version }));
  });
  // The space map never changes in this database.
  const blocks = [...(level === 0 || fromScn === 0 ? first : first.slice(0, 1)), ...data];
  const { checkpointScn, fuzzyScn = 0 } = state;
  return {
    entry: {
      ...{ holds: 'datafile', file: datafile.number, level, fromScn, checkpointScn, fuzzyScn },
      blocksInFile: blockCount(datafile) + 1,
      blocks: blocks.length,
    },
    blocks,
  };
};

const parameterFile = ({ name }: Database): string =>
  [
    `*.control_files='/u01/app/oracle/oradata/${name}/control01.ctl'`,
    '*.db_block_size=8192',
    `*.db_name='${name}'`,
    "*.log_archive_format='%t_%s_%r.dbf'",
    "*.undo_tablespace='UNDOTBS1'",
  ].join('\n');

/**
 * A piece that holds control file and SPFILE. The control file is what the database knows of itself: files, checkpoint, backups. Most of
 * it is free record slots, the same every day.
 */
export const makeAutobackupPiece = (database: Database, set: SetFacts): PieceContent => {
  const scn = scnAtEndOf(currentDay(database));
  const seal = { type: blockTypes.controlFile, scn };
  const text = Buffer.from(JSON.stringify(database), 'utf8');
  const blocks = Math.max(controlFileMib * blocksPerMib, blocksOfText(text.length));
  const parameters = Buffer.from(parameterFile(database), 'latin1');
  return makePiece(database, set, [
    {
      entry: { holds: 'controlFile', checkpointScn: scn, bytes: text.length, blocks },
      blocks: textBlocks(text, blocks, seal),
    },
    {
      entry: { holds: 'spfile', bytes: parameters.length, blocks: 1 },
      blocks: textBlocks(parameters, 1, seal),
    },
  ]);
};
