import type { Caller } from '../../shared/domain/access.ts';
import { readAuthorization } from '../../shared/domain/credential.ts';
import type { CredentialId, MountId, StoreId } from '../../shared/domain/ids.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { createMemoryService } from './memory-service.ts';

export const admin: Caller = { credentialId: 'key-admin', role: 'admin' };

type Service = ReturnType<typeof createMemoryService>;
type Answer = Readonly<Record<string, unknown>>;

/** What the gateway of this release can do on ZFS. */
const allCapabilities = ['stage-restore', 'mount-deletion', 'decommission', 'quota'];

/** A service with an activated store and a mount, and what an admin and the store's gateway say to it, as HTTP has it. */
export async function startServingStore({ capabilities = allCapabilities } = {}) {
  const service = createMemoryService();
  const call = async (name: Parameters<Service['send']>[0], input: Parameters<Service['send']>[1]) => {
    const { statusCode, body = {} } = await service.send(name, input);
    return { statusCode, ...body } as Answer;
  };
  const created = await call('createStore', { caller: admin, body: { name: 'store-1' } });
  const storeId = created.storeId as StoreId;
  const versions = { protocolVersion: 1, gatewayVersion: '1.0.0' };
  const { code } = created.activation as { code: string };
  const { token } = await call('activateStore', { body: { code, ...versions } });
  const credentialId = readAuthorization(`Bearer ${token}`)?.credentialId as CredentialId;
  const caller: Caller = { credentialId, role: 'store', storeId };

  const poll = (mounts: readonly object[], fields: object = {}) =>
    call('pollStore', {
      caller,
      params: { storeId },
      body: { ...versions, capabilities, mounts, ...fields },
    });
  await poll([]);
  const create = (fields: object = {}) =>
    call('createMount', { caller: admin, body: { storeId, name: 'orcl', expire: '1w', ...fields } });
  const mountId = (await create()).mountId as MountId;
  const ofMount = { caller: admin, params: { mountId } };
  const ofStore = { caller: admin, params: { storeId } };
  return {
    ...{ service, call, storeId, credentialId, caller, token: String(token), mountId, create, poll },
    /** Polls with a report on the mount. */
    report: (report: object = {}, fields: object = {}) =>
      poll([{ mountId, state: 'ready', ...report }], fields),
    show: () => call('showMount', ofMount),
    change: (body: object) => call('changeMount', { ...ofMount, body }),
    mark: (query = {}) => call('deleteMount', { ...ofMount, query }),
    unmark: () => call('unmarkMount', ofMount),
    showStore: () => call('showStore', ofStore),
    decommission: (body: object = {}) => call('decommissionStore', { ...ofStore, body }),
    recommission: () => call('recommissionStore', ofStore),
  };
}

/** The kinds of the entries that lie in the vault's journal of a mount, in order. */
export async function journalOf({ vault }: Service, mountId: MountId): Promise<string[]> {
  const kinds: string[] = [];
  for (let number = 1; ; number++) {
    const bytes = await vault.read(formatVaultKey({ kind: 'journal', mountId, number }));
    if (bytes === undefined) return kinds;
    kinds.push(JSON.parse(Buffer.concat(await Array.fromAsync(bytes)).toString()).kind);
  }
}
