import { describe, expect, it } from 'vitest';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import { type Caller, type Role, roles } from '../../shared/domain/access.ts';
import type { StoreId } from '../../shared/domain/ids.ts';
import { createMemoryService } from '../support/memory-service.ts';

const ulid = '01J00000000000000000000000';
const params = {
  storeId: `sto-${ulid}`,
  mountId: `mnt-${ulid}`,
  uploadId: ulid,
  recoveryPointId: ulid,
  restoreId: `rst-${ulid}`,
  requestId: `bkr-${ulid}`,
  scheduleId: `sch-${ulid}`,
  alertId: `alr-${ulid}`,
  database: 'ORCL',
  commandId: `cmd-${ulid}`,
  databaseId: '1234567890',
  dbid: '1234567890',
  sha256: 'a'.repeat(64),
  holdId: `hld-${ulid}`,
  rebuildId: 'rebuild-20260101000000000',
  backupId: ulid,
  credentialId: `key-${ulid}`,
};
const callerOf = (role: Role): Caller => ({
  credentialId: `key-${ulid}`,
  role,
  ...(role === 'store' && { storeId: params.storeId as StoreId }),
});

const table = Object.entries<RouteContract>(routes).flatMap(([name, contract]) =>
  roles.map((role) => ({ name: name as RouteName, role, contract })),
);

describe('every route', () => {
  it.each(table)('$name answers the role $role as its contract says', async ({ name, role, contract }) => {
    const { send } = createMemoryService();

    const { body } = await send(name, { caller: callerOf(role), params, body: {} });

    const isAllowed = contract.roles === 'public' || contract.roles.includes(role);
    // Past the role check the request may still be refused: nothing that it names exists.
    expect(body?.code === 'FORBIDDEN').toBe(!isAllowed);
  });

  it.each(
    Object.entries<RouteContract>(routes).map(([name, contract]) => ({ name: name as RouteName, contract })),
  )('$name knows no caller without a credential', async ({ name, contract }) => {
    const { send } = createMemoryService();

    const { statusCode, body } = await send(name, { params, body: {} });

    expect(body?.code === 'UNAUTHENTICATED').toBe(contract.roles !== 'public');
    expect(statusCode === 401).toBe(contract.roles !== 'public');
  });
});

describe('no role', () => {
  it('both makes credentials or stores and carries backups', () => {
    const mayAdminister: readonly string[] = routes.createCredential.roles;
    const mayUpload: readonly string[] = routes.openUpload.roles;

    expect(mayAdminister.filter((role) => mayUpload.includes(role))).toEqual([]);
  });
});
