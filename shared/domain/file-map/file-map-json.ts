import * as z from 'zod';
import { damaged, unsupported } from '../vault/errors.ts';
import { expandStream, linesOf } from '../vault/manifest-reader.ts';
import { compressInOneFrame } from '../vault/manifest-writer.ts';
import { type DatabaseFacts, type EntryKind, entriesOfDatabase, entryKinds } from './draft.ts';
import type { DatabaseFiles, FileMap } from './file-map.ts';

const version = 1;

/** The name of a row is the list that it belongs to. */
const rowNames = {
  backupSets: 'backup-set',
  imageCopies: 'image-copy',
  archivedLogCopies: 'archived-log-copy',
  controlFileCopies: 'control-file-copy',
  autobackups: 'autobackup',
} as const satisfies Record<EntryKind, string>;

const kindOfRow = new Map<string, EntryKind>(entryKinds.map((kind) => [rowNames[kind], kind]));

const anyRow = z.looseObject({ row: z.string() });

/** The map as it lies in the vault: JSON Lines in one zstd frame. Equal maps give equal bytes. */
export const encodeFileMap = (map: FileMap): Promise<Buffer> => compressInOneFrame(chunksOf(map));

/** Rows gather to pieces of some size: each piece costs a turn of the event loop. */
function* chunksOf(map: FileMap): Generator<Buffer> {
  let lines = '';
  for (const row of rowsOf(map)) {
    lines += `${JSON.stringify(row)}\n`;
    if (lines.length < 2 ** 18) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

function* rowsOf({ logs, databases, inferred, doubts, ...header }: FileMap): Generator<object> {
  let rows = 1;
  const row = (name: string, value: object) => {
    rows++;
    return { row: name, ...value };
  };
  yield { row: 'file-map', ...header };
  for (const log of logs) yield row('log', { log });
  // All of them before the first entry: who wants no more than these reads no further.
  for (const database of databases) {
    const { backupSets, imageCopies, archivedLogCopies, controlFileCopies, autobackups, ...facts } = database;
    yield row('database', { database: facts });
  }
  for (const { kind, dbid, item } of allEntries({ databases })) yield row(rowNames[kind], { dbid, item });
  for (const file of inferred) yield row('inferred', { file });
  for (const doubt of doubts) yield row('doubt', { doubt });
  yield { row: 'end', rows };
}

/** Reads a map back. Refuses other versions and kinds of rows by name, and what is cut off or damaged. */
export async function decodeFileMap(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  object: string,
): Promise<FileMap> {
  const reading = new Reading(object);
  for await (const line of linesOf(expandStream(source, object), object)) reading.accept(line);
  return reading.end();
}

/** The databases of a map, without reading what they have. */
export async function decodeDatabases(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  object: string,
): Promise<DatabaseFacts[]> {
  const databases: DatabaseFacts[] = [];
  const before = new Set(['file-map', 'log', 'database']);
  for await (const line of linesOf(expandStream(source, object), object)) {
    const { row, database } = JSON.parse(line.toString()) as { row: string; database?: DatabaseFacts };
    if (!before.has(row)) return databases;
    if (database !== undefined) databases.push(database);
  }
  throw damaged(object, 'is cut off');
}

type Lists = { [Kind in EntryKind]: object[] };

/** The rows are of the service's own making and lie write-once: their form is trusted, their kind and number are not. */
class Reading {
  readonly #object: string;
  readonly #lists = { logs: [] as object[], inferred: [] as object[], doubts: [] as object[] };
  readonly #databases = new Map<string, DatabaseFacts & Lists>();
  #header: object | undefined;
  #rows = 0;
  #isEnded = false;

  constructor(object: string) {
    this.#object = object;
  }

  accept(line: Buffer): void {
    const { row, ...value } = this.#parse(line);
    if (this.#isEnded) throw damaged(this.#object, 'has rows behind its end');
    if (this.#header === undefined) this.#begin(row, value);
    else if (row === 'end') this.#close(value);
    else {
      this.#rows++;
      this.#put(row, value);
    }
  }

  end(): FileMap {
    if (this.#header === undefined || !this.#isEnded) throw damaged(this.#object, 'is cut off');
    return {
      ...this.#header,
      ...this.#lists,
      databases: [...this.#databases.values()],
    } as unknown as FileMap;
  }

  #parse(line: Buffer) {
    try {
      return anyRow.parse(JSON.parse(line.toString()));
    } catch (error) {
      throw damaged(this.#object, `row ${this.#rows + 1} is no JSON object with a row`, error);
    }
  }

  #begin(row: string, header: { readonly version?: unknown }): void {
    if (row !== 'file-map') throw damaged(this.#object, 'does not begin with the row file-map');
    if (header.version !== version) {
      throw unsupported(
        this.#object,
        `is a file map of version ${header.version}; this reads version ${version}`,
      );
    }
    this.#header = header;
    this.#rows = 1;
  }

  #close({ rows }: { readonly rows?: unknown }): void {
    if (rows !== this.#rows) throw damaged(this.#object, 'has another number of rows than it says');
    this.#isEnded = true;
  }

  #put(row: string, { log, database, dbid, item, file, doubt }: Record<string, unknown>): void {
    const kind = kindOfRow.get(row);
    if (row === 'log') this.#lists.logs.push(log as object);
    else if (row === 'database') this.#addDatabase(database as DatabaseFacts);
    else if (row === 'inferred') this.#lists.inferred.push(file as object);
    else if (row === 'doubt') this.#lists.doubts.push(doubt as object);
    else if (kind === undefined) throw unsupported(this.#object, `has a row of kind ${row}`);
    else this.#listsOf(dbid)[kind].push(item as object);
  }

  #addDatabase(facts: DatabaseFacts): void {
    this.#databases.set(facts.dbid, withLists(facts));
  }

  #listsOf(dbid: unknown): Lists {
    const database = this.#databases.get(String(dbid));
    if (database === undefined)
      throw damaged(this.#object, `has an entry of ${String(dbid)} before that database`);
    return database;
  }
}

const withLists = (facts: DatabaseFacts): DatabaseFacts & Lists => ({
  ...facts,
  backupSets: [],
  imageCopies: [],
  archivedLogCopies: [],
  controlFileCopies: [],
  autobackups: [],
});

/** Every entry of a map, database after database. */
export function* allEntries({ databases }: { readonly databases: readonly DatabaseFiles[] }) {
  for (const database of databases) yield* entriesOfDatabase(database);
}
