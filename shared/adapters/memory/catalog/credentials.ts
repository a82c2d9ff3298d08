import type { CredentialCatalog } from '../../../ports/catalog/credentials.ts';
import { pageOf } from './page.ts';
import type { CatalogState } from './state.ts';

export const memoryCredentials = (state: CatalogState): CredentialCatalog => ({
  async create(credential) {
    const { credentialId } = credential;
    if (!state.credentials.has(credentialId)) state.credentials.set(credentialId, credential);
  },

  async find(credentialId) {
    return state.credentials.get(credentialId);
  },

  async list(page) {
    const list = { name: 'credentials', keyOf: ({ credentialId }: { credentialId: string }) => credentialId };
    return pageOf(state.credentials.values(), list, page);
  },

  async revoke(credentialId, at) {
    const credential = state.credentials.get(credentialId);
    if (credential === undefined) return 'missing';
    state.credentials.set(credentialId, { revokedAt: at, ...credential });
    return 'revoked';
  },
});
