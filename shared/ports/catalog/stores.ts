import type { StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { ActivationCode, Credential, PollMark, Store } from '../../domain/store.ts';
import type { IdempotencyClaim, IdempotencyOutcome, Page, PageRequest } from './page.ts';

export interface StoreCatalog {
  /** Store, its name's reservation and its first activation code in one transaction. */
  create(
    store: Store,
    code: ActivationCode,
    claim?: IdempotencyClaim,
  ): Promise<{ readonly outcome: 'created' } | { readonly outcome: 'name-taken' } | IdempotencyOutcome>;
  find(storeId: StoreId): Promise<Store | undefined>;
  /** In order of id, which is order of creation. */
  list(page: PageRequest): Promise<Page<Store>>;
  addActivationCode(code: ActivationCode): Promise<void>;
  findActivationCode(codeSha256: string): Promise<ActivationCode | undefined>;
  /**
   * Uses up the code, makes the store active with `credential` as its token, and revokes the token it had. The chain
   * of polls begins anew and a fork is over; a code for a replacement notes `replacedAt`.
   * A store that is being decommissioned stays so. `refused` when the code is unknown, used or past its time at `at`,
   * the store is decommissioned, or another activation came first.
   */
  activate(codeSha256: string, credential: Credential, at: Instant): Promise<'activated' | 'refused'>;
  /** A time before the one noted, or an unknown store, changes nothing. */
  noteSeen(
    storeId: StoreId,
    seen: {
      readonly at: Instant;
      readonly gatewayVersion: string;
      readonly capabilities: readonly string[];
      /** Undefined: it does not say, and what it said before holds no more. */
      readonly clockAheadSeconds?: number | undefined;
    },
  ): Promise<void>;
  /** `conflict`: the store is not in the state `from`. The times noted are those of the state that it goes to. */
  changeState(
    storeId: StoreId,
    from: Store['state'],
    to: 'active' | 'decommissioning' | 'decommissioned',
    at: Instant,
  ): Promise<'changed' | 'conflict'>;
  /**
   * Makes `poll` the last one, while the store's token is `credentialId`, it has not forked, and its last poll is
   * `afterPollId` (none when undefined).
   */
  linkPoll(
    storeId: StoreId,
    credentialId: string,
    poll: PollMark,
    afterPollId: string | undefined,
  ): Promise<'linked' | 'refused'>;
  /** Marks the store while its token is `credentialId`; a mark that it has stays as it is. */
  markForked(storeId: StoreId, credentialId: string, forked: NonNullable<Store['forked']>): Promise<void>;
}
