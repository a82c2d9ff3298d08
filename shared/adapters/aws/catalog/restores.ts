import { createConversions } from 'electrodb';
import type * as z from 'zod';
import { pinOf, type Restore } from '../../../domain/restore.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { RestoreCatalog } from '../../../ports/catalog/restores.ts';
import { claimItem, readClaimed } from './claims.ts';
import { nextNumber } from './counter.ts';
import type { Entities } from './entities.ts';
import { type PageQuery, readPage } from './page.ts';
import { byRestoreId } from './positions.ts';
import { endRestore, handOverRestore } from './restore-changes.ts';
import { findRestore, type RestoreItem, toRestore } from './restore-item.ts';
import { awsStagedFiles } from './staged-files.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export function awsRestores(entities: Entities): RestoreCatalog {
  return {
    ...restoreLists(entities),
    ...awsStagedFiles(entities),
    nextJobId: () => nextNumber(entities, 'job-id'),

    async create(restore, claim) {
      const { mountId, recoveryPointSeq: seq } = restore;
      const refusal = await transact(entities, (writable) => ({
        claim: claim && writable.claim.create(claimItem(claim)).commit(),
        restore: writable.restore.create({ ...restore, isRunning: 'yes' }).commit(),
        point: writable.recoveryPoint
          .patch({ mountId, seq })
          .add({ pins: [pinOf(restore)] })
          .where(({ state }, { eq }) => eq(state, 'available'))
          .commit(),
        mount: writable.mount
          .check({ mountId })
          .where(({ diverged }, { notExists }) => notExists(diverged))
          .commit(),
      }));
      refuseContended(refusal);
      if (claim && refusal.has('claim')) return readClaimed(entities, claim);
      // Ids are never made twice: a restore that is there was put by an earlier copy of this call.
      if (refusal.size === 0 || refusal.has('restore')) return { outcome: 'created' };
      return { outcome: refusal.has('mount') ? 'mount-diverged' : 'point-not-available' };
    },

    find: (restoreId) => findRestore(entities, restoreId),

    handOver: (restore, taskToken, command) => handOverRestore(entities, restore, taskToken, command),

    async noteProgress(restoreId, fence, progress, at) {
      const isRunning = (restore: Pick<Restore, 'state' | 'fence'>) =>
        (restore.state === 'handed-over' || restore.state === 'staging') && restore.fence === fence;
      const { rejected, data: current } = await writeOnce(() =>
        entities.restore
          .patch({ restoreId })
          .set({ state: 'staging', progress, reportedAt: at })
          .where((restore, { eq, lte, notExists }) => {
            const running = `(${eq(restore.state, 'handed-over')} OR ${eq(restore.state, 'staging')})`;
            const isNewest = `(${notExists(restore.reportedAt)} OR ${lte(restore.reportedAt, at)})`;
            return `${running} AND ${eq(restore.fence, fence)} AND ${isNewest}`;
          })
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      // A report that comes late is taken note of by the newer one that came first.
      return !rejected || (current && isRunning(current)) ? 'noted' : 'refused';
    },

    async noteThaw(restoreId, fence, thaw) {
      const { rejected } = await writeOnce(() =>
        entities.restore
          .patch({ restoreId })
          .set({ state: 'thawing', thaw })
          .where((restore, { eq }) => `${eq(restore.isRunning, 'yes')} AND ${eq(restore.fence, fence)}`)
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      return rejected ? 'refused' : 'noted';
    },

    async noteDamage(restoreId, fence, damage) {
      const { rejected } = await writeOnce(() =>
        entities.restore
          .patch({ restoreId })
          .set({ damage })
          .where((restore, { eq }) => `${eq(restore.isRunning, 'yes')} AND ${eq(restore.fence, fence)}`)
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      return rejected ? 'refused' : 'noted';
    },

    end: ({ restoreId }, end) => endRestore(entities, restoreId, end),

    async commandsFor(storeId) {
      const { data } = await entities.command.query
        .ofStore({ storeId })
        .go({ consistent: true, pages: 'all' });
      return data;
    },
  };
}

function restoreLists(entities: Entities): Pick<RestoreCatalog, 'list' | 'listRunning' | 'listStaged'> {
  return {
    list({ mountId }, page) {
      const { restore: restores } = entities;
      const keys = createConversions(restores).byAccessPattern;
      if (mountId === undefined) {
        return readRestores(page, {
          name: 'restores',
          startAfter: keys.all.fromComposite.toCursor,
          run: (options) => restores.query.all({}).go({ ...options, order: 'desc' }),
        });
      }
      return readRestores(page, {
        name: `restores of ${mountId}`,
        startAfter: ({ restoreId }) => keys.ofMount.fromComposite.toCursor({ mountId, restoreId }),
        run: (options) => restores.query.ofMount({ mountId }).go({ ...options, order: 'desc' }),
      });
    },

    listRunning: (page) => readIndexed(entities, 'yes', page),
    listStaged: (page) => readIndexed(entities, 'staged', page),
  };
}

function readIndexed(
  { restore: restores }: Entities,
  isRunning: 'yes' | 'staged',
  page: PageRequest,
): Promise<Page<Restore>> {
  const keys = createConversions(restores).byAccessPattern.running.fromComposite;
  return readRestores(page, {
    name: isRunning === 'yes' ? 'running restores' : 'staged restores',
    startAfter: ({ restoreId }) => keys.toCursor({ isRunning, restoreId }),
    run: (options) => restores.query.running({ isRunning }).go(options),
  });
}

type RestorePosition = z.infer<typeof byRestoreId>;

async function readRestores(
  page: PageRequest,
  { name, ...query }: { name: string } & Pick<PageQuery<RestoreItem, RestorePosition>, 'startAfter' | 'run'>,
): Promise<Page<Restore>> {
  const list = { name, position: byRestoreId };
  const positionOf = ({ restoreId }: RestoreItem) => ({ restoreId });
  const { items, ...rest } = await readPage({ list, positionOf, ...query }, page);
  return { items: items.map(toRestore), ...rest };
}
