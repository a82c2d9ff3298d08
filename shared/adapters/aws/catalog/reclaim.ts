import { createConversions } from 'electrodb';
import type { Instant } from '../../../domain/instant.ts';
import type { RecoveryPoint } from '../../../domain/recovery-point.ts';
import { ServiceError } from '../../../errors.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { deletingAt, type PointItem, toPoint } from './point-item.ts';
import { byDeletingPlace } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

type BeginReclaim = RecoveryPointCatalog['beginReclaim'];
type EndReclaim = RecoveryPointCatalog['endReclaim'];

/** Most neighbours are next to their point; between stand only points that are going or gone. */
const firstLook = 10;
/** DynamoDB ends a page at 1 MB anyway. */
const nextLooks = 500;

/** The nearest live points, previous before next: the line may change between the two reads. */
export async function readNeighbours(
  entities: Entities,
  { mountId, lineFrom = 0 }: Parameters<RecoveryPointCatalog['neighbours']>[0],
  seq: number,
): ReturnType<RecoveryPointCatalog['neighbours']> {
  const line = entities.recoveryPoint.query.line({ mountId });
  const before = line.between({ seq: lineFrom }, { seq: seq - 1 });
  const previous = seq - 1 < lineFrom ? undefined : await findLive(before, 'desc');
  const after = entities.recoveryPoint.query.line({ mountId }).gt({ seq });
  const next = await findLive(after, 'asc');
  return { ...(previous && { previous }), ...(next && { next }) };
}

type LineQuery = ReturnType<ReturnType<Entities['recoveryPoint']['query']['line']>['gt']>;

async function findLive(query: LineQuery, order: 'asc' | 'desc'): Promise<RecoveryPoint | undefined> {
  let cursor: string | null = null;
  let limit = firstLook;
  do {
    const page: { data: PointItem[]; cursor: string | null } = await query.go({
      ...{ order, limit, cursor },
      consistent: true,
    });
    const live = page.data.find(({ state }) => state === 'available' || state === 'pending-deletion');
    if (live !== undefined) return toPoint(live);
    cursor = page.cursor;
    limit = nextLooks;
  } while (cursor !== null);
  return undefined;
}

export async function listDeleting(
  { recoveryPoint: points }: Entities,
  dueBy: Instant,
  page: PageRequest,
): Promise<Page<RecoveryPoint>> {
  const keys = createConversions(points).byAccessPattern.byDeletingPlace.fromComposite;
  // Behind every id of what is due at that very moment.
  const last = `${dueBy}#~`;
  const { items, ...rest } = await readPage(
    {
      list: { name: 'deleting', position: byDeletingPlace },
      positionOf: ({ mountId, seq, deletingPlace = '' }: PointItem) => ({ mountId, seq, deletingPlace }),
      startAfter: (position) => {
        if (last < position.deletingPlace) {
          throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
        }
        return keys.toCursor({ ...position, deletingList: 'deleting' });
      },
      run: (options) =>
        points.query.byDeletingPlace({ deletingList: 'deleting' }).lte({ deletingPlace: last }).go(options),
    },
    page,
  );
  return { items: items.map(toPoint), ...rest };
}

