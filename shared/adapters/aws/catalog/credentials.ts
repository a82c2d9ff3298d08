import { createConversions } from 'electrodb';
import type { CredentialCatalog } from '../../../ports/catalog.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byCredentialId } from './positions.ts';
import { writeOnce } from './transact.ts';

export function awsCredentials({ credential: credentials }: Entities): CredentialCatalog {
  const keys = createConversions(credentials).byAccessPattern.all.fromComposite;
  return {
    async create(credential) {
      // Ids are never made twice: a credential that is there was put by an earlier copy of this call.
      await credentials.create(credential).go({ returnOnConditionCheckFailure: true });
    },

    async find(credentialId) {
      const { data } = await credentials.get({ credentialId }).go({ consistent: true });
      return data ?? undefined;
    },

    list: (page) =>
      readPage(
        {
          list: { name: 'credentials', position: byCredentialId },
          positionOf: ({ credentialId }) => ({ credentialId }),
          startAfter: keys.toCursor,
          run: (options) => credentials.query.all({}).go({ ...options, consistent: true }),
        },
        page,
      ),

    async revoke(credentialId, at) {
      const { rejected } = await writeOnce(() =>
        credentials
          .patch({ credentialId })
          .data(({ revokedAt }, { ifNotExists }) => ifNotExists(revokedAt, at))
          .go({ returnOnConditionCheckFailure: true }),
      );
      return rejected ? 'missing' : 'revoked';
    },
  };
}
