import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { createdMount } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { ids, makeClaim, makeMount } from '../support/rows.ts';

export const mountsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('mounts', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    it('are created with the first entry of their journal', async () => {
      const { mount, entry } = makeMount();

      expect(await catalog.mounts.create(mount, entry)).toEqual({ outcome: 'created' });

      expect(await catalog.mounts.find(mount.mountId)).toEqual(mount);
      expect(await catalog.outbox.pending(mount.mountId, 10)).toEqual([entry]);
    });

    it('have names of their own within a store', async () => {
      const first = makeMount({ name: 'ora' });
      await catalog.mounts.create(first.mount, first.entry);
      const { storeId } = first.mount;
      const sameStore = makeMount({ name: 'ora', storeId });
      const otherStore = makeMount({ name: 'ora' });

      const refused = await catalog.mounts.create(sameStore.mount, sameStore.entry);
      const accepted = await catalog.mounts.create(otherStore.mount, otherStore.entry);

      expect(refused).toEqual({ outcome: 'name-taken' });
      expect(accepted).toEqual({ outcome: 'created' });
      expect(await catalog.mounts.find(sameStore.mount.mountId)).toBeUndefined();
      expect(await catalog.outbox.pending(sameStore.mount.mountId, 10)).toEqual([]);
      expect((await catalog.mounts.list({ storeId }, { limit: 10 })).items).toEqual([first.mount]);
    });

    it('are not changed by being created again', async () => {
      const { mount, entry } = makeMount();
      await catalog.mounts.create(mount, entry);
      await catalog.mounts.markReady(mount.mountId);
      await catalog.outbox.markStored(entry);

      expect(await catalog.mounts.create(mount, entry)).toEqual({ outcome: 'created' });

      expect(await catalog.mounts.find(mount.mountId)).toMatchObject({
        state: 'ready',
        journal: { stored: 1 },
      });
      expect(await catalog.outbox.pending(mount.mountId, 10)).toEqual([]);
    });

    it('are made once by twenty requests with one idempotency key', async () => {
      const storeId = ids.store();
      const claim = makeClaim('', { scope: 'the one key' });

      const outcomes = await atOnce(20, () => {
        const { mount, entry } = makeMount({ storeId, name: 'ora' });
        return catalog.mounts.create(mount, entry, { ...claim, resourceId: mount.mountId });
      });

      const { items } = await catalog.mounts.list({ storeId }, { limit: 100 });
      expect(items).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(19);
      expect(outcomes).toContainEqual({ outcome: 'repeated', resourceId: items[0]?.mountId });
    });

    it('refuse an idempotency key of another request', async () => {
      const { mount, entry } = makeMount();
      const claim = makeClaim(mount.mountId);
      await catalog.mounts.create(mount, entry, claim);
      const second = makeMount();

      const outcome = await catalog.mounts.create(second.mount, second.entry, {
        ...claim,
        requestSha256: 'f'.repeat(64),
      });

      expect(outcome).toEqual({ outcome: 'key-reused' });
    });

    it('become ready once and stay so', async () => {
      const mount = await createdMount(catalog);

      await catalog.mounts.markReady(mount.mountId);
      await catalog.mounts.markReady(mount.mountId);

      expect(await catalog.mounts.find(mount.mountId)).toEqual({ ...mount, state: 'ready' });
    });

    it('are not made by marking an unknown one ready', async () => {
      const unknown = ids.mount();

      await catalog.mounts.markReady(unknown);

      expect(await catalog.mounts.find(unknown)).toBeUndefined();
      expect((await catalog.mounts.list({}, { limit: 10 })).items).toEqual([]);
    });

    it('of a store are listed as they now are', async () => {
      const storeId = ids.store();
      const first = await createdMount(catalog, { storeId });
      const second = await createdMount(catalog, { storeId });
      await createdMount(catalog);
      await catalog.mounts.markReady(second.mountId);

      const { items } = await catalog.mounts.list({ storeId }, { limit: 10 });

      expect(items).toEqual([first, { ...second, state: 'ready' }]);
      expect(await catalog.mounts.list({ storeId: ids.store() }, { limit: 10 })).toEqual({ items: [] });
    });

    it('of a store with more than a hundred are listed whole and in order', async () => {
      const storeId = ids.store();
      const mounts = await atOnce(101, () => createdMount(catalog, { storeId }));

      const { items } = await catalog.mounts.list({ storeId }, { limit: 1000 });

      expect(items).toEqual(mounts);
    });
  });
