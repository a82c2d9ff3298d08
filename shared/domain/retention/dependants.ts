import type { UploadId } from '../ids.ts';
import type { ProtectionReason } from './decision.ts';
import type { RetentionDatabase, RetentionPoint } from './retention-point.ts';

type Needed = Extract<ProtectionReason, { code: 'NEEDED' }>;
type Keeps = Map<UploadId, Needed[]>;

/**
 * The points that other live points need: for each file that a database of a live point needs and its snapshot lacks, the
 * newest live point that has it, the newest undamaged one where that is another, and every one that may have it. A point that is about to go still counts as one that
 * needs: it can be brought back. `elsewhere` are live points of other mounts with databases of these: of two lines nobody
 * can say which point is the newer one, so that each mount keeps its own newest.
 *
 * `unsure`: whose needs count although nobody knows them; all of them where it is not given.
 */
export function dependantKeeps(
  points: readonly RetentionPoint[],
  elsewhere: readonly RetentionPoint[] = [],
  unsure: ReadonlySet<RetentionPoint> = new Set([...points, ...elsewhere]),
): ReadonlyMap<UploadId, readonly ProtectionReason[]> {
  const keeps: Keeps = new Map();
  const needing = [...points, ...elsewhere].flatMap((point) =>
    point.databases.map((database) => ({ point, database })),
  );
  keepKnownHolders(keeps, points, needing);
  keepUnknownHolders(
    keeps,
    points,
    needing.filter(({ point }) => unsure.has(point)),
  );
  keepEarlier(keeps, points, { own: points.filter((point) => unsure.has(point)), elsewhere });
  return keeps;
}

interface Needing {
  readonly point: RetentionPoint;
  readonly database: RetentionDatabase;
}

/** Who holds files that are known to be lacking. */
function keepKnownHolders(
  keeps: Keeps,
  points: readonly RetentionPoint[],
  needing: readonly Needing[],
): void {
  const newest = newestHolders(points);
  // What is damaged of a point may be this very file, or another.
  const newestSound = newestHolders(points.filter(({ isDamaged }) => !isDamaged));
  for (const { point, database } of needing) {
    const { dbid, lacksFiles } = database;
    const byHolder = Map.groupBy(lacksFiles, (file) => newest.get(file));
    for (const [holder, files] of byHolder) if (holder) keep(keeps, holder, point, dbid, files);
    const bySound = Map.groupBy(lacksFiles, (file) => newestSound.get(file));
    for (const [holder, files] of bySound) {
      const needed = files.filter((file) => newest.get(file) !== holder);
      if (holder && needed.length > 0) keep(keeps, holder, point, dbid, needed);
    }
  }
}

function newestHolders(points: readonly RetentionPoint[]): ReadonlyMap<string, RetentionPoint> {
  const holders = new Map<string, RetentionPoint>();
  for (const point of [...points].sort((a, b) => a.seq - b.seq)) {
    if (point.holdsFiles === 'unknown') continue;
    for (const file of point.holdsFiles) holders.set(file, point);
  }
  return holders;
}

/** Who may hold them. */
function keepUnknownHolders(
  keeps: Keeps,
  points: readonly RetentionPoint[],
  needing: readonly Needing[],
): void {
  const lacking = needing.filter(({ database }) => database.lacksFiles.length > 0);
  for (const holder of points.filter(({ holdsFiles }) => holdsFiles === 'unknown')) {
    // One that needs it is reason enough, and all together would be as many as there are points, squared.
    const first = lacking.find(({ point }) => point.recoveryPointId !== holder.recoveryPointId);
    if (first) keep(keeps, holder, first.point, first.database.dbid, first.database.lacksFiles);
  }
}

/**
 * Where nobody knows what a point needs, everything that came before it may be what it is built on. The newest such point
 * speaks for all of them.
 */
function keepEarlier(
  keeps: Keeps,
  points: readonly RetentionPoint[],
  { own: owns, elsewhere }: Record<'own' | 'elsewhere', readonly RetentionPoint[]>,
): void {
  const needingOf = (from: readonly RetentionPoint[], dbid: string) =>
    from.filter(({ databases }) => databases.some((each) => each.dbid === dbid && each.needsUnknown));
  const unknown = (from: readonly RetentionPoint[]) => from.filter(({ needsUnknown }) => needsUnknown);
  const dbids = new Set(
    [...owns, ...elsewhere].flatMap(({ databases }) =>
      databases.filter(({ needsUnknown }) => needsUnknown).map(({ dbid }) => dbid),
    ),
  );
  for (const dbid of [...dbids, undefined]) {
    const own = newestBy(dbid === undefined ? unknown(owns) : needingOf(owns, dbid), ({ seq }) => seq);
    // Lines have no order between them but the service's time.
    const other = newestBy(
      dbid === undefined ? unknown(elsewhere) : needingOf(elsewhere, dbid),
      ({ committedAt }) => committedAt,
    );
    for (const base of points) {
      if (dbid !== undefined && !mayHave(base, dbid)) continue;
      if (own && base.seq < own.seq) keep(keeps, base, own, dbid, []);
      if (other && base.committedAt <= other.committedAt) keep(keeps, base, other, dbid, []);
    }
  }
}

const mayHave = ({ databases, holdsFiles }: RetentionPoint, dbid: string): boolean =>
  holdsFiles === 'unknown' || databases.some((database) => database.dbid === dbid);

const newestBy = <Key extends string | number>(
  points: readonly RetentionPoint[],
  keyOf: (point: RetentionPoint) => Key,
): RetentionPoint | undefined =>
  points.reduce<RetentionPoint | undefined>(
    (newest, point) => (newest === undefined || keyOf(point) > keyOf(newest) ? point : newest),
    undefined,
  );

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
