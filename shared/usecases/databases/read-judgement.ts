import type { Entry } from '../../domain/file-map/draft.ts';
import type { MapLog } from '../../domain/file-map/file-map.ts';
import { decodeDatabases } from '../../domain/file-map/file-map-json.ts';
import type { RunRecord } from '../../domain/file-map/run-record.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { ContentKey } from '../../domain/recoverability/content-key.ts';
import type {
  JudgedDatabase,
  JudgedInShort,
  Judgement,
  PointLog,
} from '../../domain/recoverability/judgement.ts';
import {
  type JudgementRow,
  type LostOfDatabase,
  readJudgementRows,
} from '../../domain/recoverability/judgement-json.ts';
import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { RetentionDatabase } from '../../domain/retention/retention-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

type Reader = Pick<Vault, 'read'>;
/** One of a point's file maps, and the judgement beside it. */
export interface NumberedMap {
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  readonly number: number;
}
type JudgedPoint = Pick<RecoveryPoint, 'mountId' | 'recoveryPointId' | 'fileMap' | 'judgement'>;

/** The number of the judgement that counts: that of the point's newest file map. */
export const judgementNumber = ({ fileMap, judgement }: JudgedPoint): number | undefined =>
  fileMap?.state === 'stored' && judgement?.number === fileMap.number ? judgement.number : undefined;

/**
 * The verdicts on a point. Undefined where it was not judged, or not from its newest file map: then everything is unknown. Throws
 * VAULT_OBJECT_MISSING, VAULT_OBJECT_DAMAGED, VAULT_FORMAT_UNSUPPORTED.
 */
export async function readJudgement(vault: Reader, point: JudgedPoint): Promise<Judgement | undefined> {
  const number = judgementNumber(point);
  return number === undefined ? undefined : readNumberedJudgement(vault, { ...point, number });
}

/** The verdict on one database of a point; read only as far as it stands. Undefined as in `readJudgement`, and where it has none. */
export async function readVerdict(
  vault: Reader,
  point: JudgedPoint,
  dbid: string,
): Promise<JudgedDatabase | undefined> {
  const number = judgementNumber(point);
  if (number === undefined) return undefined;
  for await (const row of rowsOf(vault, { ...point, number })) {
    if (row.row === 'database' && row.database.dbid === dbid) return row.database;
  }
  return undefined;
}

/** A point's judgement by its number, whether or not the catalog knows of it. Throws as `readJudgement`. */
export async function readNumberedJudgement(vault: Reader, of: NumberedMap): Promise<Judgement> {
  const databases: JudgedDatabase[] = [];
  const rows = rowsOf(vault, of);
  const header = (await rows.next()).value as Extract<JudgementRow, { row: 'judgement' }>;
  for await (const row of rows) {
    if (row.row !== 'database') break;
    databases.push(row.database);
  }
  const { row: _, ...said } = header;
  return { ...said, databases };
}

/** What a point's judgement remembers of earlier points. Throws as `readJudgement`. */
export async function readLost(vault: Reader, of: NumberedMap): Promise<LostOfDatabase[]> {
  const lost = new Map<string, { entries: Entry[]; history: RunRecord[]; logs: MapLog[] }>();
  for await (const row of rowsOf(vault, of)) {
    if (!('dbid' in row)) continue;
    const known = lost.get(row.dbid) ?? { entries: [], history: [], logs: [] };
    lost.set(row.dbid, known);
    if (row.row === 'lost-run') known.history.push(row.run);
    else if (row.row === 'lost-log') known.logs.push(row.log);
    else {
      const { row: _, ...entry } = row;
      known.entries.push(entry);
    }
  }
  return [...lost].map(([dbid, known]) => ({ dbid, ...known }));
}

/** Which of some contents a point holds. Undefined where it was not judged: it may hold all of them. Throws as `readJudgement`. */
export async function findHeld(
  vault: Reader,
  point: JudgedPoint,
  wanted: ReadonlySet<ContentKey>,
): Promise<readonly ContentKey[] | undefined> {
  const number = judgementNumber(point);
  if (number === undefined) return undefined;
  const held: ContentKey[] = [];
  for await (const row of rowsOf(vault, { ...point, number })) {
    if ('dbid' in row) break;
    if (row.row === 'holds') held.push(...row.keys.filter((key) => wanted.has(key)));
  }
  return held;
}

async function* rowsOf(
  vault: Reader,
  { mountId, recoveryPointId: uploadId, number }: NumberedMap,
): AsyncGenerator<JudgementRow> {
  const key = formatVaultKey({ kind: 'judgement', mountId, uploadId, number });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  yield* readJudgementRows(source, key);
}

/** What retention has to know of a point's databases. */
export interface PointVerdicts {
  /** `missing` also where the point was not judged. */
  readonly log: PointLog;
  readonly databases: readonly RetentionVerdict[];
}

export interface RetentionVerdict extends RetentionDatabase {
  readonly lacksFiles: readonly ContentKey[];
  /** Each earlier point of the mount with this database may hold what it needs: no log says which. */
  readonly needsUnknown?: true;
}

/**
 * Reads nothing from the vault as long as nothing lacks. Of a point that was not judged every database is unknown, as far as its
 * file map knows them. Throws as `readJudgement`.
 */
export async function readVerdicts(vault: Reader, point: JudgedPoint): Promise<PointVerdicts> {
  const { judgement } = point;
  if (judgement === undefined || judgementNumber(point) === undefined) {
    const dbids = await dbidsOf(vault, point);
    const databases = dbids.map((dbid) => ({ dbid, recoverable: 'unknown' as const, lacksFiles: [] }));
    return { log: 'missing', databases };
  }
  const { log, databases, omitted = 0 } = judgement;
  const isEnough = omitted === 0 && databases.every(({ lacks = 0 }) => lacks === 0);
  if (isEnough) return { log, databases: databases.map((each) => verdictOf(each, [])) };
  const whole = await readJudgement(vault, point);
  return {
    log,
    databases: (whole?.databases ?? []).map((each) =>
      verdictOf(
        each,
        each.lacksFiles.map(({ key }) => key),
      ),
    ),
  };
}

const verdictOf = (
  { dbid, recoverable, needsUnknown }: Pick<JudgedInShort, 'dbid' | 'recoverable' | 'needsUnknown'>,
  lacksFiles: readonly ContentKey[],
): RetentionVerdict => ({ dbid, recoverable, lacksFiles, ...(needsUnknown && { needsUnknown }) });

async function dbidsOf(vault: Reader, point: JudgedPoint): Promise<string[]> {
  if (point.fileMap?.state !== 'stored') return [];
  const { mountId, recoveryPointId: uploadId, fileMap } = point;
  const key = formatVaultKey({ kind: 'file-map', mountId, uploadId, number: fileMap.number });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  return (await decodeDatabases(source, key)).map(({ dbid }) => dbid);
}
