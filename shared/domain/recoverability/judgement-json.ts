import * as z from 'zod';
import type { Entry } from '../file-map/draft.ts';
import type { MapLog } from '../file-map/file-map.ts';
import type { RunRecord } from '../file-map/run-record.ts';
import { damaged, unsupported } from '../vault/errors.ts';
import { expandStream, linesOf } from '../vault/manifest-reader.ts';
import { compressInOneFrame } from '../vault/manifest-writer.ts';
import type { ContentKey } from './content-key.ts';
import type { JudgedDatabase, Judgement, JudgementHeader } from './judgement.ts';

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** All that lies in the vault under one number. */
export interface StoredJudgement {
  readonly judgement: Judgement;
  /** The contents of all files that the point has and its file map speaks of. */
  readonly holds: ReadonlySet<ContentKey>;
  readonly lost: readonly LostOfDatabase[];
}

/** What is needed and lacking, as the file maps of earlier points had it: the judgement of the next point goes on from here. */
export interface LostOfDatabase {
  readonly dbid: string;
  readonly entries: readonly Entry[];
  /** From the oldest of the entries on. */
  readonly history: readonly RunRecord[];
  /** Of those runs: which came late, and which could not be read. */
  readonly logs: readonly MapLog[];
}

const version = 1;
/** A row of keys has about 35 kB. */
const keysPerRow = 1000;
const rowKinds = ['database', 'holds', 'lost', 'lost-run', 'lost-log'] as const;

/** The judgement as it lies in the vault: JSON Lines in one zstd frame. Equal judgements give equal bytes. */
export const encodeJudgement = (stored: StoredJudgement): Promise<Buffer> =>
  compressInOneFrame(linesFor(stored));

function* linesFor(stored: StoredJudgement): Generator<Buffer> {
  let rows = 0;
  for (const row of rowsOf(stored)) {
    rows++;
    yield Buffer.from(`${JSON.stringify(row)}\n`);
  }
  yield Buffer.from(`${JSON.stringify({ row: 'end', rows })}\n`);
}

function* rowsOf({ judgement, holds, lost }: StoredJudgement): Generator<object> {
  const { databases, ...header } = judgement;
  yield { row: 'judgement', ...header };
  // In the order in which they are asked for most: who wants the verdicts reads no further.
  for (const database of databases) yield { row: 'database', database };
  const keys = [...holds].sort();
  for (let from = 0; from < keys.length; from += keysPerRow) {
    yield { row: 'holds', keys: keys.slice(from, from + keysPerRow) };
  }
  for (const { dbid, entries, history, logs } of lost) {
    for (const { kind, item } of entries) yield { row: 'lost', dbid, kind, item };
    for (const run of history) yield { row: 'lost-run', dbid, run };
    for (const log of logs) yield { row: 'lost-log', dbid, log };
  }
}

const anyRow = z.looseObject({ row: z.string() });

/**
 * Reads the rows one by one. They are of the service's own making and lie write-once: their form is trusted, their kind and number are
 * not. Throws VAULT_OBJECT_DAMAGED for what is cut off, VAULT_FORMAT_UNSUPPORTED for other versions and kinds of rows.
 */
export async function* readJudgementRows(source: Chunks, object: string): AsyncGenerator<JudgementRow> {
  let rows = 0;
  let isEnded = false;
  for await (const line of linesOf(expandStream(source, object), object)) {
    const row = parseRow(line, object, rows);
    if (isEnded) throw damaged(object, 'has rows behind its end');
    if (rows === 0) requireHeader(row, object);
    else if (row.row === 'end') {
      if (row.rows !== rows) throw damaged(object, 'has another number of rows than it says');
      isEnded = true;
      continue;
    } else if (!rowKinds.some((kind) => kind === row.row)) {
      throw unsupported(object, `has a row of kind ${row.row}`);
    }
    rows++;
    yield row as unknown as JudgementRow;
  }
  if (!isEnded) throw damaged(object, 'is cut off');
}

export type JudgementRow =
  | ({ readonly row: 'judgement' } & JudgementHeader)
  | { readonly row: 'database'; readonly database: JudgedDatabase }
  | { readonly row: 'holds'; readonly keys: readonly ContentKey[] }
  | ({ readonly row: 'lost' } & Entry)
  | { readonly row: 'lost-run'; readonly dbid: string; readonly run: RunRecord }
  | { readonly row: 'lost-log'; readonly dbid: string; readonly log: MapLog };

function parseRow(line: Buffer, object: string, rows: number) {
  try {
    return anyRow.parse(JSON.parse(line.toString()));
  } catch (error) {
    throw damaged(object, `row ${rows + 1} is no JSON object with a row`, error);
  }
}

function requireHeader(row: z.infer<typeof anyRow>, object: string): void {
  if (row.row !== 'judgement') throw damaged(object, 'does not begin with the row judgement');
  if (row.version === version) return;
  throw unsupported(object, `is a judgement of version ${row.version}; this reads version ${version}`);
}
