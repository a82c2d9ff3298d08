import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { UploadId } from '../../../shared/domain/ids.ts';
import type {
  DirectoryEntry,
  FileEntry,
  MapRow,
  PackRow,
  SymlinkEntry,
} from '../../../shared/domain/vault/manifest-rows.ts';
import type { ObjectRef } from '../../../shared/domain/vault/pack-ref.ts';
import { ExtentSort, type NeededPack, type WorkExtent } from './extent-sort.ts';
import type { OpenFile } from './open-files.ts';
import { packsInOrder, schema, statements } from './restore-work-tables.ts';

/** What every entry but another name of a file has of its own. */
export interface WorkInode {
  readonly path: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
}

export interface WorkFile extends WorkInode {
  readonly id: number;
  readonly size: number;
  readonly leafBytes: number;
  readonly digest: string;
  /** Whether it was on the disk as it should be. */
  readonly isWhole: boolean;
}

/** A symbolic link, or another name of a file. */
export type WorkLink =
  | (WorkInode & { readonly target: Buffer })
  | { readonly path: Buffer; readonly file: number };

/** Gives `work` the file open for reading and writing. */
export type UseFile = <T>(file: WorkFile, work: (open: OpenFile) => Promise<T>) => Promise<T>;

export interface WorkSegment {
  readonly file: WorkFile;
  /** Its place in the file. */
  readonly ordinal: number;
  /** Its place in the bundle. */
  readonly item: number;
  readonly sha256: string;
}

/** A map bundle or pack as the manifest lists it. */
export type WorkObject = ObjectRef & Pick<PackRow, 'sha256' | 'storedBytes' | 'tableSha256'>;
export type WorkPack = WorkObject & {
  readonly id: number;
  readonly rawBytes: number;
  readonly isPlaced: boolean;
};
type WorkMap = WorkObject & { readonly id: number };

/** Read at once of files that are wanted one by one while others are looked up. */
const filesAtOnce = 100;

type Row = Record<string, SQLOutputValue>;

/**
 * What a restore has to do. It lies on disk, because a snapshot may have 10^6 files, and one of 10 TB has 10^5 packs and
 * 10^7 extents; it is made anew by each attempt, so it needs neither journal nor syncs.
 */
export class RestoreWork {
  readonly #database: DatabaseSync;
  readonly #statements: Readonly<Record<keyof typeof statements, StatementSync>>;
  readonly #extents: ExtentSort;

  /** `path` and `path.extents` are scratch. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000');
    this.#database.exec(`${schema} BEGIN`);
    const prepared = Object.entries(statements).map(([name, sql]) => [name, this.#database.prepare(sql)]);
    this.#statements = Object.fromEntries(prepared);
    this.#extents = new ExtentSort(`${path}.extents`);
  }

  addDirectory(entry: DirectoryEntry): void {
    this.#statements.addDirectory.run(...inodeColumns(entry));
  }

  /** Answers its id, by which other names of it are added. `path`: where it goes. */
  addFile(entry: FileEntry, path: Buffer = entry.path): number {
    const { size, leafBytes, digest, holes, segments } = entry;
    const columns = inodeColumns({ ...entry, path });
    const added = this.#statements.addFile.run(...columns, size, leafBytes, digest, JSON.stringify(holes));
    const id = Number(added.lastInsertRowid);
    segments.forEach(({ index, sha256, owner, number }, ordinal) => {
      this.#statements.addSegment.run(index, id, ordinal, sha256, owner, number);
    });
    return id;
  }

  addSymlink(entry: SymlinkEntry): void {
    this.#statements.addSymlink.run(...inodeColumns(entry), entry.target);
  }

  addName(path: Buffer, file: number): void {
    this.#statements.addName.run(path, file);
  }

  addMap({ owner, number, sha256, tableSha256, storedBytes }: MapRow): void {
    this.#statements.addMap.run(owner, number, sha256, tableSha256, storedBytes);
  }

  addPack({ owner, number, sha256, tableSha256, storedBytes, rawBytes }: PackRow): void {
    this.#statements.addPack.run(owner, number, sha256, tableSha256, storedBytes, rawBytes);
  }

