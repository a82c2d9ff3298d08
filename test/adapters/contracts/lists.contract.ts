import { isDeepStrictEqual } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Page, PageRequest } from '../../../shared/ports/catalog/page.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { closeUpload, committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { readPages } from '../support/paging.ts';
import { at, ids, makeCode, makeCredential, makeRestore, makeStore } from '../support/rows.ts';

type List = (page: PageRequest) => Promise<Page<unknown>>;

/** A list of some mount or store, and how it grows by one row. */
interface ListCase {
  readonly list: List;
  readonly grow: () => Promise<unknown>;
}

const storeId = ids.store();

/** Every list of the catalog. */
function listCases(catalog: Catalog, mount: Mount): Readonly<Record<string, ListCase>> {
  const commit = () => committedPoint(catalog, mount, { requestedAt: at(minutes++) });
  let minutes = 100;
  const restore = async () => catalog.restores.create(makeRestore(await commit()));
  const { mountId } = mount;
  return {
    stores: {
      list: (page) => catalog.stores.list(page),
      grow: () => {
        const store = makeStore();
        return catalog.stores.create(store, makeCode(store.storeId));
      },
    },
    credentials: {
      list: (page) => catalog.credentials.list(page),
      grow: () => catalog.credentials.create(makeCredential()),
    },
    mounts: { list: (page) => catalog.mounts.list({}, page), grow: () => createdMount(catalog) },
    'mounts of a store': {
      list: (page) => catalog.mounts.list({ storeId }, page),
      grow: () => createdMount(catalog, { storeId }),
    },
    'open uploads': {
      list: (page) => catalog.uploads.listByState('open', page),
      grow: async () => openedUpload(catalog, await createdMount(catalog), { openedAt: at(minutes++) }),
    },
    'recovery points, newest first': {
      list: (page) => catalog.recoveryPoints.list({ mountId }, page),
      grow: commit,
    },
    'recovery points, oldest first': {
      list: (page) => catalog.recoveryPoints.list({ mountId, order: 'oldest-first' }, page),
      grow: commit,
    },
    'recovery points of a time': {
      list: (page) =>
        catalog.recoveryPoints.list({ mountId, takenFrom: at(90), takenBefore: at(9_000) }, page),
      grow: commit,
    },
    restores: { list: (page) => catalog.restores.list({}, page), grow: restore },
    'restores of a mount': { list: (page) => catalog.restores.list({ mountId }, page), grow: restore },
    'running restores': { list: (page) => catalog.restores.listRunning(page), grow: restore },
  };
}

const listNames = Object.keys(listCases({} as Catalog, {} as Mount));

export const listsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('lists', () => {
    let catalog: Catalog;
    let cases: Readonly<Record<string, ListCase>>;
    beforeEach(async () => {
      catalog = await makeCatalog();
      cases = listCases(catalog, await createdMount(catalog, { storeId: ids.store() }));
    });

    const caseOf = (name: string) => present(cases[name]);
    const growBy = async (name: string, rows: number) => {
      for (let count = 0; count < rows; count++) await caseOf(name).grow();
    };
    const whole = async (name: string) => (await caseOf(name).list({ limit: 1000 })).items;

    it.each(listNames)('of %s give in pages what they give at once', async (name) => {
      await growBy(name, 5);
      const rows = await whole(name);

      const pages = await readPages(caseOf(name).list, 2);

      expect(pages.flat()).toEqual(rows);
      expect(pages.every((page) => page.length > 0 && page.length <= 2)).toBe(true);
    });

    it.each(listNames)(
      'of %s neither skip nor repeat a row when rows are added between pages',
      async (name) => {
        await growBy(name, 5);
        const before = await whole(name);

        const pages = await readPages(caseOf(name).list, 2, async (page) => {
          if (page.length > 0 && (await whole(name)).length < 12) await caseOf(name).grow();
        });

        const seen = pages.flat();
        const after = await whole(name);
        const isAmong = (rows: readonly unknown[]) => (row: unknown) =>
          rows.some((other) => isDeepStrictEqual(row, other));
        expect(seen.filter(isAmong(before))).toEqual(before);
        expect(seen.filter((row, index) => isAmong(seen.slice(0, index))(row))).toEqual([]);
        expect(after.length).toBeGreaterThan(before.length);
      },
    );

    it.each(listNames)('of %s have no cursor when a page takes exactly what there is', async (name) => {
      await growBy(name, 3);
      const { length } = await whole(name);

      expect(await caseOf(name).list({ limit: length })).not.toHaveProperty('cursor');
      expect(await caseOf(name).list({ limit: length - 1 })).toHaveProperty('cursor');
    });

    it.each(listNames)('of %s refuse the cursors of every other list', async (name) => {
      await growBy(name, 3);
      const { cursor } = await caseOf(name).list({ limit: 1 });

      for (const other of listNames.filter((candidate) => candidate !== name)) {
        await expect(caseOf(other).list({ limit: 1, cursor })).rejects.toMatchObject({
          code: 'PAGE_CURSOR_INVALID',
        });
      }
    });

    it.each([
      '',
      'not a cursor',
      Buffer.from('{}').toString('base64url'),
      Buffer.from('["stores",{"storeId":"sto-1"}]').toString('base64url'),
      Buffer.from('["stores",""]').toString('base64url'),
      Buffer.from('["stores",{"pk":"credentials","sk":"x"}]').toString('base64url'),
    ])('refuse the cursor "%s"', async (cursor) => {
      await growBy('stores', 2);

      await expect(catalog.stores.list({ limit: 1, cursor })).rejects.toMatchObject({
        code: 'PAGE_CURSOR_INVALID',
      });
    });

    it('refuse a cursor of the same kind of list with another owner or order', async () => {
      await growBy('recovery points, newest first', 3);
      await growBy('mounts of a store', 3);
      const points = await caseOf('recovery points, newest first').list({ limit: 1 });
      const mounts = await caseOf('mounts of a store').list({ limit: 1 });
      const invalid = { code: 'PAGE_CURSOR_INVALID' };
      const { mountId } = await createdMount(catalog);

      const { cursor } = points;
      await expect(catalog.recoveryPoints.list({ mountId }, { limit: 1, cursor })).rejects.toMatchObject(
        invalid,
      );
      await expect(
        catalog.mounts.list({ storeId: ids.store() }, { limit: 1, cursor: mounts.cursor }),
      ).rejects.toMatchObject(invalid);
    });

    it('of uploads by state hold those of the state, oldest first', async () => {
      const open = async (minutes: number) =>
        openedUpload(catalog, await createdMount(catalog), { openedAt: at(minutes) });
      const [late, early, closing] = [await open(30), await open(20), await open(10)];
      await closeUpload(catalog, closing, 'aborted');
      await committedPoint(catalog, await createdMount(catalog));

      const idsOf = async (state: 'open' | 'committing' | 'closing') =>
        (await catalog.uploads.listByState(state, { limit: 10 })).items.map(({ uploadId }) => uploadId);

      expect(await idsOf('open')).toEqual([early.uploadId, late.uploadId]);
      expect(await idsOf('committing')).toEqual([]);
      expect(await idsOf('closing')).toEqual([closing.uploadId]);
      expect((await catalog.uploads.listByState('open', { limit: 1 })).items).toEqual([early]);
    });
  });
