import { beforeEach, describe, expect, it } from 'vitest';
import { type BackupRequest, noProgress } from '../../../shared/domain/backup-request.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { committedPoint, createdMount, openedUpload, present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids, makeClaim, makeUpload } from '../support/rows.ts';

export const requestsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('requests of backups', () => {
    let catalog: Catalog;
    let mount: Mount;
    let parent: RecoveryPoint;
    beforeEach(async () => {
      catalog = await makeCatalog();
      const created = await createdMount(catalog);
      parent = await committedPoint(catalog, created);
      mount = present(await catalog.mounts.find(created.mountId));
    });

    const makeRequest = (fields: Partial<BackupRequest> = {}): BackupRequest => ({
      requestId: ids.request(),
      backupNumber: 1,
      mountId: mount.mountId,
      storeId: mount.storeId,
      database: 'SALES',
      content: 'database',
      kind: 'manual',
      level: 0,
      state: 'planned',
      owner: 'service',
      deadline: at(5_000),
      fence: 0,
      progress: noProgress,
      requestedAt: at(30),
      requestedBy: ids.credential(),
      ...fields,
    });
    const onParent = () => ({ level: 1, parentId: parent.recoveryPointId, parentSeq: parent.seq });
    const created = async (fields: Partial<BackupRequest> = {}) => {
      const request = makeRequest(fields);
      expect(await catalog.requests.create(request, mount)).toEqual({ outcome: 'created' });
      return request;
    };
    const found = async ({ requestId }: BackupRequest) => present(await catalog.requests.find(requestId));
    const command = (fence: number) => ({ commandId: ids.command(), fence, deadline: at(4_000) });
    const handedOver = async (fields: Partial<BackupRequest> = {}) => {
      const request = await created(fields);
      await catalog.requests.handOver(request.requestId, 'token 1', command(1));
      return found(request);
    };
    const pins = () => catalog.recoveryPoints.pins(parent.recoveryPointId);
    const report = (percent: number) => ({ progress: { ...noProgress, percent } });

    it('get numbers from 1 on', async () => {
      expect(await catalog.requests.nextNumber()).toBe(1);
      expect(await catalog.requests.nextNumber()).toBe(2);
    });

    it('are kept as they were given, and pin their parent', async () => {
      const request = await created({ ...onParent(), name: 'before the upgrade' });

      expect(await found(request)).toEqual(request);
      expect(await pins()).toEqual([`request:${request.requestId}`]);
      expect(await catalog.requests.create(request, mount)).toEqual({ outcome: 'created' });
    });

    it('of one database run one at a time: of many at once one is created, and the others are told of it', async () => {
      const outcomes = await atOnce(8, () => catalog.requests.create(makeRequest(onParent()), mount));

      expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
      const [running] = await catalog.requests.runningOf(mount.storeId);
      const losers = outcomes.filter(({ outcome }) => outcome !== 'created');
      expect(new Set(losers.map((loser) => JSON.stringify(loser)))).toEqual(
        new Set([JSON.stringify({ outcome: 'database-busy', requestId: running?.requestId })]),
      );
      expect(await pins()).toHaveLength(1);
    });

    it('of several databases run beside each other', async () => {
      const [first, second] = [await created(), await created({ database: 'HR' })];

      expect(await catalog.requests.runningOf(mount.storeId)).toEqual([first, second]);
    });

    it('are a conflict when the line went on since it was read, or the parent is no longer available', async () => {
      const old = { seq: mount.seq - 1 };
      expect(await catalog.requests.create(makeRequest(), old)).toEqual({ outcome: 'conflict' });
      const nowhere = makeRequest({ level: 1, parentId: ids.upload(), parentSeq: 77 });

      expect(await catalog.requests.create(nowhere, mount)).toEqual({ outcome: 'conflict' });

      expect(await catalog.requests.runningOf(mount.storeId)).toEqual([]);
    });

    it('are a conflict on a mount that stands still', async () => {
      await catalog.outbox.markDiverged(mount.mountId, { number: 1, at: at(1) });

      expect(await catalog.requests.create(makeRequest(), mount)).toEqual({ outcome: 'conflict' });
    });

    it('given again under their key are the first one', async () => {
      const request = makeRequest();
      const claim = makeClaim(request.requestId);
      await catalog.requests.create(request, mount, claim);

      const again = await catalog.requests.create(makeRequest(), mount, claim);
      const found = await catalog.requests.findClaimed(claim);
      const reused = await catalog.requests.findClaimed({ ...claim, requestSha256: '0'.repeat(64) });

      expect(again).toEqual({ outcome: 'repeated', resourceId: request.requestId });
      expect([found, reused]).toEqual([again, { outcome: 'key-reused' }]);
      expect(await catalog.requests.findClaimed({ ...claim, scope: 'another' })).toBeUndefined();
    });

    it('wait until then, also when they were handed over to a store that never took them', async () => {
      const request = await created();

      expect(await catalog.requests.noteWaiting(request.requestId, at(90))).toBe('noted');
      expect(await found(request)).toEqual({ ...request, state: 'waiting', deadline: at(90) });

      await catalog.requests.handOver(request.requestId, 'token 1', command(1));
      expect(await catalog.requests.noteWaiting(request.requestId, at(95))).toBe('noted');
      await catalog.requests.handOver(request.requestId, 'token 2', command(2));
      await catalog.requests.noteReport(request.requestId, 2, report(1), at(31));
      expect(await catalog.requests.noteWaiting(request.requestId, at(96))).toBe('refused');
    });

    it('are handed over under one fence once', async () => {
      const request = await handedOver();
      expect(request).toMatchObject({ state: 'handed-over', owner: 'store', fence: 1, taskToken: 'token 1' });

      expect(await catalog.requests.handOver(request.requestId, 'other', command(1))).toBe('refused');
      expect(await catalog.requests.handOver(request.requestId, 'token 2', command(2))).toBe('handed-over');
    });

    it('run from the first report that is not of the queue', async () => {
      const request = await handedOver();
      const { requestId } = request;
      const queued = { progress: { ...noProgress, isQueued: true } };
      await catalog.requests.noteReport(requestId, 1, queued, at(31));
      expect(await found(request)).toMatchObject({ state: 'handed-over', reportedAt: at(31) });

      expect(await catalog.requests.noteReport(requestId, 1, report(20), at(33))).toBe('noted');
      expect(await catalog.requests.noteReport(requestId, 1, report(10), at(32))).toBe('noted');

      expect(await found(request)).toMatchObject({
        ...{ state: 'running', startedAt: at(33), reportedAt: at(33), progress: { percent: 20 } },
      });
    });

    it('take no report of another hand-over, before any, or after their end', async () => {
      const waiting = await created({ database: 'HR' });
      expect(await catalog.requests.noteReport(waiting.requestId, 0, report(1), at(31))).toBe('refused');
      const request = await handedOver();
      expect(await catalog.requests.noteReport(request.requestId, 2, report(1), at(31))).toBe('refused');
      await catalog.requests.end(request, { state: 'failed', at: at(40), reason: 'full' });

      expect(await catalog.requests.noteReport(request.requestId, 1, report(1), at(41))).toBe('refused');
    });

    it('upload with the opening of their upload, and go on with it when they are handed over again', async () => {
      const request = await handedOver(onParent());
      const { requestId } = request;
      const upload = await openedUpload(catalog, mount, { requestId });
      const { uploadId, deadline } = upload;
      expect(await found(request)).toMatchObject({ state: 'uploading', uploadId, deadline });

      await catalog.requests.handOver(requestId, 'token 2', command(2));
      await catalog.requests.noteReport(requestId, 2, report(70), at(40));

      expect(await found(request)).toMatchObject({ state: 'uploading', deadline, fence: 2 });
    });

    it('that have ended let no upload be opened for them', async () => {
      const request = await handedOver();
      await catalog.requests.end(request, { state: 'aborted', at: at(40) });

      const upload = makeUpload(mount, { requestId: request.requestId });
      expect(await catalog.uploads.open(upload)).toEqual({ outcome: 'request-ended' });

      expect(await catalog.uploads.find(upload.uploadId)).toBeUndefined();
    });

    it('end once, which frees the database and the parent', async () => {
      const request = await handedOver(onParent());

      const end = { state: 'failed', at: at(50), reason: 'no room' } as const;
      expect(await catalog.requests.end(request, end)).toBe('ended');
      expect(await catalog.requests.end(request, { ...end, state: 'aborted' })).toBe('already-ended');

      expect(await found(request)).toMatchObject({ state: 'failed', endedAt: at(50), reason: 'no room' });
      expect(await pins()).toEqual([]);
      expect(await catalog.requests.runningOf(mount.storeId)).toEqual([]);
      expect((await catalog.requests.listRunning({ limit: 10 })).items).toEqual([]);
      await created(onParent());
    });

    it('do not end by what is out of date: a hand-over or an upload came between', async () => {
      const request = await created();
      const handed = await handedOver({ database: 'HR' });
      await catalog.requests.handOver(request.requestId, 'token 1', command(1));
      await openedUpload(catalog, mount, { requestId: handed.requestId });

      const end = { state: 'failed', at: at(50), reason: 'late' } as const;
      expect(await catalog.requests.end(request, end)).toBe('conflict');
      expect(await catalog.requests.end(handed, end)).toBe('conflict');
    });

    it('are listed newest first, all or of one database, page by page', async () => {
      const sales = [await created(), await created({ database: 'HR' })];
      const other = { storeId: ids.store(), database: 'SALES' };

      const all = await catalog.requests.list({}, { limit: 10 });
      expect(all.items.map(({ requestId }) => requestId)).toEqual(
        sales.map(({ requestId }) => requestId).toReversed(),
      );
      const of = { storeId: mount.storeId, database: 'HR' };
      expect((await catalog.requests.list({ of }, { limit: 10 })).items).toHaveLength(1);
      expect((await catalog.requests.list({ of: other }, { limit: 10 })).items).toEqual([]);
      const first = await catalog.requests.list({}, { limit: 1 });
      const second = await catalog.requests.list({}, { limit: 1, cursor: first.cursor });
      expect([...first.items, ...second.items]).toEqual(all.items);
      expect((await catalog.requests.listRunning({ limit: 10 })).items).toEqual(sales);
    });

    it('know what the agent of a store can back up: the newest word counts', async () => {
      const { storeId, mountId } = mount;
      const database = (name: string) => ({ name, mountId, highestLevel: 1 });
      expect(await catalog.agents.of(storeId)).toEqual([]);

      await catalog.agents.note(storeId, [database('SALES')], at(10));
      await catalog.agents.note(storeId, [database('SALES'), database('HR')], at(20));
      await catalog.agents.note(storeId, [], at(15));

      expect(await catalog.agents.of(storeId)).toEqual([database('SALES'), database('HR')]);
    });
  });
