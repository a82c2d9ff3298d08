import type { CredentialId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Credential } from '../../domain/store.ts';
import type { Page, PageRequest } from './page.ts';

export interface CredentialCatalog {
  create(credential: Credential): Promise<void>;
  find(credentialId: CredentialId): Promise<Credential | undefined>;
  list(page: PageRequest): Promise<Page<Credential>>;
  /** `missing` when there is none; revoking twice keeps the first time. */
  revoke(credentialId: CredentialId, at: Instant): Promise<'revoked' | 'missing'>;
}
