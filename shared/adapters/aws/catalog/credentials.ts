import { createConversions } from 'electrodb';
import type { Credential } from '../../../domain/store.ts';
import type { CredentialCatalog } from '../../../ports/catalog/credentials.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { Entities } from './entities.ts';
import { type QueryOptions, readPage } from './page.ts';
import { byCredentialId } from './positions.ts';
import { writeOnce } from './transact.ts';

export function awsCredentials(entities: Entities): CredentialCatalog {
  return {
    async create(credential) {
      // Ids are never made twice: a credential that is there was put by an earlier copy of this call.
      await entities.credential.create(credential).go({ returnOnConditionCheckFailure: true });
    },

    async find(credentialId) {
      const { data } = await entities.credential.get({ credentialId }).go({ consistent: true });
      return data ?? undefined;
    },

    list: (page) => listCredentials(entities, page),

    async revoke(credentialId, at) {
      const { rejected } = await writeOnce(() =>
        entities.credential
          .patch({ credentialId })
          .data(({ revokedAt }, { ifNotExists }) => ifNotExists(revokedAt, at))
          .go({ returnOnConditionCheckFailure: true }),
      );
      return rejected ? 'missing' : 'revoked';
    },
  };
}

function listCredentials({ credential }: Entities, page: PageRequest): Promise<Page<Credential>> {
  const list = { name: 'credentials', position: byCredentialId };
  const startAfter = createConversions(credential).byAccessPattern.all.fromComposite.toCursor;
  const positionOf = ({ credentialId }: Credential) => ({ credentialId });
  const run = (options: QueryOptions) => credential.query.all({}).go({ ...options, consistent: true });
  return readPage({ list, positionOf, startAfter, run }, page);
}
