import { decodeDatabases } from '../domain/file-map/file-map-json.ts';
import type { UploadId } from '../domain/ids.ts';
import type { ContentKey } from '../domain/recoverability/content-key.ts';
import type {
  JudgedDatabase,
  JudgedInShort,
  Judgement,
  PointLog,
} from '../domain/recoverability/judgement.ts';
import { type JudgementRow, readJudgementRows } from '../domain/recoverability/judgement-json.ts';
import type { RecoveryPoint } from '../domain/recovery-point.ts';
import type { RetentionDatabase } from '../domain/retention/retention-point.ts';
import { formatVaultKey } from '../domain/vault/keys.ts';
import { ServiceError } from '../errors.ts';
import type { Vault } from '../ports/vault.ts';

type Reader = Pick<Vault, 'read'>;
type JudgedPoint = Pick<RecoveryPoint, 'mountId' | 'recoveryPointId' | 'fileMap' | 'judgement'>;

/** The number of the judgement that counts: that of the point's newest file map. */
export const judgementNumber = ({ fileMap, judgement }: JudgedPoint): number | undefined =>
  fileMap?.state === 'stored' && judgement?.number === fileMap.number ? judgement.number : undefined;

/**
 * The verdicts on a point. Undefined where it was not judged, or not from its newest file map: then everything is unknown. Throws
 * VAULT_OBJECT_MISSING, VAULT_OBJECT_DAMAGED, VAULT_FORMAT_UNSUPPORTED.
 */
export async function readJudgement(vault: Reader, point: JudgedPoint): Promise<Judgement | undefined> {
  const databases: JudgedDatabase[] = [];
  let header: Omit<Judgement, 'databases'> | undefined;
  for await (const row of rowsOf(vault, point)) {
    if (row.row === 'database') databases.push(row.database);
    else if (row.row === 'judgement') {
      const { row: _, ...said } = row;
      header = said;
    } else break;
  }
  return header && { ...header, databases };
}

/** Which of some contents a point holds. Undefined where it was not judged: it may hold all of them. Throws as `readJudgement`. */
export async function findHeld(
  vault: Reader,
  point: JudgedPoint,
  wanted: ReadonlySet<ContentKey>,
): Promise<readonly ContentKey[] | undefined> {
  if (judgementNumber(point) === undefined) return undefined;
  const held: ContentKey[] = [];
  for await (const row of rowsOf(vault, point)) {
    if (row.row === 'lost') break;
    if (row.row === 'holds') held.push(...row.keys.filter((key) => wanted.has(key)));
  }
  return held;
}

async function* rowsOf(vault: Reader, point: JudgedPoint): AsyncGenerator<JudgementRow> {
  const number = judgementNumber(point);
  if (number === undefined) return;
  const { mountId, recoveryPointId: uploadId } = point;
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
  const { mountId, recoveryPointId, fileMap } = point;
  const uploadId: UploadId = recoveryPointId;
  const key = formatVaultKey({ kind: 'file-map', mountId, uploadId, number: fileMap.number });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  return (await decodeDatabases(source, key)).map(({ dbid }) => dbid);
}
