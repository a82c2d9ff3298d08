import { createConversions } from 'electrodb';
import type { CredentialId } from '../../../domain/ids.ts';
import {
  type ActivationCode,
  type Credential,
  type Store,
  stateOnceActivated,
} from '../../../domain/store.ts';
import type { Page, PageRequest } from '../../../ports/catalog/page.ts';
import type { StoreCatalog } from '../../../ports/catalog/stores.ts';
import { claimItem, readClaimed } from './claims.ts';
import type { Entities } from './entities.ts';
import { type QueryOptions, readPage } from './page.ts';
import { byStoreId } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export function awsStores(entities: Entities): StoreCatalog {
  return {
    async create(store, code, claim) {
      const refusal = await transact(entities, (writable) => ({
        claim: claim && writable.claim.create(claimItem(claim)).commit(),
        store: writable.store.create(store).commit(),
        name: writable.storeName.create({ name: store.name, storeId: store.storeId }).commit(),
        code: writable.activationCode.create(code).commit(),
      }));
      refuseContended(refusal);
      if (claim && refusal.has('claim')) return readClaimed(entities, claim);
      // Ids are never made twice: a store that is there was put by an earlier copy of this call.
      if (refusal.size === 0 || refusal.has('store')) return { outcome: 'created' };
      return { outcome: 'name-taken' };
    },

    find: (storeId) => findStore(entities, storeId),

    list: (page) => listStores(entities, page),

    async addActivationCode(code) {
      // One that is there was added by an earlier copy of this call; it may be used by now and stays so.
      await entities.activationCode.create(code).go({ returnOnConditionCheckFailure: true });
    },

    async findActivationCode(codeSha256) {
      const { data } = await entities.activationCode.get({ codeSha256 }).go({ consistent: true });
      return data ?? undefined;
    },

    async activate(codeSha256, credential, at) {
      const { data: code } = await entities.activationCode.get({ codeSha256 }).go({ consistent: true });
      const isUsable = code !== null && code.usedAt === undefined && at < code.expiresAt;
      if (!isUsable || credential.storeId !== code.storeId) return 'refused';
      const store = await findStore(entities, code.storeId);
      // Another copy of this call may have come between the two reads.
      if (store === undefined || store.credentialId === credential.credentialId) return 'refused';
      if (store.state === 'decommissioned') return 'refused';
      return activateStore(entities, { code, store, credential, at });
    },

    async noteSeen(storeId, { at, clockAheadSeconds, gatewayVersion, capabilities }) {
      await writeOnce(() =>
        entities.store
          .patch({ storeId })
          .data((store, { set, remove }) => {
            set(store.lastSeenAt, at);
            set(store.gatewayVersion, gatewayVersion);
            set(store.capabilities, capabilities);
            if (clockAheadSeconds === undefined) remove(store.clockAheadSeconds);
            else set(store.clockAheadSeconds, clockAheadSeconds);
          })
          .where(
            ({ lastSeenAt }, { notExists, lte }) => `(${notExists(lastSeenAt)} OR ${lte(lastSeenAt, at)})`,
          )
          .go({ returnOnConditionCheckFailure: true }),
      );
    },

    async changeState(storeId, from, to, at) {
      const refusal = await transact(entities, (writable) => ({
        store: writable.store
          .patch({ storeId })
          .data((store, { set, remove }) => {
            set(store.state, to);
            if (to === 'active') remove(store.decommissioningAt);
            if (to === 'decommissioning') set(store.decommissioningAt, at);
            if (to === 'decommissioned') set(store.decommissionedAt, at);
          })
          .where(({ state }, { eq }) => eq(state, from))
          .commit(),
      }));
      refuseContended(refusal);
      return refusal.size === 0 ? 'changed' : 'conflict';
    },

    async linkPoll(storeId, credentialId, poll, afterPollId) {
      const refusal = await transact(entities, (writable) => ({
        store: writable.store
          .patch({ storeId })
          .set({ lastPoll: poll })
          .where((store, { eq, notExists }) => {
            const isLast =
              afterPollId === undefined ? notExists(store.lastPoll) : eq(store.lastPoll.pollId, afterPollId);
            return `${eq(store.credentialId, credentialId as CredentialId)} AND ${notExists(store.forked)} AND ${isLast}`;
          })
          .commit(),
      }));
      refuseContended(refusal);
      return refusal.size === 0 ? 'linked' : 'refused';
    },

    async markForked(storeId, credentialId, forked) {
      await writeOnce(() =>
        entities.store
          .patch({ storeId })
          .set({ forked })
          .where(
            (store, { eq, notExists }) =>
              `${eq(store.credentialId, credentialId as CredentialId)} AND ${notExists(store.forked)}`,
          )
          .go({ returnOnConditionCheckFailure: true }),
      );
    },
  };
}

function listStores({ store }: Entities, page: PageRequest): Promise<Page<Store>> {
  const list = { name: 'stores', position: byStoreId };
  const startAfter = createConversions(store).byAccessPattern.all.fromComposite.toCursor;
  const positionOf = ({ storeId }: Store) => ({ storeId });
  const run = (options: QueryOptions) => store.query.all({}).go({ ...options, consistent: true });
  return readPage({ list, positionOf, startAfter, run }, page);
}

async function findStore({ store }: Entities, storeId: Store['storeId']): Promise<Store | undefined> {
  const { data } = await store.get({ storeId }).go({ consistent: true });
  return data ?? undefined;
}

async function activateStore(
  entities: Entities,
  change: { code: ActivationCode; store: Store; credential: Credential; at: Store['createdAt'] },
): Promise<'activated' | 'refused'> {
  const { code, store, credential, at } = change;
  const { codeSha256, isReplacement } = code;
  const { storeId, credentialId: earlierId, state: earlierState } = store;
  const { credentialId } = credential;
  const refusal = await transact(entities, (writable) => ({
    code: writable.activationCode
      .patch({ codeSha256 })
      .set({ usedAt: at })
      .where(({ usedAt }, { notExists }) => notExists(usedAt))
      .commit(),
    store: writable.store
      .patch({ storeId })
      .set({
        state: stateOnceActivated(earlierState),
        activatedAt: at,
        credentialId,
        ...(isReplacement && { replacedAt: at }),
      })
      .remove(['forked', 'lastPoll'])
      .where((attributes, { eq, notExists }) => {
        const isEarlier =
          earlierId === undefined
            ? notExists(attributes.credentialId)
            : eq(attributes.credentialId, earlierId);
        return `${isEarlier} AND ${eq(attributes.state, earlierState)}`;
      })
      .commit(),
    credential: writable.credential.create(credential).commit(),
    earlier:
      earlierId &&
      writable.credential
        .patch({ credentialId: earlierId })
        .data(({ revokedAt }, { ifNotExists }) => ifNotExists(revokedAt, at))
        .commit(),
  }));
  refuseContended(refusal);
  return refusal.size === 0 ? 'activated' : 'refused';
}
