import { createConversions } from 'electrodb';
import type { UploadId } from '../../../domain/ids.ts';
import type { RecoveryPoint } from '../../../domain/recovery-point.ts';
import { ServiceError } from '../../../errors.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { RecoveryPointCatalog } from '../../../ports/catalog/recovery-points.ts';
import { describePointList } from '../../point-list.ts';
import { awsDeletions } from './deletions.ts';
import type { Entities } from './entities.ts';
import { addLateLog } from './late-log.ts';
import { readPage } from './page.ts';
import { type PointItem, toPoint } from './point-item.ts';
import { locatePoint } from './point-place.ts';
import { byTakenAt } from './positions.ts';
import { beginReclaim, endReclaim, listDeleting, noteBlocked, readNeighbours } from './reclaim.ts';
import { transact } from './transact.ts';

type PointFilter = Parameters<RecoveryPointCatalog['list']>[0];

export const awsRecoveryPoints = (entities: Entities): RecoveryPointCatalog => ({
  ...awsDeletions(entities),

  async find(recoveryPointId) {
    const item = await findItem(entities, recoveryPointId);
    return item && toPoint(item);
  },

  list: (filter, page) => listPoints(entities, filter, page),

  addLateLog: (mount, recoveryPointId, change) => addLateLog(entities, mount, recoveryPointId, change),

  async changeFileMap({ mountId, seq, fileMap }, { judgement, ...next }, entry) {
    const refusal = await transact(entities, (writable) => ({
      point: writable.recoveryPoint
        .patch({ mountId, seq })
        .set({ ...next, ...(judgement && { judgement }) })
        .remove(judgement === undefined ? ['judgement'] : [])
        .where((point, { eq, notExists }) =>
          fileMap === undefined ? notExists(point.fileMap) : eq(point.fileMap, fileMap),
        )
        .commit(),
      mount: writable.mount
        .patch({ mountId })
        .data(({ journal, lineVersion }, { set, add }) => {
          add(lineVersion, 1);
          set(journal.number, entry.number);
          set(journal.hash, entry.sha256);
        })
        .where(({ journal }, { eq }) => eq(journal.number, entry.number - 1))
        .commit(),
      entry: writable.journalEntry.create(entry).commit(),
    }));
    return refusal.size === 0 ? 'changed' : 'conflict';
  },

  async pins(recoveryPointId) {
    const item = await findItem(entities, recoveryPointId);
    return [...(item?.pins ?? [])].sort();
  },

  neighbours: (mount, seq) => readNeighbours(entities, mount, seq),
  listDeleting: (dueBy, page) => listDeleting(entities, dueBy, page),
  beginReclaim: (mount, point, change) => beginReclaim(entities, mount, point, change),
  noteBlocked: (point, until) => noteBlocked(entities, point, until),
  endReclaim: (mount, point, change) => endReclaim(entities, mount, point, change),
});

async function findItem(entities: Entities, recoveryPointId: UploadId) {
  const place = await locatePoint(entities, recoveryPointId);
  const found = place && (await entities.recoveryPoint.get(place).go({ consistent: true }));
  return found?.data ?? undefined;
}

async function listPoints(
  { recoveryPoint: points }: Entities,
  filter: PointFilter,
  page: PageRequest,
): Promise<Page<RecoveryPoint>> {
  const { mountId, takenFrom, takenBefore, order: wanted } = filter;
  // DynamoDB refuses a range that ends before it begins.
  if (takenFrom !== undefined && takenBefore !== undefined && takenBefore <= takenFrom) return { items: [] };
  const keys = createConversions(points).byAccessPattern.byTakenAt.fromComposite;
  const order = wanted === 'oldest-first' ? 'asc' : 'desc';
  const { items, ...rest } = await readPage<PointItem, ReturnType<typeof byTakenAt.parse>>(
    {
      list: { name: describePointList(filter), position: byTakenAt },
      positionOf: ({ takenAt, recoveryPointId, seq }) => ({ takenAt, recoveryPointId, seq }),
      startAfter: (position) => {
        requireInRange(position.takenAt, filter);
        return keys.toCursor({ ...position, mountId, listedMountId: mountId });
      },
      run: (options) => queryPoints(points, filter).go({ ...options, order }),
    },
    page,
  );
  return { items: items.map(toPoint), ...rest };
}

function queryPoints(points: Entities['recoveryPoint'], { mountId, takenFrom, takenBefore }: PointFilter) {
  const query = points.query.byTakenAt({ listedMountId: mountId });
  // The sort key goes on after the time: `between` and `lt` therefore leave out what was taken at the end itself.
  if (takenFrom !== undefined && takenBefore !== undefined) {
    return query.between({ takenAt: takenFrom }, { takenAt: takenBefore });
  }
  if (takenFrom !== undefined) return query.gte({ takenAt: takenFrom });
  return takenBefore === undefined ? query : query.lt({ takenAt: takenBefore });
}

/** DynamoDB refuses to start outside the range it is asked for. */
function requireInRange(takenAt: string, { takenFrom, takenBefore }: PointFilter): void {
  const isInRange =
    (takenFrom === undefined || takenFrom <= takenAt) && (takenBefore === undefined || takenAt < takenBefore);
  if (!isInRange) throw new ServiceError('PAGE_CURSOR_INVALID', 'the cursor is not one of this list');
}