/** The one decision of a reclaim: after it, only its list is carried out. */
export async function beginReclaim(
  entities: Entities,
  mount: Parameters<BeginReclaim>[0],
  { recoveryPointId, seq }: Parameters<BeginReclaim>[1],
  change: Parameters<BeginReclaim>[2],
): ReturnType<BeginReclaim> {
  const { mountId, lineVersion, epoch } = mount;
  const { deletion, urlUntil, headId, lineFrom, unchanged, entry, clearance } = change;
  const { reclaim, ...marked } = deletion;
  const others = unchanged.filter((other) => other.mountId !== mountId);
  if (
    others.length < unchanged.length &&
    unchanged.some((one) => one.mountId === mountId && one.lineVersion !== lineVersion)
  )
    return 'conflict';
  const refusal = await transact(entities, (writable) => ({
    point: writable.recoveryPoint
      .patch({ mountId, seq })
      .set({
        state: 'reclaiming',
        deletion,
        ...deletingAt(recoveryPointId, deletion.reclaimAfter),
      })
      .where((point, { eq, notExists }) => {
        const isPending = `${eq(point.recoveryPointId, recoveryPointId)} AND ${eq(point.state, 'pending-deletion')}`;
        return `${isPending} AND ${eq(point.deletion, marked)} AND ${notExists(point.pins)}`;
      })
      .commit(),
    upload: writable.upload
      .check({ uploadId: recoveryPointId })
      .where((upload, { eq }) => eq(upload.urlUntil, urlUntil))
      .commit(),
    mount: writable.mount
      .patch({ mountId })
      .data((item, { set, remove }) => {
        set(item.lineVersion, lineVersion + 1);
        set(item.journal.number, entry.number);
        set(item.journal.hash, entry.sha256);
        if (headId === undefined) remove(item.headId);
        else set(item.headId, headId);
        if (lineFrom !== undefined) set(item.lineFrom, lineFrom);
        if (clearance === undefined) remove(item.clearance);
        else set(item.clearance, clearance);
      })
      .where((item, { eq }) => {
        const isLine = `${eq(item.lineVersion, lineVersion)} AND ${eq(item.epoch, epoch)}`;
        return `${isLine} AND ${eq(item.journal.number, entry.number - 1)}`;
      })
      .commit(),
    ...Object.fromEntries(
      others.map((other) => [
        other.mountId,
        writable.mount
          .check({ mountId: other.mountId })
          .where((item, { eq }) => eq(item.lineVersion, other.lineVersion))
          .commit(),
      ]),
    ),
    entry: writable.journalEntry.create(entry).commit(),
  }));
  return refusal.size === 0 ? 'changed' : 'conflict';
}

export async function noteBlocked(
  entities: Entities,
  { mountId, seq, recoveryPointId, deletion }: RecoveryPoint,
  until: Instant,
): Promise<void> {
  if (deletion === undefined) return;
  await writeOnce(() =>
    entities.recoveryPoint
      .patch({ mountId, seq })
      .set({
        deletion: { ...deletion, blockedUntil: until },
        ...deletingAt(recoveryPointId, until),
      })
      .where((point, { eq }) => `${eq(point.state, 'reclaiming')} AND ${eq(point.deletion, deletion)}`)
      .go({ returnOnConditionCheckFailure: true }),
  );
}

export async function endReclaim(
  entities: Entities,
  { mountId }: Parameters<EndReclaim>[0],
  { seq, recoveryPointId, deletion: current }: Parameters<EndReclaim>[1],
  { goneAt, entry, clearance }: Parameters<EndReclaim>[2],
): ReturnType<EndReclaim> {
  if (current === undefined) return 'conflict';
  const { blockedUntil: _, ...deletion } = current;
  const refusal = await transact(entities, (writable) => ({
    point: writable.recoveryPoint
      .patch({ mountId, seq })
      .data((point, { set, remove }) => {
        set(point.state, 'tombstone');
        set(point.deletion, { ...deletion, goneAt });
        // A tombstone leaves the indexes.
        remove(point.listedMountId);
        remove(point.deletingList);
        remove(point.deletingPlace);
      })
      .where((point, { eq }) => {
        const isOurs = `${eq(point.recoveryPointId, recoveryPointId)} AND ${eq(point.deletion, current)}`;
        return `${isOurs} AND ${eq(point.state, 'reclaiming')}`;
      })
      .commit(),
    mount: writable.mount
      .patch({ mountId })
      .data((item, { set, add }) => {
        add(item.lineVersion, 1);
        set(item.journal.number, entry.number);
        set(item.journal.hash, entry.sha256);
        if (clearance !== undefined) set(item.clearance, clearance);
      })
      .where((item, { eq }) => eq(item.journal.number, entry.number - 1))
      .commit(),
    entry: writable.journalEntry.create(entry).commit(),
  }));
  refuseContended(refusal);
  return refusal.size === 0 ? 'changed' : 'conflict';
}
