import type { Caller } from '../../domain/access.ts';
import { requireClearExpire } from '../../domain/administration/backup-expire.ts';
import {
  type AgentDatabase,
  type BackupRequest,
  noProgress,
  type RequestContent,
} from '../../domain/backup-request.ts';
import { strategyOf } from '../../domain/backup-strategy.ts';
import { chooseParent, type LevelOrder } from '../../domain/choose-parent.ts';
import type { MountId, RequestId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Mount } from '../../domain/mount.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { findMount, findStore } from '../access/find-owned.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { listAll } from '../list-all.ts';
import { requireInUse } from '../mounts/change-mount.ts';
import { requireInStep } from '../mounts/require-in-step.ts';
import { requireCapability } from '../stores/require-capability.ts';
import { requireInService } from '../stores/store-state.ts';
import { findRepeated, goOnWith } from './find-repeated.ts';

/** How long a request may stay in a state that says nothing else. */
export const requestDeadlineMillis = 3 * 86_400_000;

/** Each lost race means that a backup of the mount was committed, or that a parent was taken away. */
const maxAttempts = 8;

export interface RequestDependencies {
  readonly catalog: Pick<Catalog, 'agents' | 'mounts' | 'recoveryPoints' | 'requests' | 'stores'>;
  readonly workflows: Pick<Workflows, 'startRequest'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'request'>;
}

export interface RequestInput {
  readonly mountId: MountId;
  readonly database: string;
  /** Absent: by the strategy of the database, otherwise full; and for archived logs alone. */
  readonly order?: LevelOrder | undefined;
  readonly content?: RequestContent | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Absent: by the strategy of the database, otherwise the mount's. */
  readonly expire?: string | undefined;
  /** Makes it a scheduled one: until then it waits for a store that is silent. */
  readonly windowEndsAt?: Instant | undefined;
  readonly schedule?: BackupRequest['schedule'] | undefined;
  readonly idempotency?: IdempotencyKey | undefined;
}

/**
 * Requests a backup of a database that the store's gateway is configured for. The first is full, and so is every one that has
 * nothing to build on: the answer says so. Of any number at once one gets the database, and with it the parent.
 * Throws MOUNT_NOT_FOUND, DATABASE_NOT_CONFIGURED, EXPIRE_INVALID, LEVEL_UNSUPPORTED, PARENT_NOT_ELIGIBLE,
 * BACKUP_REQUEST_RUNNING; MOUNT_STATE_CONFLICT, MOUNT_DIVERGED, STORE_STATE_CONFLICT and CAPABILITY_MISSING where nobody would
 * carry it out.
 */
export async function requestBackup(
  dependencies: RequestDependencies,
  caller: Caller,
  input: RequestInput,
): Promise<BackupRequest> {
  const { catalog, workflows, clock, ids } = dependencies;
  if (input.expire !== undefined) requireClearExpire(input.expire);
  const repeated = await findRepeated(dependencies, caller, input.idempotency);
  if (repeated !== undefined) return repeated;
  const requestId = ids.request();
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await findMount(catalog, caller, input.mountId);
    const agent = await requireAgent(catalog, caller, mount, input);
    const request = await draftRequest(dependencies, caller, { requestId, mount, agent, input });
    const claim = claimFor(input.idempotency, requestId, clock);
    const result = await catalog.requests.create(request, mount, claim);
    switch (result.outcome) {
      case 'created':
        await workflows.startRequest({ requestId });
        return request;
      case 'database-busy':
        throw isBusy(input.database, result.requestId);
      case 'key-reused':
        throw keyReused();
      case 'repeated':
        return goOnWith(dependencies, caller, result.resourceId as RequestId);
    }
  }
  throw new ServiceError('COMMIT_CONFLICT', `mount ${input.mountId} changes too often at once`);
}

const isBusy = (database: string, requestId: RequestId) =>
  new ServiceError('BACKUP_REQUEST_RUNNING', `request ${requestId} of database ${database} is running`, {
    details: { requestId },
  });

