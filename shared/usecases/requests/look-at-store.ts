import { type BackupRequest, hasEnded } from '../../domain/backup-request.ts';
import type { RequestId } from '../../domain/ids.ts';
import { addMillis, type Instant, toMillis } from '../../domain/instant.ts';
import type { Store } from '../../domain/store.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { type EndDependencies, endRequest } from './end-request.ts';
import { noRequest } from './find-request.ts';

/** A gateway that missed so many polls is taken for down. */
const missedPolls = 3;
/** An answer takes a while, and a busy gateway polls a little late. */
const graceMillis = 15_000;

/** A window is looked through in so many steps at most: an execution has 25,000 events, and a step makes 10. */
const mostLooks = 1000;
const shortestWaitSeconds = 30;

export type StoreLook =
  | { readonly next: 'hand-over' }
  | { readonly next: 'wait'; readonly seconds: number }
  | { readonly next: 'end' };

/**
 * Whether the store's agent lives, before a request is handed over. When it does not, a manual request fails at once with the
 * reason; a scheduled one waits, and fails when its window has ended.
 */
export async function lookAtStore(
  dependencies: EndDependencies & {
    readonly catalog: Pick<Catalog, 'stores'>;
    readonly pollSeconds: number;
  },
  requestId: RequestId,
): Promise<StoreLook> {
  const { catalog, clock, pollSeconds } = dependencies;
  const request = await catalog.requests.find(requestId);
  if (request === undefined) throw noRequest(requestId);
  if (hasEnded(request)) return { next: 'end' };
  const store = await catalog.stores.find(request.storeId);
  const now = clock.now();
  if (store !== undefined && isAlive(store, now, pollSeconds)) return { next: 'hand-over' };
  const since = store?.lastSeenAt ?? 'ever';
  const silence = `STORE_SILENT: the agent is down: store ${request.storeId} has not been heard of since ${since}`;
  const { windowEndsAt } = request;
  if (windowEndsAt === undefined || windowEndsAt <= now) {
    const reason = windowEndsAt === undefined ? silence : `${silence}; the window ended at ${windowEndsAt}`;
    await endRequest(dependencies, requestId, { state: 'failed', reason });
    return { next: 'end' };
  }
  return waitFor(dependencies, request, windowEndsAt);
}

/**
 * For a request that was handed over, and whose store fell silent: one that waits for its window goes on waiting, if the store never
 * took it. `end`: nobody waits for it any more.
 */
export async function waitAgain(
  dependencies: Pick<EndDependencies, 'catalog' | 'clock'>,
  requestId: RequestId,
): Promise<StoreLook> {
  const request = await dependencies.catalog.requests.find(requestId);
  const windowEndsAt = request?.windowEndsAt;
  const isOver = windowEndsAt === undefined || windowEndsAt <= dependencies.clock.now();
  if (request === undefined || isOver || hasEnded(request)) return { next: 'end' };
  return waitFor(dependencies, request, windowEndsAt);
}

async function waitFor(
  { catalog, clock }: Pick<EndDependencies, 'catalog' | 'clock'>,
  { requestId, requestedAt }: BackupRequest,
  windowEndsAt: Instant,
): Promise<StoreLook> {
  if ((await catalog.requests.noteWaiting(requestId, windowEndsAt)) === 'refused') return { next: 'end' };
  const now = clock.now();
  const windowSeconds = (toMillis(windowEndsAt) - toMillis(requestedAt)) / 1000;
  const leftSeconds = Math.ceil((toMillis(windowEndsAt) - toMillis(now)) / 1000);
  const step = Math.max(shortestWaitSeconds, Math.ceil(windowSeconds / mostLooks));
  return { next: 'wait', seconds: Math.min(step, leftSeconds) };
}

function isAlive({ lastSeenAt, forked, state }: Store, now: Instant, pollSeconds: number): boolean {
  if (lastSeenAt === undefined || forked !== undefined || state === 'decommissioned') return false;
  return addMillis(lastSeenAt, missedPolls * pollSeconds * 1000 + graceMillis) >= now;
}
