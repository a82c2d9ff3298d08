import type { GatewayConfig } from './config.ts';
import type { Network } from './network/network.ts';
import type { StoreIdentity } from './service/identity.ts';
import { ServiceClient } from './service/service-client.ts';
import { RateLimit } from './vault/rate-limit.ts';
import type { VaultAccess } from './vault/vault-request.ts';

/** The two far ends of a gateway. */
export interface Connections {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  /** Leads the requests that come from now on another way; those under way end on the one that they took. */
  reroute(network: Network): void;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

/** Time limits and the way are read at each request, for they may change. */
export function connect(config: GatewayConfig, { token }: StoreIdentity, first: Network): Connections {
  let network = first;
  const open = new Set([first]);
  return {
    service: new ServiceClient({
      url: config.service.url,
      token,
      get dispatcher() {
        return network.toService;
      },
      get timeoutMillis() {
        return config.timing.requestTimeoutSeconds * 1000;
      },
    }),
    vault: {
      get dispatcher() {
        return network.toVault;
      },
      get stallMillis() {
        return config.timing.stallTimeoutSeconds * 1000;
      },
      sendRate: new RateLimit(
        () => config.upload.rate,
        () => new Date(),
      ),
    },
    reroute(next) {
      const left = network;
      network = next;
      open.add(next);
      // A failure to close is that of `close` below, which then destroys it.
      left.close().then(
        () => open.delete(left),
        () => {},
      );
    },
    async close() {
      await Promise.all([...open].map((each) => each.destroy()));
    },
  };
}
