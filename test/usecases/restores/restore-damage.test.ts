import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Vault } from '../../../shared/ports/vault.ts';
import { endStaging } from '../../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { reportRestoreResult } from '../../../shared/usecases/restores/report-restore.ts';
import { backup, backupSet, connected, textOf } from '../../domain/file-map/rman-session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
const progress = { filesDone: 1, filesTotal: 2, bytesDone: 10, bytesTotal: 20 };
const day = 86_400_000;

/** Three points, a day apart, each with a pack of its own. */
async function arrange() {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const content = textOf(
    connected(),
    backup(backupSet({ handle: ['/mnt/ledger/full_1'], level: 0, files: [1] })),
  );
  const log = {
    content,
    fileName: 'n.log',
    mountpoint: '/mnt/ledger',
    platform: 'linux',
    receivedAt: toInstant(0),
  };
  const points: RecoveryPoint[] = [];
  for (const name of ['one', 'two', 'three']) {
    const upload = await openSnapshot(service, caller, mount);
    const files = { full_1: `piece of ${name}`.repeat(100), [`notes of ${name}`]: name };
    await askCommit(
      service,
      caller,
      upload,
      await uploadFiles(service, caller, upload, files, [log as never]),
    );
    points.push(await runCommit(service, upload.uploadId));
    service.clock.advance(day);
  }
  const [one, two, three] = points;
  if (!one || !two || !three) throw new Error('three points were made');
  const { restoreId } = await orderRestore(service, operator, { recoveryPointId: two.recoveryPointId });
  service.workflows.addTask('token');
  const { fence } = await handOverRestore(service, { restoreId, taskToken: 'token' });
  const packOf = (point: RecoveryPoint) => keyOf(service, point, '/packs/');
  const report = (objects: readonly string[], objectsDamaged = objects.length) =>
    reportRestoreResult(service, caller, {
      ...{ restoreId, fence, progress },
      outcome: 'completed-with-damage',
      damage: {
        filesDamaged: 1,
        bytesDamaged: 10,
        files: [{ path: 'full_1', code: 'VAULT_OBJECT_DAMAGED' }],
        objectsDamaged,
        objects,
      },
    });
  const end = (vault: Pick<Vault, 'read'> = service.vault) =>
    endStaging({ ...service, vault }, { restoreId, end: { state: 'completed-with-damage', progress } });
  return { service, one, two, three, restoreId, packOf, report, end };
}

async function keyOf(
  { vault }: ReturnType<typeof createMemoryService>,
  { mountId, recoveryPointId }: RecoveryPoint,
  part: string,
): Promise<string> {
  const prefix = `v1/mounts/${mountId}/uploads/${recoveryPointId}/`;
  const { versions } = await vault.listVersions({ prefix });
  return versions.map(({ key }) => key).find((key) => key.includes(part)) ?? '';
}

describe('a restore that found damage', () => {
  it('ends in a state of its own that names the databases hit and the nearest point without the damage', async () => {
    const { service, one, two, restoreId, packOf, report, end } = await arrange();
    const pack = await packOf(two);
    await report([`${pack} item 3`]);
    const [last] = service.workflows.calls.slice(-1);
    expect(last).toMatchObject({ kind: 'succeed', output: { state: 'completed-with-damage', progress } });

    const ended = await end();

    expect(ended).toMatchObject({
      restoreId,
      state: 'completed-with-damage',
      damage: { filesDamaged: 1, databases: [{ files: 1 }], objects: [`${pack} item 3`] },
    });
    const { recoveryPointId, takenAt } = one;
    expect(ended.damage?.alternative).toEqual({ outcome: 'found', recoveryPointId, takenAt });
    expect(await service.catalog.recoveryPoints.pins(two.recoveryPointId)).toEqual([]);
  });

  it('says when no point near it is without the damage', async () => {
    const { one, two, three, packOf, report, end } = await arrange();
    await report(await Promise.all([one, two, three].map(packOf)));

    expect((await end()).damage?.alternative).toEqual({
      outcome: 'none',
      reason: 'the 2 nearest points need what is damaged, too',
    });
  });

  it('does not guess when more is damaged than the report names', async () => {
    const { two, packOf, report, end } = await arrange();
    await report([await packOf(two)], 101);

    expect((await end()).damage?.alternative).toMatchObject({ outcome: 'unknown' });
  });

  it('passes over a point whose manifest is lost', async () => {
    const { service, one, two, three, packOf, report, end } = await arrange();
    await report([await packOf(two)]);
    const lost = await keyOf(service, one, '/manifest-');
    const read: Vault['read'] = async (key, range) =>
      key === lost ? undefined : service.vault.read(key, range);

    const ended = await end({ read });

    expect(ended.damage?.alternative).toMatchObject({ recoveryPointId: three.recoveryPointId });
  });
});
