import { segmentCount } from './digest.ts';
import { comparePaths, parentPath } from './entry-path.ts';
import { damaged, unsafePath } from './errors.ts';
import type {
  FileEntry,
  LogRow,
  ManifestEntry,
  ManifestHeader,
  ManifestRow,
  ManifestTotals,
  MapRow,
  ObjectRow,
  SegmentRef,
} from './manifest-rows.ts';
import { compareRefs, refKey } from './pack-ref.ts';
import { RunSet } from './run-set.ts';

const rank = { manifest: 0, object: 1, log: 2, entry: 3, end: 4 } as const;

/**
 * What a row alone cannot show: order, references between rows, sums. Memory: the tables' map bundles and the depth
 * of the tree, not the number of entries.
 */
export class ManifestChecks {
  readonly #object: string;
  readonly #bundles = new Map<string, RunSet>();
  readonly #counted = { objects: 0, logs: 0, entries: 0, files: 0, bytes: 0, skipped: 0 };
  #rank = -1;
  #header: ManifestHeader | undefined;
  #lastObject: ObjectRow | undefined;
  #lastPath: Buffer | undefined;
  /** The directories from the root to the last entry. */
  #folders: Buffer[] = [];
  #linkGroups = 0;

  constructor(object: string) {
    this.#object = object;
  }

  /** Throws unless `row` may follow the rows before it. */
  accept(row: ManifestRow): void {
    const isSingle = row.row === 'manifest' || row.row === 'end';
    if (
      rank[row.row] < this.#rank ||
      (isSingle && rank[row.row] === this.#rank) ||
      (this.#rank === -1 && row.row !== 'manifest')
    ) {
      throw damaged(this.#object, `has a row of kind ${row.row} where it must not be`);
    }
    this.#rank = rank[row.row];
    if (row.row === 'manifest') this.#header = row.header;
    else if (row.row === 'object') this.#acceptObject(row.object);
    else if (row.row === 'log') this.#acceptLog(row.log);
    else if (row.row === 'entry') this.#acceptEntry(row.entry);
    else {
      this.#acceptEnd(row.totals);
      if ((row.mac === undefined) !== (this.#header?.encryption === undefined))
        throw damaged(this.#object, 'has a MAC just where it is not encrypted, or the other way round');
    }
  }

  /** Call when no rows are left. */
  end(): void {
    if (this.#rank !== rank.end) throw damaged(this.#object, 'ends before its last row');
  }

  #acceptObject(object: ObjectRow): void {
    this.#counted.objects++;
    const last = this.#lastObject;
    if (last && (last.kind > object.kind || (last.kind === object.kind && compareRefs(last, object) >= 0))) {
      throw damaged(this.#object, `has object ${refKey(object)} out of order`);
    }
    this.#lastObject = object;
    if (object.owner !== this.#header?.uploadId && this.#header?.parent === null) {
      throw damaged(this.#object, `names object ${refKey(object)} of another upload but has no parent`);
    }
    if (object.kind === 'map') this.#bundles.set(refKey(object), this.#runsOf(object));
    else if (object.referencedBytes > object.rawBytes) {
      throw damaged(this.#object, `references more of pack ${refKey(object)} than it holds`);
    }
  }

  #runsOf(object: MapRow): RunSet {
    const runs = RunSet.from(object.segments);
    if (!runs) throw damaged(this.#object, `has segments of map bundle ${refKey(object)} out of order`);
    return runs;
  }

  #acceptLog(log: LogRow): void {
    this.#counted.logs++;
    if (log.number !== this.#counted.logs) throw damaged(this.#object, `has log ${log.number} out of order`);
  }

  #acceptEntry(entry: ManifestEntry): void {
    this.#counted.entries++;
    this.#checkPlace(entry);
    if (entry.type === 'file') this.#acceptFile(entry);
    else if (entry.type === 'skipped') this.#counted.skipped++;
    else if (entry.type === 'hardlink' && entry.linkGroup > this.#linkGroups) {
      throw damaged(this.#object, `has a name of link group ${entry.linkGroup} before its file`);
    }
  }

  /** In order, and in a folder that is an entry before it: so nothing is ever reached through a symbolic link. */
  #checkPlace(entry: ManifestEntry): void {
    const { path } = entry;
    const name = JSON.stringify(path.toString());
    const last = this.#lastPath;
    if (!last) {
      if (path.length > 0 || entry.type !== 'directory')
        throw damaged(this.#object, 'does not begin with the root folder');
    } else {
      if (comparePaths(last, path) >= 0) throw damaged(this.#object, `has entry ${name} out of order`);
      const parent = parentPath(path);
      while (this.#folders.length > 0 && !this.#folders.at(-1)?.equals(parent)) this.#folders.pop();
      if (this.#folders.length === 0)
        throw unsafePath(this.#object, path, 'does not lie in a folder of this manifest');
    }
    this.#lastPath = path;
    if (entry.type === 'directory') this.#folders.push(path);
  }

  #acceptFile(file: FileEntry): void {
    const name = JSON.stringify(file.path.toString());
    this.#counted.files++;
    this.#counted.bytes += file.size;
    if (file.linkGroup !== undefined && file.linkGroup !== ++this.#linkGroups) {
      throw damaged(this.#object, `has link group ${file.linkGroup} out of order`);
    }
    if (file.segments.length !== segmentCount(file.size)) {
      throw damaged(
        this.#object,
        `has ${file.segments.length} segments for the ${file.size} bytes of ${name}`,
      );
    }
    let free = 0;
    for (const [offset, length] of file.holes) {
      if (offset < free) throw damaged(this.#object, `has holes of ${name} out of order`);
      free = offset + length + 1;
      if (offset + length > file.size) throw damaged(this.#object, `has a hole outside ${name}`);
    }
    for (const segment of file.segments) this.#use(segment, name);
  }

  #use(segment: SegmentRef, name: string): void {
    if (this.#bundles.get(refKey(segment))?.mark(segment.index)) return;
    const place = `${segment.index} of map bundle ${refKey(segment)}`;
    throw damaged(this.#object, `uses segment ${place} for ${name}, which its tables do not list`);
  }

  #acceptEnd(totals: ManifestTotals): void {
    // A commit reads only the tables and trusts their list of segments, so the list must be exact.
    for (const [bundle, runs] of this.#bundles) {
      if (!runs.isAllMarked)
        throw damaged(this.#object, `lists segments of map bundle ${bundle} that no file uses`);
    }
    const said = [this.#header?.totals, totals].map((value) => JSON.stringify(inOrder(value)));
    const counted = JSON.stringify(inOrder(this.#counted));
    if (said.some((value) => value !== counted))
      throw damaged(this.#object, 'has rows that do not add up to its totals');
  }
}

/** The sums in a fixed order, for comparing. */
const inOrder = (totals: ManifestTotals | undefined) =>
  totals && [totals.objects, totals.logs, totals.entries, totals.files, totals.bytes, totals.skipped];
