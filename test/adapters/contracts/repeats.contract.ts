import { beforeEach, describe, expect, it } from 'vitest';
import { type JournalEntry, nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import {
  at,
  makeClaim,
  makeCode,
  makeCommand,
  makeCommit,
  makeCredential,
  makeMount,
  makePoint,
  makeRestore,
  makeStore,
  makeToken,
  makeUpload,
  sha256,
} from '../support/rows.ts';

type Step = (catalog: Catalog) => Promise<unknown>;

/** The life of a store with two points, an abandoned upload and a restore; every argument is fixed beforehand. */
function makeHistory() {
  const store = makeStore();
  const [code, secondCode] = [makeCode(store.storeId), makeCode(store.storeId)];
  const [token, secondToken] = [makeToken(store.storeId), makeToken(store.storeId)];
  const key = makeCredential();
  const { mount, entry } = makeMount({ storeId: store.storeId });

  const first = makeUpload(mount);
  const afterFirst = commitOf(mount, first, { attempt: 2 });
  const second = makeUpload(afterFirst.mount);
  const closing = nextJournalEntry(mount.mountId, afterFirst.mount.journal, {
    ...{ at: at(130), kind: 'upload-closing', data: {} },
  });
  const journal = { ...afterFirst.mount.journal, number: closing.number, hash: closing.sha256 };
  const closed = { ...afterFirst.mount, fence: second.fence, journal };
  const retry = makeUpload(closed, {
    snapshotId: second.snapshotId,
    requestedAt: at(40),
  });
  const afterRetry = commitOf(closed, retry, { attempt: 1 });

  const restore = makeRestore(afterRetry.change.recoveryPoint);
  const command = makeCommand(restore);
  const laterCommand = makeCommand({ ...restore, fence: 1 });
  const progress = { filesDone: 3, filesTotal: 3, bytesDone: 9, bytesTotal: 9 };
  const refusal = { code: 'COMMIT_OBJECT_MISSING', message: 'pack 1' };
  const { storeId } = store;

  const steps: readonly Step[] = [
    ({ stores }) => stores.create(store, code, makeClaim(storeId, { scope: 'store' })),
    ({ stores }) => stores.activate(code.codeSha256, token, at(1)),
    ({ stores }) => stores.addActivationCode(secondCode),
    ({ stores }) => stores.activate(secondCode.codeSha256, secondToken, at(2)),
    ({ credentials }) => credentials.create(key),
    ({ credentials }) => credentials.revoke(key.credentialId, at(3)),
    ({ mounts }) => mounts.create(mount, entry, makeClaim(mount.mountId, { scope: 'mount' })),
    ({ stores }) => stores.noteSeen(storeId, { at: at(4), gatewayVersion: '1.0.0', capabilities: [] }),
    ({ stores }) => stores.noteSeen(storeId, { at: at(5), gatewayVersion: '1.0.1', capabilities: [] }),
    ({ mounts }) => mounts.markReady(mount.mountId),
    ({ outbox }) => outbox.markStored(entry),
    ({ uploads }) => uploads.open(first),
    ({ uploads }) =>
      uploads.extend(first.uploadId, { fence: 1, now: at(20) }, { urlUntil: at(25), leaseUntil: at(140) }),
    ({ uploads }) =>
      uploads.extend(first.uploadId, { fence: 1, now: at(20) }, { urlUntil: at(30), leaseUntil: at(150) }),
    ({ uploads }) => uploads.beginCommit(first.uploadId, 1, makeCommit(first)),
    ({ uploads }) => uploads.refuseCommit(first.uploadId, 1, refusal),
    ({ uploads }) => uploads.beginCommit(first.uploadId, 1, makeCommit(first, { attempt: 2 })),
    ({ uploads }) => uploads.commit(afterFirst.change),
    ({ outbox }) => outbox.markStored(afterFirst.change.entry),
    ({ uploads }) => uploads.open(second),
    ({ uploads }) => uploads.close(second, { reason: 'lease ended', entry: closing, leaseEndedBy: at(130) }),
    ({ outbox }) => outbox.markStored(closing),
    ({ uploads }) => uploads.noteLateObject(second.uploadId, at(131)),
    ({ uploads }) => uploads.noteLateObject(second.uploadId, at(132)),
    ({ uploads }) => uploads.open(retry),
    ({ uploads }) => uploads.beginCommit(retry.uploadId, retry.fence, makeCommit(retry)),
    ({ uploads }) => uploads.commit(afterRetry.change),
    ({ restores }) => restores.create(restore, makeClaim(restore.restoreId, { scope: 'restore' })),
    ({ restores }) => restores.handOver(restore, 'token 1', command),
    ({ restores }) => restores.noteProgress(restore.restoreId, 1, { ...progress, filesDone: 1 }, at(200)),
    ({ restores }) => restores.noteProgress(restore.restoreId, 1, progress, at(201)),
    ({ restores }) =>
      restores.handOver({ ...restore, fence: 1, commandId: command.commandId }, 'token 2', laterCommand),
    ({ restores }) => restores.end(restore, { state: 'completed', at: at(202), progress }),
    ({ restores }) => restores.end(restore, { state: 'failed', at: at(203), reason: 'too late' }),
    ({ outbox }) => outbox.markStored(afterRetry.change.entry),
  ];

  const read = async (catalog: Catalog) => ({
    stores: await catalog.stores.list({ limit: 100 }),
    credentials: await catalog.credentials.list({ limit: 100 }),
    codes: await Promise.all(
      [code, secondCode].map(({ codeSha256 }) => catalog.stores.findActivationCode(codeSha256)),
    ),
    mounts: await catalog.mounts.list({ storeId }, { limit: 100 }),
    uploads: await Promise.all([first, second, retry].map(({ uploadId }) => catalog.uploads.find(uploadId))),
    running: await Promise.all(
      (['open', 'committing', 'closing'] as const).map((state) =>
        catalog.uploads.listByState(state, { limit: 100 }),
      ),
    ),
    points: await catalog.recoveryPoints.list({ mountId: mount.mountId }, { limit: 100 }),
    pins: await Promise.all([first, retry].map(({ uploadId }) => catalog.recoveryPoints.pins(uploadId))),
    restores: await catalog.restores.list({}, { limit: 100 }),
    runningRestores: await catalog.restores.listRunning({ limit: 100 }),
    commands: await catalog.restores.commandsFor(storeId),
    outbox: await catalog.outbox.pending(mount.mountId, 100),
  });
  return { steps, read };
}

/** A commit of the upload, and the mount as it is after it. */
function commitOf(mount: Mount, upload: ReturnType<typeof makeUpload>, { attempt }: { attempt: number }) {
  const commit = makeCommit(upload, { attempt });
  const recoveryPoint = makePoint(mount, upload);
  const entry: JournalEntry = nextJournalEntry(mount.mountId, mount.journal, {
    at: at(21),
    kind: 'recovery-point-committed',
    data: recoveryPoint,
  });
  const { seq, lineVersion, journal } = mount;
  const expected = { seq, lineVersion, journalNumber: journal.number };
  const committing = { ...upload, state: 'committing' as const, commit };
  return {
    change: { upload: committing, recoveryPoint, expected, entry },
    mount: {
      ...mount,
      fence: upload.fence,
      headId: upload.uploadId,
      seq: seq + 1,
      lineVersion: lineVersion + 1,
      journal: { ...journal, number: entry.number, hash: entry.sha256 },
    },
  };
}

export const repeatsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('a history in which every call is repeated', () => {
    let plain: Catalog;
    let repeated: Catalog;
    beforeEach(async () => {
      plain = await makeCatalog();
      repeated = await makeCatalog();
    });

    const runPlain = async (steps: readonly Step[]) => {
      for (const step of steps) await step(plain);
    };

    it('ends where it ends without repeats', async () => {
      const { steps, read } = makeHistory();
      await runPlain(steps);
      const expected = await read(plain);

      for (const [index, step] of steps.entries()) {
        await step(repeated);
        await step(repeated);
        await steps[index - 1]?.(repeated);
      }

      expect(await read(repeated)).toEqual(expected);
      expect(expected.points.items).toHaveLength(2);
      expect(expected.restores.items).toMatchObject([{ state: 'completed', fence: 2 }]);
      expect(expected.pins).toEqual([[], []]);
    });

    it('ends there also when the copies run at the same time', async () => {
      const { steps, read } = makeHistory();
      await runPlain(steps);

      for (const step of steps) await Promise.all([step(repeated), step(repeated), step(repeated)]);

      expect(await read(repeated)).toEqual(await read(plain));
    });

    it('does not change when all of it is run again afterwards', async () => {
      const { steps, read } = makeHistory();
      await runPlain(steps);
      const expected = await read(plain);

      await runPlain(steps);

      expect(await read(plain)).toEqual(expected);
      expect(expected.points.items[0]?.manifestSha256).toBe(
        sha256(expected.points.items[0]?.recoveryPointId ?? ''),
      );
    });
  });
