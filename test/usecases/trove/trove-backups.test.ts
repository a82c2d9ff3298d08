import { ulid } from 'ulid';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import type { RequestId } from '../../../shared/domain/ids.ts';
import { addMillis, toMillis } from '../../../shared/domain/instant.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import type { MemoryService } from '../../support/uploading.ts';
import {
  arrangeAgent,
  completeWithPoint,
  ledger,
  reportOn,
} from '../administration/administration-seeding.ts';
import { admin, judged, operator, pointOf } from '../retention/seeding.ts';

const minute = 60_000;
const day = 1440 * minute;

let service: MemoryService;
let mount: Mount;
beforeEach(async () => {
  service = createMemoryService();
  const now = () => toMillis(service.clock.now());
  // Requests and uploads carry the time of the clock in their ids, and no two are made within a minute.
  const next = () => {
    service.clock.advance(minute);
    return ulid(now());
  };
  Object.assign(service.ids, { request: () => `bkr-${next()}`, upload: next });
  ({ mount } = await arrangeAgent(service));
});

type Fields = Record<string, unknown> & { readonly id: RequestId };
interface Answer {
  readonly statusCode: number | undefined;
  readonly body: {
    readonly backup: Fields;
    readonly backups: readonly Fields[];
    readonly links: readonly { rel: string; href: string }[];
    readonly code: string;
    readonly detail: string;
  };
}
const send = async (name: Parameters<MemoryService['send']>[0], input: object, caller: Caller = operator) =>
  (await service.send(name, { caller, ...input })) as unknown as Answer;
const create = (body: object) => send('createBackup', { body: { instance: mount.mountId, ...body } });
const show = (backupId: string) => send('showBackup', { params: { backupId } });
const remove = (backupId: string) => send('deleteBackup', { params: { backupId } });
const list = (query: object = {}, caller: Caller = operator) => send('listBackups', { query }, caller);
const complete = (id: RequestId) => completeWithPoint(service, mount, id);
/** A completed backup. */
const made = async (name: string, more: object = {}) => {
  const { body } = await create({ name, ...more });
  const point = await complete(body.backup.id);
  return { id: body.backup.id, point };
};

