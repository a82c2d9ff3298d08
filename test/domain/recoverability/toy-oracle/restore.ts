import {
  type ArchivedLog,
  applyChange,
  type Block,
  blocksPerFile,
  type Content,
  contentAt,
  createdUpTo,
  emptyBlock,
  type ToyDatabase,
} from './database.ts';

/** One datafile in a backup. */
export interface BackedUpFile {
  readonly file: number;
  readonly createdScn: number;
  /** 1: only what changed since `fromScn`. */
  readonly level: 'full' | 0 | 1;
  readonly incarnation: number;
  readonly fromScn: number;
  readonly checkpointScn: number;
  /** The newest change in any of its blocks. */
  readonly fuzzyScn: number;
  readonly blocks: readonly (Block | undefined)[];
}

/** What a file of the mount really holds. */
export type Piece =
  | {
      readonly kind: 'datafiles';
      readonly set: string;
      readonly pieces: number;
      readonly items: readonly BackedUpFile[];
    }
  | { readonly kind: 'logs'; readonly logs: readonly ArchivedLog[] }
  | {
      readonly kind: 'controlfile';
      readonly incarnation: number;
      readonly scn: number;
      readonly files: readonly number[];
    }
  | { readonly kind: 'rubbish' };

export type Target =
  | { readonly time: number }
  | { readonly through: readonly { thread: number; sequence: number }[] };

/**
 * Restores with what the files hold and nothing else: datafiles, incrementals by their SCNs, redo up to the target; then compares every
 * block with what the database held then.
 * @param options makesFiles: a datafile without a backup is made anew from the redo since its creation; only: these datafiles
 */
export function canRestore(
  database: ToyDatabase,
  files: Iterable<Piece>,
  target: Target,
  { makesFiles = true, only }: { readonly makesFiles?: boolean; readonly only?: readonly number[] } = {},
): boolean {
  const pieces = [...files];
  const controls = pieces.flatMap((piece) => (piece.kind === 'controlfile' ? [piece] : []));
  const isWanted = (file: number) => only === undefined || only.includes(file);
  return controls.some((control) => {
    const parts = { ...control, files: control.files.filter(isWanted) };
    return restoresWith(database, pieces, parts, target, { makesFiles, isWanted });
  });
}

function restoresWith(
  database: ToyDatabase,
  pieces: readonly Piece[],
  { incarnation, files, scn: controlScn }: Extract<Piece, { kind: 'controlfile' }>,
  target: Target,
  { makesFiles, isWanted }: { readonly makesFiles: boolean; readonly isWanted: (file: number) => boolean },
): boolean {
  const timeline = database.timelines.get(incarnation) ?? [];
  const logs = pieces.flatMap((piece) => (piece.kind === 'logs' ? piece.logs : []));
  const own = logs.filter((log) => log.incarnation === incarnation);
  const scn = targetScn(database, incarnation, target);
  if (scn === undefined) return false;
  const backups = wholeBackups(pieces).filter((backup) => backup.incarnation === incarnation);
  const content: Content = new Map();
  const checkpoints = new Map<number, number>();
  for (const file of files) {
    const created = createdUpTo(timeline, file, controlScn);
    const own = backups.filter(({ createdScn }) => createdScn === created);
    const restored = restoreFile(own, file, scn, created);
    if (restored !== undefined) {
      content.set(file, restored.blocks);
      checkpoints.set(file, restored.checkpointScn);
    } else if (created <= scn && (created <= database.bornScn || !makesFiles)) return false;
    else if (created <= scn) checkpoints.set(file, created - 1);
  }
  const from = Math.min(scn, ...checkpoints.values());
  if (!hasAllRedo(database, incarnation, own, from, scn)) return false;
  const redo = [...new Set(own.flatMap(({ changes }) => changes))].sort((one, other) => one.scn - other.scn);
  for (const change of redo) {
    if (change.scn > scn || change.scn <= (checkpoints.get(change.file) ?? from)) continue;
    if (isWanted(change.file)) applyChange(content, change);
  }
  const expected = [...contentAt(timeline, scn)].filter(([file]) => isWanted(file));
  return isSame(content, new Map(expected));
}

