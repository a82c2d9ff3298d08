import { createConversions } from 'electrodb';
import type * as z from 'zod';
import { type BackupRequest, hasEnded } from '../../../domain/backup-request.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { AgentCatalog, RequestCatalog } from '../../../ports/catalog/requests.ts';
import { claimItem, findClaimed, readClaimed } from './claims.ts';
import { nextNumber } from './counter.ts';
import type { Entities } from './entities.ts';
import { type PageQuery, readPage } from './page.ts';
import { byRequestId } from './positions.ts';
import { endRequest, handOverRequest, noteReport } from './request-changes.ts';
import { findRequest, type RequestItem, toRequest } from './request-item.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export function awsRequests(entities: Entities): RequestCatalog {
  return {
    ...requestLists(entities),
    nextNumber: () => nextNumber(entities, 'backup-number'),

    async create(request, { seq: seenSeq }, claim) {
      const { requestId, storeId, database, mountId, parentSeq } = request;
      const refusal = await transact(entities, (writable) => ({
        claim: claim && writable.claim.create(claimItem(claim)).commit(),
        request: writable.request.create({ ...request, isRunning: 'yes' }).commit(),
        running: writable.runningRequest.create({ storeId, database, requestId }).commit(),
        mount: writable.mount
          .check({ mountId })
          .where(({ seq, diverged }, { eq, notExists }) => `${eq(seq, seenSeq)} AND ${notExists(diverged)}`)
          .commit(),
        parent:
          parentSeq === undefined
            ? undefined
            : writable.recoveryPoint
                .patch({ mountId, seq: parentSeq })
                .add({ pins: [`request:${requestId}`] })
                .where(({ state }, { eq }) => eq(state, 'available'))
                .commit(),
      }));
      refuseContended(refusal);
      if (claim && refusal.has('claim')) return readClaimed(entities, claim);
      // Ids are never made twice: a request that is there was put by an earlier copy of this call.
      if (refusal.size === 0 || refusal.has('request')) return { outcome: 'created' };
      if (!refusal.has('running')) return { outcome: 'conflict' };
      const { data } = await entities.runningRequest.get({ storeId, database }).go({ consistent: true });
      return data ? { outcome: 'database-busy', requestId: data.requestId } : { outcome: 'conflict' };
    },

    findClaimed: (claim) => findClaimed(entities, claim),
    find: (requestId) => findRequest(entities, requestId),

    async noteWaiting(requestId, until) {
      const { rejected } = await writeOnce(() =>
        entities.request
          .patch({ requestId })
          .set({ state: 'waiting', owner: 'service', deadline: until })
          .where(({ state, reportedAt }, { eq, notExists }) => {
            const mayWait = `${eq(state, 'planned')} OR ${eq(state, 'waiting')} OR ${eq(state, 'handed-over')}`;
            return `(${mayWait}) AND ${notExists(reportedAt)}`;
          })
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      return rejected ? 'refused' : 'noted';
    },

    handOver: (requestId, taskToken, command) => handOverRequest(entities, requestId, taskToken, command),
    noteReport: (requestId, fence, report, at) => noteReport(entities, { requestId, fence, report, at }),
    end: (seen, end) => endRequest(entities, seen, end),
  };
}

function requestLists(entities: Entities): Pick<RequestCatalog, 'list' | 'listRunning' | 'runningOf'> {
  const isRunning = 'yes';
  return {
    list({ of }, page) {
      const { request: requests } = entities;
      const keys = createConversions(requests).byAccessPattern;
      if (of === undefined) {
        return readRequests(page, {
          name: 'requests',
          startAfter: keys.all.fromComposite.toCursor,
          run: (options) => requests.query.all({}).go({ ...options, order: 'desc' }),
        });
      }
      const { storeId, database } = of;
      return readRequests(page, {
        name: `requests of ${storeId} ${database}`,
        startAfter: ({ requestId }) =>
          keys.ofDatabase.fromComposite.toCursor({ storeId, database, requestId }),
        run: (options) => requests.query.ofDatabase({ storeId, database }).go({ ...options, order: 'desc' }),
      });
    },

    listRunning(page) {
      const { request: requests } = entities;
      const keys = createConversions(requests).byAccessPattern.running.fromComposite;
      return readRequests(page, {
        name: 'running requests',
        startAfter: ({ requestId }) => keys.toCursor({ isRunning, requestId }),
        run: (options) => requests.query.running({ isRunning }).go(options),
      });
    },

    async runningOf(storeId) {
      const { data } = await entities.runningRequest.query
        .ofStore({ storeId })
        .go({ consistent: true, pages: 'all' });
      const found = await Promise.all(data.map(({ requestId }) => findRequest(entities, requestId)));
      return found
        .flatMap((request) => (request && !hasEnded(request) ? [request] : []))
        .sort((a, b) => (a.requestId < b.requestId ? -1 : 1));
    },
  };
}

type RequestPosition = z.infer<typeof byRequestId>;

async function readRequests(
  page: PageRequest,
  { name, ...query }: { name: string } & Pick<PageQuery<RequestItem, RequestPosition>, 'startAfter' | 'run'>,
): Promise<Page<BackupRequest>> {
  const list = { name, position: byRequestId };
  const positionOf = ({ requestId }: RequestItem) => ({ requestId });
  const { items, ...rest } = await readPage({ list, positionOf, ...query }, page);
  return { items: items.map(toRequest), ...rest };
}

export const awsAgents = (entities: Entities): AgentCatalog => ({
  async note(storeId, databases, at) {
    const { rejected } = await writeOnce(() =>
      entities.agent
        .patch({ storeId })
        .set({ databases, at })
        .where((agent, { lte }) => lte(agent.at, at))
        .go({ returnOnConditionCheckFailure: 'all_old' }),
    );
    // There is none, or a newer one, which the creation leaves alone.
    if (rejected) {
      await entities.agent.create({ storeId, databases, at }).go({ returnOnConditionCheckFailure: true });
    }
  },

  async of(storeId) {
    const { data } = await entities.agent.get({ storeId }).go({ consistent: true });
    return data?.databases ?? [];
  },
});
