import type { Caller } from '../../domain/access.ts';
import type { MountId, StoreId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { listAll } from '../list-all.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { findInstance } from './find-instance.ts';
import { isThere, sourceOf } from './find-trove-backup.ts';
import { createdAt, type TroveSource } from './trove-backup.ts';

type Reading = Pick<Catalog, 'agents' | 'mounts' | 'recoveryPoints' | 'requests'>;

interface ListTroveBackups {
  readonly limit: number;
  /** `next` of the page before. */
  readonly marker?: string | undefined;
  readonly instance_id?: string | undefined;
  readonly project_id?: StoreId | undefined;
}

/** A page of backups, newest first. */
interface TrovePage {
  readonly backups: readonly TroveSource[];
  readonly next?: string;
}

/** Where a backup stands in the list: nothing moves it, so that pages neither skip nor repeat one. */
interface Place {
  readonly at: Instant;
  readonly id: string;
}

interface Placed extends Place {
  readonly source: TroveSource;
}

const readsAtOnce = 16;
/** A request whose point is gone is no backup: so many rows are looked at for one page. */
const mostRows = 1000;

/**
 * Backups, newest first: those that were requested by the time of their request, those that scripts began by their recovery points. A
 * page may have fewer than asked for. Throws PAGE_CURSOR_INVALID, MOUNT_NOT_FOUND, DATABASE_NOT_FOUND.
 */
export async function listTroveBackups(
  catalog: Reading,
  caller: Caller,
  { limit, marker, instance_id: instanceId, project_id: storeId }: ListTroveBackups,
): Promise<TrovePage> {
  const after = marker === undefined ? undefined : readMarker(marker);
  const instance = instanceId === undefined ? undefined : await findInstance(catalog, caller, instanceId);
  const mounts = instance
    ? [instance.mount]
    : await listAll((page) => catalog.mounts.list(storeId === undefined ? {} : { storeId }, page));
  const ofMount = new Set(mounts.map(({ mountId }) => mountId));
  const wanted = (source: TroveSource) => {
    const { mountId, database } = (source.request ?? { ...source.point, database: undefined }) as WithPlace;
    return ofMount.has(mountId) && (instance?.database === undefined || instance.database === database);
  };
  const { found: requested, cutAt } = await nextRequested(catalog, { limit, after, wanted });
  const scripted =
    instance?.database === undefined ? await nextScripted(catalog, mounts, { limit, after }) : [];
  // Behind the place where the requests were cut off nothing is in order yet.
  const merged = [...requested, ...scripted.filter((place) => cutAt === undefined || isAfter(cutAt, place))];
  const page = merged.sort(compareNewest).slice(0, limit);
  const last = merged.length > limit ? page.at(-1) : cutAt;
  return { backups: page.map(({ source }) => source), ...(last && { next: writeMarker(last) }) };
}

interface WithPlace {
  readonly mountId: MountId;
  readonly database?: string;
}

const compareNewest = (one: Place, other: Place): number =>
  `${one.at} ${one.id}` < `${other.at} ${other.id}` ? 1 : -1;

const isAfter = (place: Place, after: Place | undefined): boolean =>
  after === undefined || `${place.at} ${place.id}` < `${after.at} ${after.id}`;

/** One more than a page of the backups that were requested. */
async function nextRequested(
  catalog: Reading,
  {
    limit,
    after,
    wanted,
  }: { limit: number; after: Place | undefined; wanted: (source: TroveSource) => boolean },
): Promise<{ readonly found: Placed[]; readonly cutAt?: Place }> {
  const found: Placed[] = [];
  let cursor: string | undefined;
  let rows = 0;
  let cutAt: Place | undefined;
  do {
    const page = await catalog.requests.list({}, pageAt(200, cursor));
    const next = page.items
      .map((request) => ({ request, at: createdAt({ request }), id: request.requestId }))
      .filter((place) => isAfter(place, after));
    rows += next.length;
    cutAt = next.at(-1);
    const candidates = next.filter(({ request }) => wanted({ request }));
    const sources = await mapAtOnce(candidates, readsAtOnce, async ({ request, ...place }) => {
      const source = await sourceOf(catalog, request);
      return source && { ...place, source };
    });
    found.push(...sources.filter((source) => source !== undefined));
    cursor = page.cursor;
  } while (cursor !== undefined && found.length <= limit && rows < mostRows);
  const isCut = cursor !== undefined && found.length <= limit;
  return { found: found.slice(0, limit + 1), ...(isCut && cutAt && { cutAt }) };
}

/** One more than a page of the points of each mount that no request made. */
async function nextScripted(
  catalog: Reading,
  mounts: readonly Mount[],
  { limit, after }: { limit: number; after: Place | undefined },
): Promise<Placed[]> {
  const ofMounts = await mapAtOnce(mounts, readsAtOnce, ({ mountId }) =>
    scriptedOf(catalog, mountId, { limit, after }),
  );
  return ofMounts.flat();
}

async function scriptedOf(
  { recoveryPoints }: Reading,
  mountId: MountId,
  { limit, after }: { limit: number; after: Place | undefined },
): Promise<Placed[]> {
  const filter = { mountId, ...(after && { takenBefore: addMillis(after.at, 1) }) };
  const found: Placed[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<NonNullable<TroveSource['point']>> = await recoveryPoints.list(
      filter,
      pageAt(limit + 1, cursor),
    );
    for (const point of page.items) {
      const place = { at: point.takenAt, id: point.recoveryPointId };
      if (point.request === undefined && isThere(point) && isAfter(place, after)) {
        found.push({ ...place, source: { point } });
      }
    }
    cursor = page.cursor;
  } while (cursor !== undefined && found.length <= limit);
  return found.slice(0, limit + 1);
}

const pageAt = (limit: number, cursor: string | undefined): PageRequest => ({
  limit: Math.min(limit, 1000),
  ...(cursor !== undefined && { cursor }),
});

const writeMarker = ({ at, id }: Place): string => Buffer.from(`${at} ${id}`).toString('base64url');

function readMarker(marker: string): Place {
  const [, at, id] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ((?:bkr-)?[0-9A-Z]{26})$/.exec(
      Buffer.from(marker, 'base64url').toString('utf8'),
    ) ?? [];
  if (at !== undefined && id !== undefined) return { at: at as Instant, id };
  throw new ServiceError('PAGE_CURSOR_INVALID', 'the marker is not one of this list');
}
