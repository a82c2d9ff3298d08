import type { UploadId } from '../ids.ts';
import type { ProtectionReason } from './decision.ts';
import type { RetentionDatabase, RetentionPoint } from './retention-point.ts';

type Needed = Extract<ProtectionReason, { code: 'NEEDED' }>;
type Keeps = Map<UploadId, Needed[]>;

/**
 * The points that other live points need: for each file that a database of a live point needs and its snapshot lacks, the
 * newest live point that has it, and every one that may have it. A point that is about to go still counts as one that
 * needs: it can be brought back. `elsewhere` are live points of other mounts with databases of these: of two lines nobody
 * can say which point is the newer one, so that each mount keeps its own newest.
 */
export function dependantKeeps(
  points: readonly RetentionPoint[],
  elsewhere: readonly RetentionPoint[] = [],
): ReadonlyMap<UploadId, readonly ProtectionReason[]> {
  const keeps: Keeps = new Map();
  const needing = [...points, ...elsewhere].flatMap((point) =>
    point.databases.map((database) => ({ point, database })),
  );
  keepHolders(keeps, points, needing);
  keepEarlier(keeps, points, elsewhere);
  return keeps;
}

interface Needing {
  readonly point: RetentionPoint;
  readonly database: RetentionDatabase;
}

/** Who holds files that are known to be lacking. */
function keepHolders(keeps: Keeps, points: readonly RetentionPoint[], needing: readonly Needing[]): void {
  const newestHolder = new Map<string, RetentionPoint>();
  for (const point of [...points].sort((a, b) => a.seq - b.seq)) {
    if (point.holdsFiles === 'unknown') continue;
    for (const file of point.holdsFiles) newestHolder.set(file, point);
  }
  const unknown = points.filter(({ holdsFiles }) => holdsFiles === 'unknown');
  for (const { point, database } of needing) {
    const { dbid, lacksFiles } = database;
    const byHolder = Map.groupBy(lacksFiles, (file) => newestHolder.get(file));
    for (const [holder, files] of byHolder) if (holder) keep(keeps, holder, point, dbid, files);
    if (lacksFiles.length === 0) continue;
    for (const holder of unknown) keep(keeps, holder, point, dbid, lacksFiles);
  }
}

/** Where nobody knows what a point needs, everything that came before it may be what it is built on. */
function keepEarlier(
  keeps: Keeps,
  points: readonly RetentionPoint[],
  elsewhere: readonly RetentionPoint[],
): void {
  for (const point of points.filter(needsAnything)) {
    keepBases(
      keeps,
      point,
      points.filter(({ seq }) => seq < point.seq),
    );
  }
  // Lines have no order between them but the service's time.
  for (const point of elsewhere.filter(needsAnything)) {
    keepBases(
      keeps,
      point,
      points.filter(({ committedAt }) => committedAt <= point.committedAt),
    );
  }
}

const needsAnything = ({ needsUnknown, databases }: RetentionPoint): boolean =>
  needsUnknown === true || databases.some((database) => database.needsUnknown);

function keepBases(keeps: Keeps, point: RetentionPoint, earlier: readonly RetentionPoint[]): void {
  if (point.needsUnknown) for (const base of earlier) keep(keeps, base, point, undefined, []);
  for (const { dbid, needsUnknown } of point.databases) {
    if (!needsUnknown) continue;
    const having = earlier.filter(
      ({ databases, holdsFiles }) =>
        holdsFiles === 'unknown' || databases.some((database) => database.dbid === dbid),
    );
    for (const base of having) keep(keeps, base, point, dbid, []);
  }
}

function keep(
  keeps: Keeps,
  { recoveryPointId: holder }: RetentionPoint,
  { recoveryPointId: byPoint }: RetentionPoint,
  dbid: string | undefined,
  files: readonly string[],
): void {
  if (holder === byPoint) return;
  const reason: Needed = { code: 'NEEDED', byPoint, ...(dbid !== undefined && { dbid }), files };
  keeps.set(holder, [...(keeps.get(holder) ?? []), reason]);
}
