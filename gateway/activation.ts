import { protocolVersion } from '../shared/contracts/poll.ts';
import { LogSpool } from './backups/log-spool.ts';
import type { GatewayConfig } from './config.ts';
import { prepareDirectories } from './directories.ts';
import { gatewayVersion } from './gateway-version.ts';
import { openJournal } from './journal/journal.ts';
import { openNetwork } from './network/network.ts';
import { disownLeftovers } from './recovery.ts';
import { findIdentity, IdentityError, type StoreIdentity, writeIdentity } from './service/identity.ts';
import { ServiceClient } from './service/service-client.ts';

/**
 * Turns an activation code into this store's token and keeps it in the data directory. A new code for the same store
 * replaces the token; the gateway must not run meanwhile, for the old one ends at once.
 */
export async function activate(config: GatewayConfig, code: string): Promise<Omit<StoreIdentity, 'token'>> {
  const { dataDirectory } = await prepareDirectories(config);
  const network = await openNetwork(config.network);
  const journal = openJournal(dataDirectory);
  try {
    const known = await findIdentity(dataDirectory);
    const { url } = config.service;
    const timeoutMillis = config.timing.requestTimeoutSeconds * 1000;
    const service = new ServiceClient({ url, timeoutMillis, dispatcher: network.toService });
    const identity = { protocolVersion, gatewayVersion, ...(known && { storeId: known.storeId }) };
    const { storeId, name, token } = await service.call('activateStore', { body: { code, ...identity } });
    if (known && known.storeId !== storeId) {
      throw new IdentityError(
        `the code is for the store ${storeId}, but ${dataDirectory} belongs to ${known.storeId}: ` +
          'use an empty data directory and a fresh code',
      );
    }
    // The old token is void by now, and with it the chain of polls that told how old this journal is.
    await disownLeftovers(journal, await LogSpool.open(dataDirectory, config));
    journal.transaction(() => {
      journal.link.forget();
      journal.exclusion.end();
    });
    await writeIdentity(dataDirectory, { storeId, name, token });
    return { storeId, name };
  } finally {
    await network.close();
    journal.close();
  }
}