function targetScn(database: ToyDatabase, incarnation: number, target: Target): number | undefined {
  const timeline = database.timelines.get(incarnation) ?? [];
  if ('time' in target) {
    const { time } = target;
    const switches = database.archived.filter(
      (log) => log.incarnation === incarnation && log.archivedAt < time,
    );
    const last = timeline.findLast((change) => change.time < time)?.scn;
    return last && Math.max(last, ...switches.map(({ nextScn }) => nextScn));
  }
  const ends = target.through.map(
    ({ thread, sequence }) =>
      database.archived.find(
        (log) => log.incarnation === incarnation && log.thread === thread && log.sequence === sequence,
      )?.nextScn,
  );
  return ends.every((end) => end !== undefined) ? Math.min(...ends.map((end) => end ?? 0)) - 1 : undefined;
}

/** The newest backup whose changes all lie before the target, with every incremental that fits behind it. */
function restoreFile(backups: readonly BackedUpFile[], file: number, scn: number, created: number) {
  const own = backups.filter(
    (backup) => backup.file === file && backup.fuzzyScn <= scn && backup.checkpointScn <= scn,
  );
  const base = own
    .filter(({ level }) => level !== 1)
    .sort((one, other) => one.checkpointScn - other.checkpointScn)
    .at(-1);
  // A level 1 without a parent has every block that was written since the creation.
  const blocks: Block[] = Array.from({ length: blocksPerFile }, (_, at) => base?.blocks[at] ?? emptyBlock);
  let checkpointScn = base?.checkpointScn ?? created;
  for (;;) {
    const next = own
      .filter(
        (each) => each.level === 1 && each.fromScn <= checkpointScn && each.checkpointScn > checkpointScn,
      )
      .sort((one, other) => one.checkpointScn - other.checkpointScn)
      .at(-1);
    if (next === undefined) return checkpointScn === created ? undefined : { blocks, checkpointScn };
    for (const [index, block] of next.blocks.entries()) if (block !== undefined) blocks[index] = block;
    checkpointScn = next.checkpointScn;
  }
}

/** Sets of which every piece is there. */
function wholeBackups(pieces: readonly Piece[]): BackedUpFile[] {
  const counts = new Map<string, number>();
  for (const piece of pieces)
    if (piece.kind === 'datafiles') counts.set(piece.set, (counts.get(piece.set) ?? 0) + 1);
  const found = new Map<string, readonly BackedUpFile[]>();
  for (const piece of pieces) {
    if (piece.kind === 'datafiles' && counts.get(piece.set) === piece.pieces)
      found.set(piece.set, piece.items);
  }
  return [...found.values()].flat();
}

/** Recovery asks for every log of every thread, empty ones included. */
function hasAllRedo(
  database: ToyDatabase,
  incarnation: number,
  logs: readonly ArchivedLog[],
  from: number,
  to: number,
): boolean {
  if (from >= to) return true;
  const available = new Set(logs.map(({ recid }) => recid));
  const needed = database.archived.filter(
    (log) => log.incarnation === incarnation && log.nextScn > from + 1 && log.firstScn <= to,
  );
  if (!needed.every(({ recid }) => available.has(recid))) return false;
  const timeline = database.timelines.get(incarnation) ?? [];
  const inLogs = new Set(needed.flatMap(({ changes }) => changes));
  return timeline.every((change) => change.scn <= from || change.scn > to || inLogs.has(change));
}

function isSame(one: Content, other: Content): boolean {
  const isEqual = (blocks: readonly Block[] | undefined, others: readonly Block[]) =>
    blocks !== undefined &&
    Array.from({ length: blocksPerFile }).every((_, at) => blocks[at]?.by === others[at]?.by);
  return one.size === other.size && [...other].every(([file, blocks]) => isEqual(one.get(file), blocks));
}
