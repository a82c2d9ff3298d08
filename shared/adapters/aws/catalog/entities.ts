import { alertEntity, openAlertEntity } from './entities/alert.ts';
import type { TableConnection } from './entities/attributes.ts';
import { claimEntity, counterEntity } from './entities/claim.ts';
import { credentialEntity } from './entities/credential.ts';
import { databaseEntity, databasePointEntity } from './entities/database.ts';
import { databaseHoldEntity, holdEntity, mountHoldEntity, planEntity } from './entities/hold.ts';
import { journalEntryEntity, mountEntity, mountNameEntity, storeMountEntity } from './entities/mount.ts';
import { recoveryPointEntity } from './entities/recovery-point.ts';
import { agentEntity, requestEntity, runningRequestEntity } from './entities/request.ts';
import { commandEntity, restoreEntity } from './entities/restore.ts';
import { scheduleEntity, scheduleNameEntity } from './entities/schedule.ts';
import { activationCodeEntity, storeEntity, storeNameEntity } from './entities/store.ts';
import { snapshotEntity, uploadEntity } from './entities/upload.ts';

const makers = {
  store: storeEntity,
  storeName: storeNameEntity,
  activationCode: activationCodeEntity,
  credential: credentialEntity,
  mount: mountEntity,
  mountName: mountNameEntity,
  storeMount: storeMountEntity,
  journalEntry: journalEntryEntity,
  upload: uploadEntity,
  snapshot: snapshotEntity,
  recoveryPoint: recoveryPointEntity,
  database: databaseEntity,
  databasePoint: databasePointEntity,
  hold: holdEntity,
  mountHold: mountHoldEntity,
  databaseHold: databaseHoldEntity,
  plan: planEntity,
  restore: restoreEntity,
  command: commandEntity,
  request: requestEntity,
  runningRequest: runningRequestEntity,
  agent: agentEntity,
  schedule: scheduleEntity,
  scheduleName: scheduleNameEntity,
  alert: alertEntity,
  openAlert: openAlertEntity,
  claim: claimEntity,
  counter: counterEntity,
};

export type Entities = { readonly [Name in keyof typeof makers]: ReturnType<(typeof makers)[Name]> };

/**
 * Everything that lies in the catalog's table. Each entity is made when it is first used: ElectroDB checks its model
 * then, which for all of them would be half of a function's cold start.
 *
 * Of ElectroDB's writes only `create` and `patch` (and `delete`) may be used: its `put`, `update` and `upsert` bring
 * back items that are gone.
 */
export function createEntities(connection: TableConnection): Entities {
  const entities = {};
  for (const [name, make] of Object.entries(makers)) {
    let entity: ReturnType<typeof make> | undefined;
    Object.defineProperty(entities, name, { enumerable: true, get: () => (entity ??= make(connection)) });
  }
  return entities as Entities;
}