describe('a backup that is created', () => {
  it('goes from NEW over BUILDING to COMPLETED under one id, with the fields of Trove', async () => {
    const created = await create({ name: 'nightly', description: 'before the upgrade' });
    const { id } = created.body.backup;
    await reportOn(service, id, 30);
    const building = await show(id);
    const point = await complete(id);
    const completed = await show(id);
    const byPoint = await show(point.recoveryPointId);

    expect(created).toMatchObject({ statusCode: 202, body: { backup: { status: 'NEW', size: null } } });
    expect(building.body.backup).toMatchObject({ status: 'BUILDING', locationRef: null, checksum: null });
    expect(completed.body.backup).toEqual({
      id,
      name: 'nightly',
      description: 'before the upgrade',
      locationRef: `s3://cloud_data_remote_volume/v1/mounts/${mount.mountId}/uploads/${point.recoveryPointId}/`,
      instance_id: mount.mountId,
      database: 'LEDGER',
      created: expect.any(String),
      updated: point.committedAt,
      size: 0,
      status: 'COMPLETED',
      parent_id: null,
      project_id: mount.storeId,
      datastore: { type: 'oracle', version: '19.0.0.0.0', version_id: '19.0.0.0.0' },
      backup_type: 'full',
      checksum: point.manifestSha256,
      storage_driver: 's3',
      deleted: false,
      deleted_at: null,
      notes: [],
      recovery_point_id: point.recoveryPointId,
    });
    expect(byPoint.body).toEqual(completed.body);
  });

  it('is an incremental on its parent, or on the newest, or full where there is none, which it says', async () => {
    const first = await create({ name: 'first', incremental: 1 });
    await complete(first.body.backup.id);
    const second = await made('second', { parent_id: first.body.backup.id });
    const third = await create({ backup: { name: 'third', instance: mount.mountId, incremental: 1 } });
    const wrapped = await send('createBackup', {
      body: { backup: { name: 'third', instance: mount.mountId, incremental: 1 } },
    });

    expect(first.body.backup).toMatchObject({ backup_type: 'full', notes: [expect.any(String)] });
    expect((await show(second.id)).body.backup).toMatchObject({
      ...{ backup_type: 'incremental', parent_id: first.body.backup.id },
    });
    expect(third.statusCode).toBe(400);
    expect(wrapped.body.backup).toMatchObject({ backup_type: 'incremental', parent_id: second.id });
  });

  it('has one child at most, and none before it is completed', async () => {
    const parent = await create({ name: 'parent' });
    const early = await create({ name: 'early', parent_id: parent.body.backup.id });
    await complete(parent.body.backup.id);
    await made('child', { parent_id: parent.body.backup.id });
    const second = await create({ name: 'second child', parent_id: parent.body.backup.id });

    expect(early).toMatchObject({ statusCode: 409, body: { code: 'BACKUP_NOT_COMPLETE' } });
    expect(second).toMatchObject({ statusCode: 409, body: { code: 'PARENT_NOT_ELIGIBLE' } });
    expect(second.body.detail).toContain('it has a child');
  });

  it('failed with a reason stays FAILED', async () => {
    const { body } = await create({ name: 'nightly' });
    const request = await service.catalog.requests.find(body.backup.id);
    if (request === undefined) throw new Error('there is no request');
    await service.catalog.requests.end(request, {
      ...{ state: 'failed', at: service.clock.now(), reason: 'the agent is silent' },
    });

    const failed = await show(body.backup.id);
    const removed = await remove(body.backup.id);

    expect(failed.body.backup).toMatchObject({ status: 'FAILED', notes: ['the agent is silent'] });
    expect(removed).toMatchObject({ statusCode: 409, body: { code: 'BACKUP_REQUEST_STATE_CONFLICT' } });
  });

  it.each([
    ['a blank name', { name: ' ' }, 400, 'REQUEST_INVALID'],
    ['no name', {}, 400, 'REQUEST_INVALID'],
    ['an id that is none', { name: 'n', parent_id: '7f1c' }, 400, 'REQUEST_INVALID'],
    [
      'a parent that is not there',
      { name: 'n', parent_id: '01J00000000000000000000000' },
      404,
      'BACKUP_NOT_FOUND',
    ],
    [
      'an instance that is not there',
      { name: 'n', instance: 'mnt-01J0000000000000000000000Z' },
      404,
      'MOUNT_NOT_FOUND',
    ],
    ['a container that is not there', { name: 'n', swift_container: 'other' }, 404, 'VOLUME_NOT_FOUND'],
    ['a driver that is not there', { name: 'n', storage_driver: 'swift' }, 501, 'OPERATION_UNSUPPORTED'],
    ['an import', { name: 'n', restore_from: { remote_location: 'x' } }, 501, 'OPERATION_UNSUPPORTED'],
  ])('is refused with %s', async (_, body, statusCode, code) => {
    expect(await create(body)).toMatchObject({ statusCode, body: { code } });
  });

  it('goes to the volume of its mount, also by name, and is kept as long as the mount says', async () => {
    const { id, point } = await made('named', { swift_container: 'cloud_data_remote_volume' });

    expect((await show(id)).body.backup.locationRef).toMatch(/^s3:\/\/cloud_data_remote_volume\//);
    expect(point.expiresAt).toBe(addMillis(point.committedAt, 10 * day));
  });

  it('needs room in the quota of its store, which a deletion frees', async () => {
    const first = await made('one');
    for (const name of ['two', 'three']) await made(name);
    // What scripts make counts for nothing.
    await pointOf(service, mount.mountId, 0, judged(ledger));

    const full = await create({ name: 'four' });
    await remove(first.id);
    const freed = await create({ name: 'four' });

    expect(full).toMatchObject({ statusCode: 413, body: { code: 'BACKUP_QUOTA_EXCEEDED' } });
    expect(freed.statusCode).toBe(202);
  });
});

it('a create that is repeated under its key answers as the first, also when its parent has its child now and the quota is full', async () => {
  const parent = await made('one');
  const body = { instance: mount.mountId, name: 'two', parent_id: parent.id };
  const repeat = () => send('createBackup', { body, headers: { 'idempotency-key': 'of-two' } });
  const first = await repeat();
  await complete(first.body.backup.id);
  await made('three');

  const again = await repeat();

  expect(first.statusCode).toBe(202);
  expect(again).toMatchObject({ statusCode: 202, body: { backup: { id: first.body.backup.id } } });
  expect((await create({ name: 'four' })).statusCode).toBe(413);
});

describe('the list of backups', () => {
  it('has those of requests and of scripts, newest first, in pages that neither skip nor repeat one', async () => {
    const first = await made('first');
    const script = await pointOf(service, mount.mountId, 0, judged(ledger));
    const second = await made('second');
    const ids: string[] = [];
    let query: Record<string, string> = { limit: '1' };
    let more = true;
    while (more) {
      const { body } = await list(query);
      ids.push(...body.backups.map(({ id }) => id));
      const [next] = body.links;
      more = next !== undefined;
      query = Object.fromEntries(new URLSearchParams(next?.href.split('?')[1]));
      // What comes meanwhile is on no later page.
      if (ids.length === 1) await create({ name: 'meanwhile' });
    }
    const running = await list({ instance_id: mount.mountId, limit: '1' });
    const ofDatabase = await list({ instance_id: `${mount.storeId}.LEDGER` });

    expect(ids).toEqual([second.id, script.recoveryPointId, first.id]);
    expect(running.body.backups).toMatchObject([{ name: 'meanwhile', status: 'NEW' }]);
    expect(running.body.links).toEqual([{ rel: 'next', href: expect.stringMatching(/marker=\w+/) }]);
    expect(ofDatabase.body.backups.map(({ name }) => name)).toEqual(['meanwhile', 'second', 'first']);
  });

  it('shows 20 unless told otherwise, knows one datastore, and projects to the admin alone', async () => {
    for (let index = 0; index < 21; index++) await pointOf(service, mount.mountId, index / 24);

    const page = await list();
    const other = await list({ datastore: 'mysql' });
    const refused = await list({ project_id: mount.storeId });
    const ofStore = await list({ project_id: mount.storeId, limit: '100' }, admin);
    const ofOther = await list({ project_id: `sto-${'0'.repeat(26)}` }, admin);
    const wrong = await list({ marker: 'x' });

    expect(page.body.backups).toHaveLength(20);
    expect(page.body.links).toHaveLength(1);
    expect(other.body).toEqual({ backups: [], links: [] });
    expect(refused).toMatchObject({ statusCode: 403, body: { code: 'FORBIDDEN' } });
    expect(ofStore.body.backups).toHaveLength(21);
    expect(ofOther.body.backups).toEqual([]);
    expect(wrong).toMatchObject({ statusCode: 400, body: { code: 'PAGE_CURSOR_INVALID' } });
  });
});

describe('deleting a backup', () => {
  it('takes all that builds on it, and leaves them visible until they are gone', async () => {
    const parent = await made('parent');
    const child = await made('child', { parent_id: parent.id });
    const grandchild = await made('grandchild', { parent_id: child.id });
    service.clock.advance(day);
    // The floor keeps the two newest.
    for (const age of [0, 0]) await pointOf(service, mount.mountId, age, judged(ledger));

    const removed = await remove(parent.id);
    const again = await remove(parent.id);

    expect(removed).toMatchObject({
      statusCode: 202,
      body: { backup: { deleted: true, status: 'COMPLETED' } },
    });
    expect(again.statusCode).toBe(202);
    for (const { id, point } of [parent, child, grandchild]) {
      expect((await show(id)).body.backup.deleted_at).toEqual(expect.any(String));
      expect((await service.catalog.recoveryPoints.find(point.recoveryPointId))?.state).toBe(
        'pending-deletion',
      );
    }
  });

  it('leaves all of them where one is protected', async () => {
    const parent = await made('parent');
    const child = await made('child', { parent_id: parent.id });
    await made('newest');

    const refused = await remove(parent.id);

    expect(refused).toMatchObject({ statusCode: 409, body: { code: 'RECOVERY_POINT_PROTECTED' } });
    expect(refused.body.detail).toContain(`nothing was deleted: ${child.point.recoveryPointId} stays.`);
    expect((await show(parent.id)).body.backup.deleted).toBe(false);
  });

  it('is refused while it runs, unless it has run for more than three days', async () => {
    const { body } = await create({ name: 'stuck' });
    const running = await remove(body.backup.id);
    service.clock.advance(3 * day);
    const given = await remove(body.backup.id);
    const missing = await remove('01J00000000000000000000000');

    expect(running).toMatchObject({
      statusCode: 422,
      body: { detail: `Backup ${body.backup.id} cannot be deleted because it is running.` },
    });
    expect(given).toMatchObject({ statusCode: 202, body: { backup: { status: 'FAILED' } } });
    expect(missing).toMatchObject({ statusCode: 404, body: { code: 'BACKUP_NOT_FOUND' } });
  });
});
