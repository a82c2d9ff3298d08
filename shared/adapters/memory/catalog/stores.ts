import { stateOnceActivated } from '../../../domain/store.ts';
import type { StoreCatalog } from '../../../ports/catalog/stores.ts';
import { pageOf } from './page.ts';
import { type CatalogState, findClaimed, keepClaim } from './state.ts';

export const memoryStores = (state: CatalogState): StoreCatalog => ({
  async create(store, code, claim) {
    const claimed = findClaimed(state, claim);
    if (claimed !== undefined) return claimed;
    if (state.stores.has(store.storeId)) return { outcome: 'created' };
    const isNameTaken = [...state.stores.values()].some(({ name }) => name === store.name);
    if (isNameTaken) return { outcome: 'name-taken' };
    state.stores.set(store.storeId, store);
    state.activationCodes.set(code.codeSha256, code);
    keepClaim(state, claim);
    return { outcome: 'created' };
  },

  async find(storeId) {
    return state.stores.get(storeId);
  },

  async list(page) {
    return pageOf(state.stores.values(), { name: 'stores', keyOf: ({ storeId }) => storeId }, page);
  },

  async addActivationCode(code) {
    if (!state.activationCodes.has(code.codeSha256)) state.activationCodes.set(code.codeSha256, code);
  },

  async findActivationCode(codeSha256) {
    return state.activationCodes.get(codeSha256);
  },

  async activate(codeSha256, credential, at) {
    const code = state.activationCodes.get(codeSha256);
    const store = code && state.stores.get(code.storeId);
    if (code === undefined || store === undefined || credential.storeId !== store.storeId) return 'refused';
    if (code.usedAt !== undefined || code.expiresAt <= at || store.state === 'decommissioned')
      return 'refused';
    const earlier = store.credentialId && state.credentials.get(store.credentialId);
    if (earlier) state.credentials.set(earlier.credentialId, { revokedAt: at, ...earlier });
    const { credentialId } = credential;
    state.activationCodes.set(codeSha256, { ...code, usedAt: at });
    state.credentials.set(credentialId, credential);
    const { forked: _forked, lastPoll: _lastPoll, ...kept } = store;
    const replaced = code.isReplacement ? { replacedAt: at } : {};
    state.stores.set(store.storeId, {
      ...kept,
      ...replaced,
      state: stateOnceActivated(store.state),
      activatedAt: at,
      credentialId,
    });
    return 'activated';
  },

  async noteSeen(storeId, { at, clockAheadSeconds, ...gateway }) {
    const store = state.stores.get(storeId);
    if (store === undefined || (store.lastSeenAt !== undefined && at < store.lastSeenAt)) return;
    const { clockAheadSeconds: _, ...rest } = store;
    const clock = clockAheadSeconds === undefined ? {} : { clockAheadSeconds };
    state.stores.set(storeId, { ...rest, ...clock, lastSeenAt: at, ...gateway });
  },

  async changeState(storeId, from, to, at) {
    const store = state.stores.get(storeId);
    if (store?.state !== from) return 'conflict';
    const { decommissioningAt, ...rest } = store;
    const times = {
      active: {},
      decommissioning: { decommissioningAt: at },
      decommissioned: { ...(decommissioningAt && { decommissioningAt }), decommissionedAt: at },
    };
    state.stores.set(storeId, { ...rest, ...times[to], state: to });
    return 'changed';
  },

  async linkPoll(storeId, credentialId, poll, afterPollId) {
    const store = state.stores.get(storeId);
    if (store?.credentialId !== credentialId || store.forked !== undefined) return 'refused';
    if (store.lastPoll?.pollId !== afterPollId) return 'refused';
    state.stores.set(storeId, { ...store, lastPoll: poll });
    return 'linked';
  },

  async markForked(storeId, credentialId, forked) {
    const store = state.stores.get(storeId);
    if (store?.credentialId !== credentialId || store.forked !== undefined) return;
    state.stores.set(storeId, { ...store, forked });
  },
});
