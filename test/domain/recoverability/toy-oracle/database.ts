import type { Random } from './random.ts';

/** What a block holds: the change that wrote it last. 0: never written. */
export interface Block {
  readonly scn: number;
  readonly by: string;
}
export const blocksPerFile = 4;
export const emptyBlock: Block = { scn: 0, by: '' };

export interface Change {
  readonly scn: number;
  readonly time: number;
  readonly thread: number;
  readonly file: number;
  readonly does: 'write' | 'create' | 'drop';
  readonly block: number;
}

export interface ArchivedLog {
  readonly incarnation: number;
  readonly thread: number;
  readonly sequence: number;
  /** Redo from this SCN on, to below the next. */
  readonly firstScn: number;
  readonly nextScn: number;
  readonly recid: number;
  /** Seconds. */
  readonly archivedAt: number;
  readonly changes: readonly Change[];
  onDisk: boolean;
}

/** Datafiles as they are: blocks by file number. */
export type Content = Map<number, Block[]>;

interface Thread {
  sequence: number;
  firstScn: number;
  changes: Change[];
}

/** A database of a few files with a few blocks, which writes redo in one or two threads and archives it. Times are whole seconds. */
export class ToyDatabase {
  readonly random: Random;
  now: number;
  scn = 1_000;
  incarnation = 1;
  recid: number;
  copyRecid = 1;
  /** The datafiles that the database was created with are not in its redo. */
  readonly bornScn: number;
  files: Content = new Map();
  readonly threads = new Map<number, Thread>();
  readonly archived: ArchivedLog[] = [];
  /** All changes that lead to the present, of each incarnation. */
  readonly timelines = new Map<number, Change[]>([[1, []]]);
  #nextFile = 1;

  constructor(random: Random) {
    this.random = random;
    this.now = Date.UTC(2026, 2, 1, 20) / 1000;
    this.recid = random.below(500);
    this.threads.set(1, { sequence: 40 + random.below(100), firstScn: this.scn, changes: [] });
    for (let count = 0; count < 2 + random.below(3); count++) this.createFile();
    this.bornScn = this.scn;
    this.work(5);
  }

  get timeline(): Change[] {
    return this.timelines.get(this.incarnation) ?? [];
  }

  work(changes: number): void {
    for (let count = 0; count < changes; count++) {
      this.now += this.random.below(40);
      const file = this.random.pick([...this.files.keys()]);
      this.#change({ file, does: 'write', block: this.random.below(blocksPerFile) });
      if (this.random.chance(0.02)) this.switchLog(this.random.pick([...this.threads.keys()]));
    }
  }

  /** Oracle gives a number again that a dropped datafile had. */
  createFile(): void {
    const free = [...Array(this.#nextFile).keys()].filter((file) => file > 0 && !this.files.has(file));
    const file = free.length > 0 && this.random.chance(0.5) ? this.random.pick(free) : this.#nextFile++;
    this.#change({ file, does: 'create', block: 0 });
  }

  /** Tells a datafile from an earlier one of its number. */
  createdScn(file: number): number {
    return createdUpTo(this.timeline, file, this.scn);
  }

  dropFile(file: number): void {
    this.#change({ file, does: 'drop', block: 0 });
  }

  enableThread(): void {
    this.scn++;
    this.threads.set(2, { sequence: 20 + this.random.below(50), firstScn: this.scn, changes: [] });
  }

  switchLog(thread: number): void {
    const log = this.threads.get(thread);
    if (log === undefined) return;
    this.scn++;
    this.recid++;
    const { sequence, firstScn, changes } = log;
    const { incarnation, scn: nextScn, recid, now: archivedAt } = this;
    this.archived.push({
      incarnation,
      thread,
      sequence,
      firstScn,
      nextScn,
      recid,
      archivedAt,
      changes,
      onDisk: true,
    });
    this.threads.set(thread, { sequence: sequence + 1, firstScn: nextScn, changes: [] });
    this.now += this.random.below(3);
  }

  archiveCurrent(): void {
    for (const thread of this.threads.keys()) this.switchLog(thread);
  }

  /** Goes back to an earlier SCN and begins a new incarnation there. */
  openResetlogs(scn: number): void {
    const kept = this.timeline.filter((change) => change.scn <= scn);
    this.incarnation++;
    this.timelines.set(this.incarnation, kept);
    this.files = contentAt(kept, scn);
    this.scn = scn + 1;
    this.now += 600;
    for (const thread of this.threads.keys()) {
      this.threads.set(thread, { sequence: 1, firstScn: this.scn, changes: [] });
    }
  }

  #change(what: Pick<Change, 'file' | 'does' | 'block'>): void {
    this.scn++;
    const thread = this.random.pick([...this.threads.keys()]);
    const change = { ...what, scn: this.scn, time: this.now, thread };
    this.timeline.push(change);
    this.threads.get(thread)?.changes.push(change);
    applyChange(this.files, change);
  }
}

export function applyChange(content: Content, { scn, time, file, does, block }: Change): void {
  if (does === 'create')
    content.set(
      file,
      Array.from({ length: blocksPerFile }, () => emptyBlock),
    );
  if (does === 'drop') content.delete(file);
  const blocks = content.get(file);
  if (does === 'write' && blocks !== undefined && (blocks[block]?.scn ?? 0) < scn)
    blocks[block] = { scn, by: `${scn}@${time}` };
}

/** When the datafile was created that had a number at an SCN. */
export const createdUpTo = (timeline: readonly Change[], file: number, scn: number): number =>
  timeline.findLast((change) => change.does === 'create' && change.file === file && change.scn <= scn)?.scn ??
  0;

/** What the database held at an SCN. */
export function contentAt(timeline: readonly Change[], scn: number): Content {
  const content: Content = new Map();
  for (const change of timeline) if (change.scn <= scn) applyChange(content, change);
  return content;
}
