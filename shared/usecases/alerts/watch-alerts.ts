import { type Alert, type Condition, compareAlerts, isMailDue } from '../../domain/alerts/alert.ts';
import { findConditions, type MountFacts } from '../../domain/alerts/conditions.ts';
import { type BackupRequest, hasEnded } from '../../domain/backup-request.ts';
import type { StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Store } from '../../domain/store.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Events } from '../../ports/events.ts';
import type { Ids } from '../../ports/ids.ts';
import { listAll } from '../list-all.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { newestAvailable } from '../mounts/backup-age.ts';

interface Dependencies {
  readonly catalog: Pick<
    Catalog,
    'agents' | 'alerts' | 'mounts' | 'recoveryPoints' | 'requests' | 'schedules' | 'stores'
  >;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'alert'>;
  /** What could not be looked at; the others are. */
  readonly onError: (storeId: StoreId, error: unknown) => void;
}

export interface AlertWatch {
  readonly raised: number;
  readonly closed: number;
  readonly mails: number;
  /** Stores that could not be looked at. */
  readonly failed: number;
}

/** A store takes some dozen requests one after the other: a thousand stores are looked at well within a minute. */
const storesAtOnce = 16;
/** Archived logs may be backed up every quarter of an hour between two backups of the database: a page is mostly enough. */
const requestRows = 50;
/** So many of the newest requests of a database are looked at for one of each content that has ended. */
const maxRequestRows = 500;
const contents = ['archived-logs', 'database'] as const;

/**
 * Raises alerts for what is wrong with each store and closes those of what is not any more; those that are due are mailed, at
 * least once. Safe to run twice and at once.
 */
export async function watchAlerts(dependencies: Dependencies): Promise<AlertWatch> {
  const sum = { raised: 0, closed: 0, mails: 0, failed: 0 };
  const stores = await listAll((page) => dependencies.catalog.stores.list(page));
  await mapAtOnce(stores, storesAtOnce, async (store) => {
    try {
      const { raised, closed, mails } = await watchStore(dependencies, store);
      sum.raised += raised;
      sum.closed += closed;
      sum.mails += mails;
    } catch (error) {
      sum.failed += 1;
      dependencies.onError(store.storeId, error);
    }
  });
  return sum;
}

async function watchStore(dependencies: Dependencies, listed: Store) {
  const { catalog, events, clock } = dependencies;
  // What the index says is old: a store would seem silent that has just been heard of.
  const store = await catalog.stores.find(listed.storeId);
  if (store === undefined) return { raised: 0, closed: 0, mails: 0 };
  const now = clock.now();
  const listedMounts = await listAll((page) => catalog.mounts.list({ storeId: store.storeId }, page));
  const mounts = await Promise.all(listedMounts.map((mount) => lookAt(catalog, mount)));
  const requests = await requestsOf(catalog, store);
  const schedules = await catalog.schedules.ofStore(store.storeId);
  const conditions = findConditions({ store, mounts, requests, schedules }, now);
  const { raised, closed, staying } = compareAlerts(await catalog.alerts.openOf(store.storeId), conditions);

  const fresh: Alert[] = [];
  for (const condition of raised) fresh.push(...(await raise(dependencies, condition, now)));
  for (const alert of closed) {
    // Told first: a crash in between tells it twice. Nobody was told of information.
    if (alert.severity !== 'information') {
      await events.publish({ type: 'Alert Closed', alert: { ...alert, state: 'closed', closedAt: now } });
    }
    await catalog.alerts.close(alert, now);
  }
  const due = [...fresh, ...staying].filter((alert) => isMailDue(alert, now));
  for (const alert of due) {
    await events.publish({ type: alert.mails === 0 ? 'Alert Raised' : 'Alert Repeated', alert });
    await catalog.alerts.noteMail(alert);
  }
  return { raised: fresh.length, closed: closed.length, mails: due.length };
}

/** Nothing when another run has raised it in this moment. */
async function raise(
  { catalog, ids }: Dependencies,
  condition: Condition,
  raisedAt: Instant,
): Promise<Alert[]> {
  const alert: Alert = { ...condition, alertId: ids.alert(), state: 'open', raisedAt, mails: 0 };
  return (await catalog.alerts.raise(alert)) === 'raised' ? [alert] : [];
}

async function lookAt(catalog: Pick<Catalog, 'recoveryPoints'>, mount: Mount): Promise<MountFacts> {
  return { mount, latest: await newestAvailable(catalog, mount.mountId) };
}

/**
 * Of each database of the store's agent, the one that runs, and the newest of each content that has ended, but for those that somebody
 * aborted: archived logs that were backed up say nothing of the datafiles.
 */
async function requestsOf(
  catalog: Pick<Catalog, 'agents' | 'requests'>,
  { storeId }: Store,
): Promise<BackupRequest[]> {
  const databases = await catalog.agents.of(storeId);
  const found = await Promise.all(
    databases.map(async ({ name }) => {
      const of = { storeId, database: name };
      return newestOf((page) => catalog.requests.list({ of }, page));
    }),
  );
  return found.flat();
}

/** The id of a request that catches a time of its schedule up is as old as that time. */
const isNewer = ({ requestedAt }: BackupRequest, than: BackupRequest | undefined): boolean =>
  than === undefined || requestedAt > than.requestedAt;

async function newestOf(list: (page: PageRequest) => Promise<Page<BackupRequest>>): Promise<BackupRequest[]> {
  const running: BackupRequest[] = [];
  const ended = new Map<BackupRequest['content'], BackupRequest>();
  let rows = 0;
  let cursor: string | undefined;
  do {
    const page = await list({ limit: requestRows, ...(cursor !== undefined && { cursor }) });
    for (const request of page.items) {
      if (!hasEnded(request)) running.push(request);
      else if (request.state !== 'aborted' && isNewer(request, ended.get(request.content)))
        ended.set(request.content, request);
    }
    rows += page.items.length;
    cursor = page.cursor;
  } while (cursor !== undefined && rows < maxRequestRows && contents.some((content) => !ended.has(content)));
  // Where both have failed, the later one names the alert: that of the datafiles.
  return [...running, ...contents.flatMap((content) => ended.get(content) ?? [])];
}