/** The database as its agent knows it, on a mount and store that take backups. */
export async function requireAgent(
  catalog: Pick<Catalog, 'agents' | 'stores'>,
  caller: Caller,
  mount: Mount,
  { database }: Pick<RequestInput, 'database'>,
): Promise<AgentDatabase> {
  requireInUse(mount);
  requireInStep(mount);
  const { mountId, storeId } = mount;
  if (mount.retirement !== undefined) {
    throw new ServiceError('MOUNT_STATE_CONFLICT', `mount ${mountId} is being retired`);
  }
  const store = await findStore(catalog, caller, storeId);
  requireInService(store);
  requireCapability(store, 'backup-request', 'a request of a backup');
  const databases = await catalog.agents.of(storeId);
  const found = databases.find((each) => each.name === database && each.mountId === mountId);
  if (found !== undefined) return found;
  const names = databases.filter((each) => each.mountId === mountId).map(({ name }) => name);
  throw new ServiceError(
    'DATABASE_NOT_CONFIGURED',
    `the gateway of store ${storeId} has no database ${database} on mount ${mountId}; it has ${names.join(', ') || 'none'} there`,
    { details: { databases: names } },
  );
}

async function draftRequest(
  { catalog, clock }: RequestDependencies,
  caller: Caller,
  {
    requestId,
    mount,
    agent,
    input,
  }: { requestId: RequestId; mount: Mount; agent: AgentDatabase; input: RequestInput },
): Promise<BackupRequest> {
  const { mountId, storeId } = mount;
  const { database, content = 'database', windowEndsAt, name, description, schedule } = input;
  const strategy = strategyOf(mount, database);
  const expire = input.expire ?? strategy?.expire;
  const now = clock.now();
  if (windowEndsAt !== undefined && windowEndsAt <= now) {
    throw new ServiceError('REQUEST_INVALID', `windowEndsAt: ${windowEndsAt} is past`);
  }
  const level =
    content === 'database'
      ? await chooseLevel(catalog, { mount, agent, order: input.order ?? strategy?.order, now })
      : {};
  const deadline = windowEndsAt ?? addMillis(now, requestDeadlineMillis);
  return {
    ...{ requestId, backupNumber: await catalog.requests.nextNumber(), mountId, storeId, database, content },
    kind: windowEndsAt === undefined ? 'manual' : 'scheduled',
    ...(windowEndsAt !== undefined && { windowEndsAt }),
    ...(schedule !== undefined && { schedule }),
    ...level,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(expire !== undefined && { expire }),
    ...{ state: 'planned', owner: 'service', deadline, fence: 0, progress: noProgress },
    ...{ requestedAt: now, requestedBy: caller.credentialId },
  };
}

/** The line is read strongly, after its mount: see `create` of the catalog. */
async function chooseLevel(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  {
    mount,
    agent,
    order = { level: 0 },
    now,
  }: { mount: Mount; agent: AgentDatabase; order: LevelOrder | undefined; now: Instant },
): Promise<
  Pick<BackupRequest, 'level' | 'askedLevel' | 'fullBecause' | 'parentId' | 'parentSeq' | 'parentLevel'>
> {
  const isFull = 'level' in order && !('parentId' in order) && order.level === 0;
  const line = isFull ? [] : await listAll((page) => catalog.recoveryPoints.line(mount, page));
  const { name: database, highestLevel } = agent;
  const points = line.map(({ point }) => point);
  const choice = chooseParent(order, { database, highestLevel, points, now });
  if ('refused' in choice) throw new ServiceError(choice.code, choice.refused);
  if (!('parent' in choice)) return choice;
  const { recoveryPointId: parentId, seq: parentSeq, request: made } = choice.parent;
  return {
    ...{ level: choice.level, parentId, parentSeq },
    ...(made?.level !== undefined && { parentLevel: made.level }),
  };
}
