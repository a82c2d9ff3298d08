import { holdRoutes } from '../../shared/contracts/holds.ts';
import { retentionRoutes } from '../../shared/contracts/retention.ts';
import { storagePrice } from '../../shared/domain/retention/storage-price.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import { findMount } from '../../shared/usecases/access/find-owned.ts';
import { requireJournalStored } from '../../shared/usecases/journal/require-journal-stored.ts';
import { changePointExpire } from '../../shared/usecases/retention/change-expire.ts';
import { changePolicy } from '../../shared/usecases/retention/change-policy.ts';
import { consentToPlan } from '../../shared/usecases/retention/consent.ts';
import { deletePoint } from '../../shared/usecases/retention/delete-point.ts';
import { deleteWithChildren } from '../../shared/usecases/retention/delete-with-children.ts';
import { executePlan } from '../../shared/usecases/retention/execute-plan.ts';
import { findHold, liftHold, placeHold } from '../../shared/usecases/retention/holds.ts';
import { makePlan } from '../../shared/usecases/retention/make-plan.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import { previewRetention } from '../../shared/usecases/retention/preview.ts';
import { findPlan } from '../../shared/usecases/retention/stored-plan.ts';
import { undeletePoint } from '../../shared/usecases/retention/undelete-point.ts';
import { explainPoint } from '../../shared/usecases/retention/why.ts';
import { serveArea } from '../http/serve-area.ts';
import { presentPoint } from '../recovery-points-api/present-point.ts';
import type { Telemetry } from '../runtime/telemetry.ts';
import { presentPlan, presentPolicy } from './present-policy.ts';

/** A step takes some 50 ms; API Gateway waits 30 seconds. */
const stepsPerRequest = 50;

/** Policies, plans, holds, and the deletion of points. */
export function createRetentionApi({
  telemetry,
  ...ports
}: {
  catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases' | 'holds' | 'plans' | 'outbox'>;
  vault: Pick<Vault, 'read' | 'putOnce' | 'listVersions'>;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
}) {
  const { catalog, vault } = ports;
  /** Judgements never change, but a function lives for hours, and sees every mount: each request has its own. */
  const fresh = () => ({ ...ports, contents: createPointContents(vault) });
  return serveArea(
    { ...retentionRoutes, ...holdRoutes },
    {
      showPolicy: async ({ caller, params }) =>
        presentPolicy(await findMount(catalog, caller, params.mountId)),
      changePolicy: async ({ caller, params: { mountId }, body }) => {
        const mount = await changePolicy(ports, caller, mountId, body);
        await requireJournalStored(ports, mountId, mount.journal.number);
        return presentPolicy(mount);
      },
      previewRetention: async ({ caller, params, body }) => ({
        ...(await previewRetention(fresh(), caller, params.mountId, body)),
        price: storagePrice,
      }),
      makeRetentionPlan: async ({ params }) => (await makePlan(fresh(), params.mountId)).note,
      listRetentionPlans: async ({ caller, params: { mountId }, query }) => {
        await findMount(catalog, caller, mountId);
        return catalog.plans.list(mountId, query);
      },
      showRetentionPlan: async ({ params: { mountId, sha256 } }) =>
        presentPlan(await findPlan(ports, mountId, sha256)),
      consentToRetentionPlan: ({ caller, params }) => consentToPlan(ports, caller, params),
      executeRetentionPlan: ({ params, body: { from } }) =>
        executePlan(fresh(), { ...params, from, most: stepsPerRequest }),
      explainRecoveryPoint: ({ caller, params }) => explainPoint(fresh(), caller, params.recoveryPointId),
      changeRecoveryPoint: async ({ caller, params, body }) =>
        presentPoint(await changePointExpire(ports, caller, { ...params, ...body })),
      deleteRecoveryPoint: async ({ caller, params, query }) => {
        const deleteIt = query.cascade === 'true' ? deleteWithChildren : deletePoint;
        return presentPoint(await deleteIt(fresh(), caller, params.recoveryPointId));
      },
      undeleteRecoveryPoint: async ({ caller, params, body }) =>
        presentPoint(await undeletePoint(fresh(), caller, { ...params, ...body })),
      placeHold: ({ caller, body, idempotency }) => placeHold(ports, caller, { ...body, idempotency }),
      listHolds: ({ query }) => catalog.holds.list(query),
      showHold: ({ params }) => findHold(catalog, params.holdId),
      liftHold: ({ caller, params }) => liftHold(ports, caller, params.holdId),
    },
    telemetry,
  );
}
