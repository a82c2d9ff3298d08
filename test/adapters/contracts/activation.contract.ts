import { beforeEach, describe, expect, it } from 'vitest';
import type { StoreId } from '../../../shared/domain/ids.ts';
import { addMillis, type Instant } from '../../../shared/domain/instant.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { at, ids, makeCode, makeStore, makeToken } from '../support/rows.ts';

export const activationContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('the activation of a store', () => {
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

    it('makes the store active with its token and uses the code up', async () => {
      const { store, code } = await created();
      const token = makeToken(store.storeId);

      expect(await catalog.stores.activate(code.codeSha256, token, at(5))).toBe('activated');

      expect(await catalog.stores.find(store.storeId)).toEqual({
        ...store,
        state: 'active',
        activatedAt: at(5),
        credentialId: token.credentialId,
      });
      expect(await catalog.credentials.find(token.credentialId)).toEqual(token);
      expect(await catalog.stores.findActivationCode(code.codeSha256)).toEqual({ ...code, usedAt: at(5) });
    });

    it('refuses a code that is used', async () => {
      const { store, code } = await created();
      const token = makeToken(store.storeId);
      await catalog.stores.activate(code.codeSha256, token, at(5));
      const second = makeToken(store.storeId);

      expect(await catalog.stores.activate(code.codeSha256, second, at(6))).toBe('refused');

      expect(await catalog.stores.find(store.storeId)).toMatchObject({ credentialId: token.credentialId });
      expect(await catalog.credentials.find(second.credentialId)).toBeUndefined();
    });

    it.each<[string, { codeSha256?: string; time?: Instant; storeId?: StoreId }]>([
      ['an unknown code', { codeSha256: 'e'.repeat(64) }],
      ['a code at the moment it runs out', { time: at(60) }],
      ["another store's token", { storeId: ids.store() }],
    ])('refuses %s', async (_, { codeSha256, time, storeId }) => {
      const { store, code } = await created();
      const token = makeToken(storeId ?? store.storeId);

      const outcome = await catalog.stores.activate(codeSha256 ?? code.codeSha256, token, time ?? at(1));

      expect(outcome).toBe('refused');
      expect(await catalog.stores.find(store.storeId)).toEqual(store);
      expect(await catalog.credentials.find(token.credentialId)).toBeUndefined();
    });

    it('takes a code until the last millisecond of its time', async () => {
      const { store, code } = await created();

      const outcome = await catalog.stores.activate(
        code.codeSha256,
        makeToken(store.storeId),
        addMillis(code.expiresAt, -1),
      );

      expect(outcome).toBe('activated');
    });

    it('lets one of two activations with one code win', async () => {
      const { store, code } = await created();
      const tokens = [makeToken(store.storeId), makeToken(store.storeId)];

      const outcomes = await Promise.all(
        tokens.map((token) => catalog.stores.activate(code.codeSha256, token, at(1))),
      );

      expect(outcomes.toSorted()).toEqual(['activated', 'refused']);
      const winner = tokens[outcomes.indexOf('activated')];
      expect(await catalog.stores.find(store.storeId)).toMatchObject({
        credentialId: winner?.credentialId,
      });
      expect((await catalog.credentials.list({ limit: 10 })).items).toEqual([winner]);
    });

    it('revokes the token that the store had', async () => {
      const { store, code } = await created();
      const first = makeToken(store.storeId);
      await catalog.stores.activate(code.codeSha256, first, at(1));
      const later = makeCode(store.storeId, { expiresAt: at(120) });
      await catalog.stores.addActivationCode(later);
      const second = makeToken(store.storeId);

      expect(await catalog.stores.activate(later.codeSha256, second, at(90))).toBe('activated');

      expect(await catalog.credentials.find(first.credentialId)).toEqual({ ...first, revokedAt: at(90) });
      expect(await catalog.stores.find(store.storeId)).toMatchObject({ credentialId: second.credentialId });
    });

    it('keeps the time at which the earlier token was revoked before', async () => {
      const { store, code } = await created();
      const first = makeToken(store.storeId);
      await catalog.stores.activate(code.codeSha256, first, at(1));
      await catalog.credentials.revoke(first.credentialId, at(2));
      const later = makeCode(store.storeId);
      await catalog.stores.addActivationCode(later);

      await catalog.stores.activate(later.codeSha256, makeToken(store.storeId), at(3));

      expect(await catalog.credentials.find(first.credentialId)).toMatchObject({ revokedAt: at(2) });
    });

    it('leaves one token in force when two codes are used at once', async () => {
      const { store, code } = await created();
      const other = makeCode(store.storeId);
      await catalog.stores.addActivationCode(other);

      await Promise.all(
        [code, other].map(({ codeSha256 }) =>
          catalog.stores.activate(codeSha256, makeToken(store.storeId), at(1)),
        ),
      );

      const { items } = await catalog.credentials.list({ limit: 10 });
      const inForce = items.filter(({ revokedAt }) => revokedAt === undefined);
      expect(inForce.map(({ credentialId }) => credentialId)).toEqual([
        (await catalog.stores.find(store.storeId))?.credentialId,
      ]);
    });

    it('does not make a used code new when it is added again', async () => {
      const { store, code } = await created();
      await catalog.stores.activate(code.codeSha256, makeToken(store.storeId), at(1));

      await catalog.stores.addActivationCode(code);

      expect(await catalog.stores.findActivationCode(code.codeSha256)).toMatchObject({ usedAt: at(1) });
    });
  });
