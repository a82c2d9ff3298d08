import { describe } from 'vitest';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { activationContract } from './activation.contract.ts';
import { credentialsContract } from './credentials.contract.ts';
import { databasesContract } from './databases.contract.ts';
import { deletionsContract } from './deletions.contract.ts';
import { holdsContract } from './holds.contract.ts';
import { lateLogsContract } from './late-logs.contract.ts';
import { listsContract } from './lists.contract.ts';
import { mountsContract } from './mounts.contract.ts';
import { outboxContract } from './outbox.contract.ts';
import { pollChainContract } from './poll-chain.contract.ts';
import { rebuildContract } from './rebuild.contract.ts';
import { reclaimContract } from './reclaim.contract.ts';
import { recoveryPointsContract } from './recovery-points.contract.ts';
import { repeatsContract } from './repeats.contract.ts';
import { requestsContract } from './requests.contract.ts';
import { restoreEndContract } from './restore-end.contract.ts';
import { restoresContract } from './restores.contract.ts';
import { storesContract } from './stores.contract.ts';
import { uploadEndContract } from './upload-end.contract.ts';
import { uploadLifeContract } from './upload-life.contract.ts';
import { uploadsContract } from './uploads.contract.ts';

/** What every catalog must do; `makeCatalog` gives an empty one for each test. */
export const catalogContract = (name: string, makeCatalog: () => Promise<Catalog>) =>
  describe(name, () => {
    storesContract(makeCatalog);
    activationContract(makeCatalog);
    pollChainContract(makeCatalog);
    credentialsContract(makeCatalog);
    mountsContract(makeCatalog);
    uploadsContract(makeCatalog);
    uploadLifeContract(makeCatalog);
    uploadEndContract(makeCatalog);
    recoveryPointsContract(makeCatalog);
    lateLogsContract(makeCatalog);
    describe('deletion', () => reclaimContract(makeCatalog));
    deletionsContract(makeCatalog);
    holdsContract(makeCatalog);
    databasesContract(makeCatalog);
    requestsContract(makeCatalog);
    restoresContract(makeCatalog);
    restoreEndContract(makeCatalog);
    outboxContract(makeCatalog);
    rebuildContract(makeCatalog);
    listsContract(makeCatalog);
    repeatsContract(makeCatalog);
  });
