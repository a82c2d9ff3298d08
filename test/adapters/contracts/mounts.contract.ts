import { beforeEach, describe, expect, it } from 'vitest';
import { type JournalEntry, nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { createdMount, openedUpload, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeClaim, makeMount, makeUpload } from '../support/rows.ts';

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

    describe('changes', () => {
      const draft = (mount: Mount, fields: Partial<Mount>, kind = 'mount-changed') => ({
        next: { ...mount, ...fields },
        entry: nextJournalEntry(mount.mountId, mount.journal, { at: at(5), kind, data: {} }),
      });
      const positionOf = ({ number, sha256 }: JournalEntry) => ({ number, hash: sha256, stored: 0 });
      const deletion = { fence: 2, markedAt: at(5), markedBy: 'key-admin' };

      it('take settings over with an entry of the journal, and nothing else', async () => {
        const mount = await createdMount(catalog);
        const dataKey = { generation: 1, firstUploadId: ids.upload(), keyId: 'key-1', wrapped: 'AAAA' };
        const settings = { expire: '2w', maxPendingSnapshots: 7, quotaBytes: 2 ** 40, coldThrough: 3 };
        const strategies = [{ database: 'LEDGER', expire: '3w', order: { incremental: true as const } }];
        const fields = { ...settings, strategies, dataKeys: [dataKey, { ...dataKey, keyId: 'key-2' }] };
        const { next, entry } = draft(mount, fields);

        const outcome = await catalog.mounts.change(mount, { ...next, seq: 99 } as Mount, entry);

        expect(outcome).toBe('changed');
        const changed = { ...mount, ...fields, journal: positionOf(entry) };
        expect(await catalog.mounts.find(mount.mountId)).toEqual(changed);
        expect((await catalog.outbox.pending(mount.mountId, 10)).at(-1)).toEqual(entry);
      });

      it('are refused on a mount that has changed since it was read', async () => {
        const mount = await createdMount(catalog);
        const [first, second] = [draft(mount, { expire: '1d' }), draft(mount, { expire: '2d' })];
        await catalog.mounts.change(mount, first.next, first.entry);

        expect(await catalog.mounts.change(mount, second.next, second.entry)).toBe('conflict');

        expect(await catalog.mounts.find(mount.mountId)).toMatchObject({ expire: '1d' });
        expect(await catalog.outbox.pending(mount.mountId, 10)).toHaveLength(2);
      });

      it('of one mount at once have one winner', async () => {
        const mount = await createdMount(catalog);

        const outcomes = await atOnce(10, () => {
          const { next, entry } = draft(mount, { expire: '3d' });
          return catalog.mounts.change(mount, next, entry);
        });

        expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1);
        expect(await catalog.outbox.pending(mount.mountId, 10)).toHaveLength(2);
      });

      it('mark for delete and take the mark back', async () => {
        const mount = await createdMount(catalog);
        const marked = draft(mount, { state: 'marked-for-delete', deletion });
        await catalog.mounts.change(mount, marked.next, marked.entry);
        const found = present(await catalog.mounts.find(mount.mountId));
        expect(found).toMatchObject({ state: 'marked-for-delete', deletion });
        await catalog.mounts.markReady(mount.mountId);
        expect(await catalog.mounts.find(mount.mountId)).toEqual(found);

        const { deletion: _, ...unmarked } = found;
        const back = draft(found, { state: 'creating' });
        await catalog.mounts.change(found, { ...unmarked, state: 'creating' }, back.entry);

        const after = await catalog.mounts.find(mount.mountId);
        expect(after).toMatchObject({ state: 'creating', journal: { number: 3 } });
        expect(after).not.toHaveProperty('deletion');
      });

      it('make a mount gone: its name is free, it is listed, and takes no upload any more', async () => {
        const mount = await createdMount(catalog, { name: 'ora' });
        const { next, entry } = draft(mount, { state: 'gone', deletion: { ...deletion, goneAt: at(6) } });

        expect(await catalog.mounts.change(mount, next, entry)).toBe('changed');

        const gone = present(await catalog.mounts.find(mount.mountId));
        expect((await catalog.uploads.open(makeUpload(gone))).outcome).toBe('conflict');
        const successor = makeMount({ name: 'ora', storeId: mount.storeId });
        expect(await catalog.mounts.create(successor.mount, successor.entry)).toEqual({ outcome: 'created' });
        const { items } = await catalog.mounts.list({ storeId: mount.storeId }, { limit: 10 });
        expect(items).toEqual([gone, successor.mount]);
      });

      it('do not make a mount gone while an upload is open', async () => {
        const mount = await createdMount(catalog);
        await openedUpload(catalog, mount);
        const found = present(await catalog.mounts.find(mount.mountId));
        const { next, entry } = draft(found, { state: 'gone', deletion });

        expect(await catalog.mounts.change(found, next, entry)).toBe('conflict');

        expect(await catalog.mounts.find(mount.mountId)).toEqual(found);
      });

      it('of an unknown mount make none', async () => {
        const { mount } = makeMount();
        const { next, entry } = draft(mount, { expire: '1d' });

        expect(await catalog.mounts.change(mount, next, entry)).toBe('conflict');

        expect(await catalog.mounts.find(mount.mountId)).toBeUndefined();
        expect(await catalog.outbox.pending(mount.mountId, 10)).toEqual([]);
      });
    });

    it('keep the newest report of their gateway, which is no change of the line', async () => {
      const mount = await createdMount(catalog);
      const report = { at: at(3), state: 'ready', freeBytes: 5, reason: undefined } as const;

      await catalog.mounts.noteReport(mount.mountId, report);
      await catalog.mounts.noteReport(mount.mountId, { at: at(2), state: 'inconsistent', reason: 'late' });
      const unknown = ids.mount();
      await catalog.mounts.noteReport(unknown, report);

      const storeReport = { at: at(3), state: 'ready', freeBytes: 5 };
      expect(await catalog.mounts.find(mount.mountId)).toEqual({ ...mount, storeReport });
      expect(await catalog.mounts.find(unknown)).toBeUndefined();
    });

    it('have one order of a snapshot at a time, which its store ends once', async () => {
      const mount = await createdMount(catalog);
      const { mountId } = mount;
      const times = { requestedAt: at(10), deadline: at(20) };
      const first = { commandId: ids.command(), state: 'ordered', requestedBy: 'me', ...times } as const;
      const second = { ...first, commandId: ids.command(), requestedAt: at(20), deadline: at(30) };
      const third = { ...second, commandId: ids.command(), requestedAt: at(25) };
      const frozen = { ...second, state: 'frozen', snapName: 'UID_1' } as const;

      expect(await catalog.mounts.orderSnapshot(mountId, first)).toBe('ordered');
      expect(await catalog.mounts.orderSnapshot(mountId, { ...second, requestedAt: at(19) })).toBe('busy');
      expect(await catalog.mounts.orderSnapshot(mountId, second)).toBe('ordered');
      expect(await catalog.mounts.endSnapshotOrder(mountId, { ...first, state: 'frozen' })).toBe('refused');
      expect(await catalog.mounts.orderSnapshot(mountId, third)).toBe('busy');
      expect(await catalog.mounts.endSnapshotOrder(mountId, frozen)).toBe('noted');
      expect(await catalog.mounts.endSnapshotOrder(mountId, { ...frozen, state: 'failed' })).toBe('refused');

      expect(await catalog.mounts.find(mountId)).toEqual({ ...mount, snapshotOrder: frozen });
      expect(await catalog.mounts.orderSnapshot(mountId, third)).toBe('ordered');
      expect(await catalog.mounts.orderSnapshot(ids.mount(), third)).toBe('busy');
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
