import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { createMemoryVault } from '../../shared/adapters/memory/vault.ts';
import { vaultContract } from './contracts/vault.contract.ts';

vaultContract('the vault in memory', async () => {
  const vault = createMemoryVault({ clock: systemClock });
  return { vault, pageEntries: 1000, send: vault.send, hide: vault.hide, lock: vault.lock };
});
