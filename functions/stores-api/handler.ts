import { alertRoutes } from '../../shared/contracts/alerts.ts';
import { storeRoutes } from '../../shared/contracts/stores.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import { findStore } from '../../shared/usecases/access/find-owned.ts';
import { issueCredential } from '../../shared/usecases/access/issue-credential.ts';
import { findAlert, listAlerts } from '../../shared/usecases/alerts/list-alerts.ts';
import { activateStore } from '../../shared/usecases/stores/activate-store.ts';
import { describeToken } from '../../shared/usecases/stores/describe-token.ts';
import { linkPoll } from '../../shared/usecases/stores/link-poll.ts';
import { pollStore } from '../../shared/usecases/stores/poll-store.ts';
import {
  createActivationCode,
  orderReplacement,
  registerStore,
} from '../../shared/usecases/stores/register-store.ts';
import { decommissionStore, recommissionStore } from '../../shared/usecases/stores/store-state.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { describeCommand } from './describe-command.ts';
import { describeRequest } from './describe-request.ts';

/** Stores, their activation and poll, and credentials. */
export function createStoresApi({
  telemetry,
  pollSeconds,
  ...dependencies
}: {
  catalog: Pick<
    Catalog,
    'alerts' | 'stores' | 'credentials' | 'mounts' | 'recoveryPoints' | 'restores' | 'requests' | 'agents'
  >;
  clock: Clock;
  ids: Ids;
  /** Between polls of an idle gateway. */
  pollSeconds: number;
  telemetry: Telemetry;
}) {
  const { catalog, clock } = dependencies;
  return serveArea(
    { ...storeRoutes, ...alertRoutes },
    {
      createStore: async ({ body, idempotency }) => {
        const { store, activation } = await registerStore(dependencies, { name: body.name, idempotency });
        return { ...store, activation };
      },
      listAlerts: ({ query }) => listAlerts(catalog, query),
      showAlert: ({ params }) => findAlert(catalog, params.alertId),
      listStores: ({ query }) => catalog.stores.list(query),
      showStore: ({ caller, params }) => findStore(catalog, caller, params.storeId),
      createActivationCode: ({ params }) => createActivationCode(dependencies, params.storeId),
      replaceStore: ({ params }) => orderReplacement(dependencies, params.storeId),
      decommissionStore: ({ caller, params, body }) =>
        decommissionStore(dependencies, caller, { ...params, ...body }),
      recommissionStore: ({ caller, params }) => recommissionStore(dependencies, caller, params.storeId),
      describeToken: ({ body }) => describeToken(dependencies, body.token),
      activateStore: async ({ body }) => {
        const { store, token } = await activateStore(dependencies, body);
        return { storeId: store.storeId, name: store.name, token };
      },
      pollStore: async ({ caller, params, body }) => {
        const { storeId } = params;
        const { isJournalCurrent } = await linkPoll(dependencies, caller, storeId, body.link);
        const { commands, requests, snapshots, ...answer } = await pollStore(dependencies, {
          ...body,
          storeId,
          isJournalCurrent,
          idleSeconds: pollSeconds,
        });
        return {
          ...answer,
          commands: [
            ...commands.map(({ command, restore }) => describeCommand(command, restore)),
            ...requests.map(describeRequest),
            ...snapshots.map((order) => ({ ...order, kind: 'take-snapshot' as const })),
          ],
        };
      },
      createCredential: async ({ body }) => {
        const { credential, apiKey } = await issueCredential(dependencies, body);
        return { ...credential, apiKey };
      },
      listCredentials: ({ query }) => catalog.credentials.list(query),
      revokeCredential: async ({ params: { credentialId } }) => {
        if ((await catalog.credentials.revoke(credentialId, clock.now())) === 'revoked') return;
        throw new ServiceError('CREDENTIAL_NOT_FOUND', `there is no credential ${credentialId}`);
      },
    },
    telemetry,
  );
}
