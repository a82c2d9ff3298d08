import type { TableConnection } from './entities/attributes.ts';
import { claimEntity, counterEntity } from './entities/claim.ts';
import { credentialEntity } from './entities/credential.ts';
import { journalEntryEntity, mountEntity, mountNameEntity, storeMountEntity } from './entities/mount.ts';
import { recoveryPointEntity } from './entities/recovery-point.ts';
import { commandEntity, restoreEntity } from './entities/restore.ts';
import { activationCodeEntity, storeEntity, storeNameEntity } from './entities/store.ts';
import { snapshotEntity, uploadEntity } from './entities/upload.ts';

/**
 * Everything that lies in the catalog's table.
 *
 * Of ElectroDB's writes only `create` and `patch` (and `delete`) may be used: its `put`, `update` and `upsert` bring
 * back items that are gone.
 */
export const createEntities = (connection: TableConnection) => ({
  store: storeEntity(connection),
  storeName: storeNameEntity(connection),
  activationCode: activationCodeEntity(connection),
  credential: credentialEntity(connection),
  mount: mountEntity(connection),
  mountName: mountNameEntity(connection),
  storeMount: storeMountEntity(connection),
  journalEntry: journalEntryEntity(connection),
  upload: uploadEntity(connection),
  snapshot: snapshotEntity(connection),
  recoveryPoint: recoveryPointEntity(connection),
  restore: restoreEntity(connection),
  command: commandEntity(connection),
  claim: claimEntity(connection),
  counter: counterEntity(connection),
});

export type Entities = ReturnType<typeof createEntities>;
