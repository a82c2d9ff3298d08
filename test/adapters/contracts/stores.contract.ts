import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeClaim, makeCode, makeStore, makeToken } from '../support/rows.ts';

export const storesContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('stores', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    const created = async (name = 'east') => {
      const store = makeStore({ name });
      const code = makeCode(store.storeId);
      await catalog.stores.create(store, code);
      return { store, code };
    };

    describe('creation', () => {
      it('keeps the store and its activation code', async () => {
        const store = makeStore();
        const code = makeCode(store.storeId);

        expect(await catalog.stores.create(store, code)).toEqual({ outcome: 'created' });

        expect(await catalog.stores.find(store.storeId)).toEqual(store);
        expect(await catalog.stores.findActivationCode(code.codeSha256)).toEqual(code);
      });

      it('refuses a name that is taken, and leaves nothing behind', async () => {
        await created('east');
        const second = makeStore({ name: 'east' });
        const code = makeCode(second.storeId);

        expect(await catalog.stores.create(second, code)).toEqual({ outcome: 'name-taken' });

        expect(await catalog.stores.find(second.storeId)).toBeUndefined();
        expect(await catalog.stores.findActivationCode(code.codeSha256)).toBeUndefined();
      });

      it('takes names that differ by case for different names', async () => {
        await created('east');

        const outcome = await catalog.stores.create(makeStore({ name: 'East' }), makeCode(ids.store()));

        expect(outcome).toEqual({ outcome: 'created' });
      });

      it('changes nothing when the same store is created again, even after its activation', async () => {
        const { store, code } = await created();
        const token = makeToken(store.storeId);
        await catalog.stores.activate(code.codeSha256, token, at(1));

        expect(await catalog.stores.create(store, code)).toEqual({ outcome: 'created' });

        expect(await catalog.stores.find(store.storeId)).toMatchObject({ state: 'active' });
        expect(await catalog.stores.findActivationCode(code.codeSha256)).toMatchObject({ usedAt: at(1) });
      });

      it('lets one of many creations of one name win', async () => {
        const outcomes = await atOnce(20, async () => {
          const store = makeStore({ name: 'contested' });
          return (await catalog.stores.create(store, makeCode(store.storeId))).outcome;
        });

        expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'name-taken')).toHaveLength(19);
        expect((await catalog.stores.list({ limit: 100 })).items).toHaveLength(1);
      });
    });

    describe('idempotency claims', () => {
      it('answer what the first request made', async () => {
        const first = makeStore();
        const claim = makeClaim(first.storeId);
        await catalog.stores.create(first, makeCode(first.storeId), claim);
        const second = makeStore({ name: first.name });

        const outcome = await catalog.stores.create(second, makeCode(second.storeId), {
          ...claim,
          resourceId: second.storeId,
        });

        expect(outcome).toEqual({ outcome: 'repeated', resourceId: first.storeId });
        expect(await catalog.stores.find(second.storeId)).toBeUndefined();
      });

      it('refuse a key that was used for another request', async () => {
        const first = makeStore();
        const claim = makeClaim(first.storeId);
        await catalog.stores.create(first, makeCode(first.storeId), claim);
        const second = makeStore();

        const outcome = await catalog.stores.create(second, makeCode(second.storeId), {
          ...claim,
          requestSha256: 'f'.repeat(64),
        });

        expect(outcome).toEqual({ outcome: 'key-reused' });
        expect(await catalog.stores.find(second.storeId)).toBeUndefined();
      });

      it('are not kept when nothing was created', async () => {
        const { store } = await created('east');
        const claim = makeClaim(store.storeId);
        await catalog.stores.create(makeStore({ name: 'east' }), makeCode(store.storeId), claim);
        const other = makeStore();

        const outcome = await catalog.stores.create(other, makeCode(other.storeId), claim);

        expect(outcome).toEqual({ outcome: 'created' });
      });

      it('make one store of twenty requests at once', async () => {
        const claim = makeClaim('', { scope: 'the one key' });

        const outcomes = await atOnce(20, async () => {
          const store = makeStore({ name: 'once' });
          return catalog.stores.create(store, makeCode(store.storeId), {
            ...claim,
            resourceId: store.storeId,
          });
        });

        const { items } = await catalog.stores.list({ limit: 100 });
        expect(items).toHaveLength(1);
        const repeats = outcomes.filter(({ outcome }) => outcome === 'repeated');
        expect(repeats).toEqual(Array(19).fill({ outcome: 'repeated', resourceId: items[0]?.storeId }));
      });
    });

    describe('heartbeats', () => {
      it('are noted with the version of the gateway', async () => {
        const { store } = await created();

        await catalog.stores.noteSeen(store.storeId, {
          at: at(3),
          gatewayVersion: '1.0.0',
          capabilities: ['quota'],
          clockAheadSeconds: -259_200,
        });
        const { clockAheadSeconds } = (await catalog.stores.find(store.storeId)) ?? {};
        await catalog.stores.noteSeen(store.storeId, {
          at: at(3),
          gatewayVersion: '1.0.0',
          capabilities: ['quota'],
        });

        expect(clockAheadSeconds).toBe(-259_200);
        expect(await catalog.stores.find(store.storeId)).toEqual({
          ...store,
          lastSeenAt: at(3),
          gatewayVersion: '1.0.0',
          capabilities: ['quota'],
        });
      });

      it('that come late do not turn the time back', async () => {
        const { store } = await created();
        await catalog.stores.noteSeen(store.storeId, {
          at: at(3),
          gatewayVersion: '1.1.0',
          capabilities: [],
        });

        await catalog.stores.noteSeen(store.storeId, {
          at: at(2),
          gatewayVersion: '1.0.0',
          capabilities: [],
        });

        expect(await catalog.stores.find(store.storeId)).toMatchObject({
          lastSeenAt: at(3),
          gatewayVersion: '1.1.0',
        });
      });

      it('of an unknown store make none', async () => {
        const unknown = ids.store();

        await catalog.stores.noteSeen(unknown, { at: at(3), gatewayVersion: '1.0.0', capabilities: [] });

        expect(await catalog.stores.find(unknown)).toBeUndefined();
        expect((await catalog.stores.list({ limit: 10 })).items).toEqual([]);
      });
    });

    describe('states', () => {
      it('follow each other, with their times', async () => {
        const { store, code } = await created();
        await catalog.stores.activate(code.codeSha256, makeToken(store.storeId), at(1));
        const { storeId } = store;

        expect(await catalog.stores.changeState(storeId, 'active', 'decommissioning', at(2))).toBe('changed');
        expect(await catalog.stores.find(storeId)).toMatchObject({
          state: 'decommissioning',
          decommissioningAt: at(2),
        });
        expect(await catalog.stores.changeState(storeId, 'decommissioning', 'active', at(3))).toBe('changed');
        expect(await catalog.stores.find(storeId)).not.toHaveProperty('decommissioningAt');
        await catalog.stores.changeState(storeId, 'active', 'decommissioning', at(4));
        await catalog.stores.changeState(storeId, 'decommissioning', 'decommissioned', at(5));

        expect(await catalog.stores.find(storeId)).toMatchObject({
          state: 'decommissioned',
          decommissioningAt: at(4),
          decommissionedAt: at(5),
        });
      });

      it('that a store is not in are not left, and unknown stores get none', async () => {
        const { store } = await created();
        const unknown = ids.store();

        expect(await catalog.stores.changeState(store.storeId, 'active', 'decommissioning', at(1))).toBe(
          'conflict',
        );
        expect(await catalog.stores.changeState(unknown, 'active', 'decommissioning', at(1))).toBe(
          'conflict',
        );

        expect(await catalog.stores.find(store.storeId)).toEqual(store);
        expect(await catalog.stores.find(unknown)).toBeUndefined();
      });

      it('outlast an activation while decommissioning, and refuse one for good after it', async () => {
        const { store, code } = await created();
        const { storeId } = store;
        await catalog.stores.activate(code.codeSha256, makeToken(storeId), at(1));
        await catalog.stores.changeState(storeId, 'active', 'decommissioning', at(2));
        const [second, third] = [makeCode(storeId), makeCode(storeId)];
        await catalog.stores.addActivationCode(second);
        await catalog.stores.addActivationCode(third);

        expect(await catalog.stores.activate(second.codeSha256, makeToken(storeId), at(3))).toBe('activated');
        expect(await catalog.stores.find(storeId)).toMatchObject({ state: 'decommissioning' });
        await catalog.stores.changeState(storeId, 'decommissioning', 'decommissioned', at(4));
        expect(await catalog.stores.activate(third.codeSha256, makeToken(storeId), at(5))).toBe('refused');

        expect(await catalog.stores.find(storeId)).toMatchObject({
          state: 'decommissioned',
          activatedAt: at(3),
        });
      });
    });

    it('does not find what is not there', async () => {
      expect(await catalog.stores.find(ids.store())).toBeUndefined();
      expect(await catalog.stores.findActivationCode('d'.repeat(64))).toBeUndefined();
    });

    it('is not changed by what callers do to their values', async () => {
      const store = { ...makeStore({ name: 'east' }) };
      await catalog.stores.create(store, makeCode(store.storeId));

      store.name = 'changed before reading';
      const found = { ...(await catalog.stores.find(store.storeId)) };
      found.name = 'changed after reading';

      expect(await catalog.stores.find(store.storeId)).toMatchObject({ name: 'east' });
    });
  });
