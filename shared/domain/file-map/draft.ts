import type { UploadId } from '../ids.ts';
import type {
  CopyRecovery,
  DatabaseFiles,
  FileContent,
  FileMap,
  MapDoubt,
  MapLog,
  MappedArchivedLogCopy,
  MappedAutobackup,
  MappedControlFileCopy,
  MappedCopy,
  MappedFile,
  MappedSet,
} from './file-map.ts';
import type { Source } from './source.ts';

interface Kinds {
  readonly backupSets: MappedSet;
  readonly imageCopies: MappedCopy;
  readonly archivedLogCopies: MappedArchivedLogCopy;
  readonly controlFileCopies: MappedControlFileCopy;
  readonly autobackups: MappedAutobackup;
}
export type EntryKind = keyof Kinds;

export const entryKinds = [
  'backupSets',
  'imageCopies',
  'archivedLogCopies',
  'controlFileCopies',
  'autobackups',
] as const satisfies readonly EntryKind[];

/** One set, copy or autobackup of a database. */
export type Entry = {
  readonly [Kind in EntryKind]: { readonly kind: Kind; readonly dbid: string; readonly item: Kinds[Kind] };
}[EntryKind];

/** A file of an entry while a map is being made: what the logs say of it so far. */
export interface DraftFile {
  readonly named: MappedFile;
  /** The log is of Windows, where names mean the same in any case. */
  readonly foldsCase: boolean;
  /** What it was when it was first seen. Forgotten when a log says that it was written to. */
  content: FileContent | undefined;
  /** A log of this point says that it was deleted. */
  deletedBy: Source | undefined;
  /** It is something else now, or was deleted by the log that made it. */
  isGone: boolean;
}

export interface DraftEntry {
  readonly entry: Entry;
  /** Of a set its pieces in their order, otherwise the one file. */
  readonly files: readonly DraftFile[];
  /** From a log of this point. */
  readonly isNew: boolean;
  /** Roll-forwards of an image copy that this point's logs add. */
  readonly recoveries: CopyRecovery[];
}

export type DatabaseFacts = Omit<DatabaseFiles, EntryKind>;

/** Everything that changes as a fold goes from log to log. */
export class Draft {
  readonly entries: DraftEntry[] = [];
  readonly databases = new Map<string, DatabaseFacts>();
  /** Those that this point's logs speak of. */
  readonly freshDatabases = new Set<string>();
  readonly logs: MapLog[] = [];
  readonly doubts: MapDoubt[] = [];
  readonly #claims = new Map<string, { entry: DraftEntry; file: DraftFile }[]>();

  /** Begins with what the parent's map says; or an earlier map of the same point, whose own logs are new still. */
  constructor(parent: FileMap | undefined, recoveryPointId?: UploadId) {
    if (parent === undefined) return;
    this.logs.push(...parent.logs);
    const ofWindows = new Set(
      parent.logs.filter(({ platform }) => platform === 'windows').map((log) => logKey(log)),
    );
    for (const database of parent.databases) {
      const { backupSets, imageCopies, archivedLogCopies, controlFileCopies, autobackups, ...facts } =
        database;
      this.databases.set(database.dbid, facts);
      if (parent.recoveryPointId === recoveryPointId) this.freshDatabases.add(database.dbid);
      for (const entry of entriesOfDatabase(database)) {
        const isNew = entry.item.source.uploadId === recoveryPointId;
        this.#put(entry, { isNew, foldsCase: ofWindows.has(logKey(entry.item.source)) });
      }
    }
  }

  /** Adds what a log says was made. Whatever claimed its files before has lost them: they hold something else now. */
  add(entry: Entry, foldsCase: boolean): void {
    for (const named of filesOf(entry)) {
      for (const { file } of this.claimsOf(named, foldsCase)) file.isGone = true;
    }
    this.#put(entry, { isNew: true, foldsCase });
  }

  #put(entry: Entry, { isNew, foldsCase }: { isNew: boolean; foldsCase: boolean }): void {
    const files = filesOf(entry).map((named) => ({
      named,
      foldsCase,
      content: named.content,
      deletedBy: undefined,
      isGone: false,
    }));
    const draft = { entry, files, isNew, recoveries: [] };
    this.entries.push(draft);
    for (const file of files) {
      const key = claimKey(file.named);
      const claims = this.#claims.get(key) ?? [];
      claims.push({ entry: draft, file });
      this.#claims.set(key, claims);
    }
  }

  /** The entries that claim a file, and have not lost it. */
  claimsOf(named: Pick<MappedFile, 'path' | 'handle'>, foldsCase: boolean) {
    const claims = this.#claims.get(claimKey(named)) ?? [];
    return claims.filter(({ file }) => {
      const isSame = file.named.path === named.path || file.foldsCase || foldsCase;
      return isSame && !file.isGone;
    });
  }
}

export function* entriesOfDatabase(database: DatabaseFiles): Generator<Entry> {
  const { dbid } = database;
  for (const kind of entryKinds) {
    for (const item of database[kind]) yield { kind, dbid, item } as Entry;
  }
}

export const filesOf = ({ kind, item }: Entry): readonly MappedFile[] =>
  kind === 'backupSets' ? item.pieces : [item];

/** Paths meet here in any case; who compares them looks at the case. */
const claimKey = ({ path, handle }: Pick<MappedFile, 'path' | 'handle'>): string =>
  path === undefined ? `elsewhere ${handle}` : path.toLowerCase();

export const logKey = ({ uploadId, logNumber }: Pick<Source, 'uploadId' | 'logNumber'>): string =>
  `${uploadId} ${logNumber}`;
