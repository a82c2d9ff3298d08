import { createMemoryVault } from '../../shared/adapters/memory/vault.ts';
import { addMillis, toInstant } from '../../shared/domain/instant.ts';
import { vaultContract } from './contracts/vault.contract.ts';

vaultContract('the vault in memory', async () => {
  let passed = 0;
  const vault = createMemoryVault({ clock: { now: () => addMillis(toInstant(Date.now()), passed) } });
  return {
    ...{ vault, pageEntries: 1000, send: vault.send, hide: vault.hide, lock: vault.lock },
    async freeze(storageClass, key) {
      await vault.putOnce(key, Buffer.from('cold'));
      vault.freeze(storageClass, key);
    },
    pass: (hours) => {
      passed += hours * 3_600_000;
    },
  };
});
