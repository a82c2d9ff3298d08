import { beforeEach, describe, expect, it } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { at, ids, makeCredential, makeToken } from '../support/rows.ts';

export const credentialsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('credentials', () => {
    let catalog: Catalog;
    beforeEach(async () => {
      catalog = await makeCatalog();
    });

    it('are found as they were created', async () => {
      const key = makeCredential({ role: 'admin', expiresAt: at(500) });
      const token = makeToken(ids.store());
      await catalog.credentials.create(key);
      await catalog.credentials.create(token);

      expect(await catalog.credentials.find(key.credentialId)).toEqual(key);
      expect(await catalog.credentials.find(token.credentialId)).toEqual(token);
      expect(await catalog.credentials.find(ids.credential())).toBeUndefined();
    });

    it('are revoked once: a second time keeps the first', async () => {
      const key = makeCredential();
      await catalog.credentials.create(key);

      expect(await catalog.credentials.revoke(key.credentialId, at(7))).toBe('revoked');
      expect(await catalog.credentials.revoke(key.credentialId, at(9))).toBe('revoked');

      expect(await catalog.credentials.find(key.credentialId)).toEqual({ ...key, revokedAt: at(7) });
    });

    it('stay revoked when they are created again', async () => {
      const key = makeCredential();
      await catalog.credentials.create(key);
      await catalog.credentials.revoke(key.credentialId, at(7));

      await catalog.credentials.create(key);

      expect(await catalog.credentials.find(key.credentialId)).toEqual({ ...key, revokedAt: at(7) });
    });

    it('that are missing cannot be revoked, and are not made by trying', async () => {
      const unknown = ids.credential();

      expect(await catalog.credentials.revoke(unknown, at(7))).toBe('missing');

      expect(await catalog.credentials.find(unknown)).toBeUndefined();
      expect((await catalog.credentials.list({ limit: 10 })).items).toEqual([]);
    });
  });