  /** In the manifest's order: a folder before what is in it. */
  *directories(): Generator<WorkInode> {
    for (const row of this.#statements.directories.iterate()) yield inodeOf(row);
  }

  *directoriesDeepestFirst(): Generator<WorkInode> {
    for (const row of this.#statements.deepestFirst.iterate()) yield inodeOf(row);
  }

  *files(): Generator<WorkFile> {
    for (const row of this.#statements.files.iterate()) yield fileOf(row);
  }

  /** The files that are complete with this pack; of those that need none, when that is null. Only after `neededPacks`. */
  *filesOfLastPack(pack: number | null): Generator<WorkFile> {
    for (let last = 0; ; ) {
      const files = this.#statements.filesOfLastPack.all(pack, last, filesAtOnce).map(fileOf);
      yield* files;
      last = files.at(-1)?.id ?? last;
      if (files.length < filesAtOnce) return;
    }
  }

  *links(): Generator<WorkLink> {
    for (const row of this.#statements.links.iterate()) {
      const { target, file } = row;
      yield file === null
        ? { ...inodeOf(row), target: bytesOf(target) }
        : { path: bytesOf(row.path), file: Number(file) };
    }
  }

  /** How many files there are, each counted once, and what their sizes add up to. */
  totals(): { readonly files: number; readonly bytes: number } {
    const row = this.#statements.totals.get();
    return { files: Number(row?.files), bytes: Number(row?.bytes) };
  }

  /** What the files take on a disk: their holes take nothing again. */
  bytesToWrite(): number {
    return Number(this.#statements.bytesToWrite.get()?.bytes);
  }

  /** The bundles in which segments of chosen files lie. */
  maps(): WorkMap[] {
    return this.#statements.maps.all().map((row) => ({ id: Number(row.id), ...objectOf(row) }));
  }

  /** The segments wanted of a bundle, in the bundle's order. */
  *segmentsIn({ id }: WorkMap): Generator<WorkSegment> {
    for (const row of this.#statements.segmentsIn.all(id)) {
      const file = this.file(Number(row.file));
      yield { file, ordinal: Number(row.ordinal), item: Number(row.item), sha256: String(row.sha256) };
    }
  }

  file(id: number): WorkFile {
    const row = this.#statements.file.get(id);
    if (!row) throw new Error(`file ${id} is not part of this restore`);
    return fileOf(row);
  }

  /** Apart from the rest of a file, for there may be very many. */
  holesOf(file: number): FileEntry['holes'] {
    return JSON.parse(String(this.#statements.file.get(file)?.holes ?? '[]'));
  }

  pack(id: number): WorkPack {
    const row = this.#statements.pack.get(id);
    if (!row) throw new Error(`pack ${id} is not part of this restore`);
    return packOf(row);
  }

  /** Those that come next in the order of `neededPacks`, needed or not. */
  packsAfter(id: number, limit: number): WorkPack[] {
    return this.#statements.packsAfter.all(id, limit).map(packOf);
  }

  packNamed({ owner, number }: ObjectRef): WorkPack | undefined {
    const row = this.#statements.packNamed.get(owner, number);
    return row && packOf(row);
  }

  addSegmentDigest(file: number, ordinal: number, digest: Buffer): void {
    this.#statements.addDigest.run(file, ordinal, digest);
  }

  /** The digests of a file's segments in order. */
  segmentDigests(file: number): Uint8Array[] {
    return this.#statements.digests.all(file).map(({ digest }) => bytesOf(digest));
  }

  /** The file is not on the disk as it should be: it will be written, and must be verified. */
  markIncomplete(file: number): void {
    this.#statements.markIncomplete.run(file);
  }

  /** An earlier attempt brought all that is needed of this pack. */
  markPlaced(owner: UploadId, number: number): void {
    this.#statements.markPlaced.run(owner, number);
  }

  /** After the last pack and before the first extent: gives the packs the order in which they are to be fetched. */
  orderPacks(): void {
    this.#database.exec(packsInOrder);
  }

  /** Notes that the file is not complete before this pack. */
  needPack(file: number, pack: number): void {
    this.#statements.needPack.run(pack, file);
  }

  /** Notes that with this pack a segment of the file is complete from its begin up to this place of the file. */
  addStretch(file: number, upTo: number, pack: number): void {
    this.#statements.addStretch.run(pack, file, upTo);
  }

  /** How far segments are complete with this pack. */
  stretchesOfPack(pack: number): { readonly file: number; readonly upTo: number }[] {
    return this.#statements.stretchesOfPack
      .all(pack)
      .map((row) => ({ file: Number(row.file), upTo: Number(row.up_to) }));
  }

  addExtent(extent: WorkExtent): void {
    this.#extents.add(extent);
  }

  /** The packs needed, ascending, each with what is needed of it. Once, after the last extent. */
  neededPacks(): Iterable<NeededPack> {
    this.#database.exec('CREATE INDEX file_by_last_pack ON file (last_pack)');
    return this.#extents.packs();
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#extents.close();
  }
}

const inodeColumns = ({ path, mode, uid, gid, mtimeNs }: WorkInode) =>
  [path, mode, uid, gid, String(mtimeNs)] as const;

const bytesOf = (value: SQLOutputValue | undefined): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value) : Buffer.alloc(0);

const inodeOf = ({ path, mode, uid, gid, mtime_ns: mtimeNs }: Row): WorkInode => ({
  path: bytesOf(path),
  mode: Number(mode),
  uid: Number(uid),
  gid: Number(gid),
  mtimeNs: BigInt(String(mtimeNs)),
});

const fileOf = (row: Row): WorkFile => ({
  ...inodeOf(row),
  id: Number(row.id),
  size: Number(row.size),
  leafBytes: Number(row.leaf_bytes),
  digest: String(row.digest),
  isWhole: row.is_whole === 1,
});

const objectOf = (row: Row): WorkObject => ({
  owner: String(row.owner) as UploadId,
  number: Number(row.number),
  sha256: String(row.sha256),
  tableSha256: String(row.table_sha256),
  storedBytes: Number(row.stored_bytes),
});

const packOf = (row: Row): WorkPack => ({
  ...objectOf(row),
  id: Number(row.id),
  rawBytes: Number(row.raw_bytes),
  isPlaced: row.is_placed === 1,
});
