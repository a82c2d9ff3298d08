import { Agent } from 'undici';
import type { GatewayConfig } from './config.ts';
import type { StoreIdentity } from './service/identity.ts';
import { ServiceClient } from './service/service-client.ts';
import type { VaultAccess } from './vault/vault-request.ts';

/** The two far ends of a gateway. */
export interface Connections {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  close(): Promise<void>;
}

/** Time limits are read from the configuration at each request, for they may change. */
export function connect(config: GatewayConfig, { token }: StoreIdentity): Connections {
  const toService = new Agent();
  // Transfers end by their own stall timeout: how long one takes in all says nothing.
  const toVault = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  return {
    service: new ServiceClient({
      url: config.service.url,
      token,
      dispatcher: toService,
      get timeoutMillis() {
        return config.timing.requestTimeoutSeconds * 1000;
      },
    }),
    vault: {
      dispatcher: toVault,
      get stallMillis() {
        return config.timing.stallTimeoutSeconds * 1000;
      },
    },
    async close() {
      await Promise.all([toService.destroy(), toVault.destroy()]);
    },
  };
}
