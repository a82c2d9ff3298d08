import { beforeEach, describe, expect, it } from 'vitest';
import { addMillis } from '../../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import { findDue } from '../../../shared/usecases/reclaim/find-due.ts';
import { sweepUpload } from '../../../shared/usecases/reclaim/sweep-upload.ts';
import { noteObject } from '../../../shared/usecases/uploads/note-object.ts';
import { openedUpload, present } from '../../adapters/support/line.ts';
import { Crash, crashing } from '../../support/crashing.ts';
import { ReclaimLine } from './reclaim-line.ts';

const hour = 3_600_000;

let line: ReclaimLine;
let upload: Upload;
/** An upload that was given up, with three objects and fifteen minutes of URLs left. */
beforeEach(async () => {
  line = await ReclaimLine.make();
  await line.add();
  const urlUntil = addMillis(line.clock.now(), hour / 4);
  upload = await openedUpload(line.catalog, await line.mount(), { urlUntil });
  for (const name of ['packs/1', 'packs/2', 'manifest']) await put(name);
  const mount = await line.mount();
  const event = { at: line.clock.now(), kind: 'upload-closing', data: {} };
  const entry = nextJournalEntry(mount.mountId, mount.journal, event);
  await line.catalog.uploads.close(upload, { reason: 'aborted', entry });
});

const prefix = () => `v1/mounts/${line.mountId}/uploads/${upload.uploadId}/`;
const put = (name: string) => line.vault.putOnce(`${prefix()}${name}`, Buffer.from(name));
const note = (key: string) => noteObject({ ...line.dependencies, seen: new Map() }, key);
const sweep = () => sweepUpload(line.dependencies, upload.uploadId);
const left = async () => (await line.vault.listVersions({ prefix: prefix() })).versions.length;
const now = async () => present(await line.catalog.uploads.find(upload.uploadId));
const toSweep = async () => (await findDue(line.dependencies, { list: 'uploads' })).items;

describe('an upload that was given up', () => {
  it('is emptied at once, and closed when its URLs have been dead for a day', async () => {
    expect(await sweep()).toMatchObject({ outcome: 'closing', objects: 3 });
    expect(await left()).toBe(0);
    line.clock.advance(24 * hour);
    expect(await sweep()).toMatchObject({ outcome: 'closing', objects: 0 });
    line.clock.advance(hour);

    expect(await sweep()).toMatchObject({ outcome: 'closed' });

    expect(await now()).toMatchObject({ state: 'closed', closedAt: line.clock.now() });
    expect(await toSweep()).toEqual([]);
    expect(await sweep()).toEqual({ outcome: 'not-closing' });
    expect(new Set(await line.keys())).toEqual(await line.marked());
  });

  it('is swept again for what its URLs brought since, delete markers included', async () => {
    await sweep();
    await put('packs/3');
    line.vault.hide(`${prefix()}packs/3`);
    line.clock.advance(26 * hour);

    expect(await sweep()).toMatchObject({ outcome: 'closed', objects: 2 });

    expect(await left()).toBe(0);
  });

  it('is not closed over an object that arrives after the last listing', async () => {
    await sweep();
    line.clock.advance(26 * hour);
    const listVersions: typeof line.vault.listVersions = async (request) => {
      const page = await line.vault.listVersions(request);
      await note(`${prefix()}manifest-${'0'.repeat(64)}.zst`);
      return page;
    };
    const dependencies = { ...line.dependencies, vault: { ...line.vault, listVersions } };

    expect(await sweepUpload(dependencies, upload.uploadId)).toMatchObject({ outcome: 'closing' });

    expect((await now()).state).toBe('closing');
  });

  it('is swept once more when an object arrives after it was closed, and never committed', async () => {
    line.clock.advance(26 * hour);
    await sweep();
    await put(`manifest-${'0'.repeat(64)}.zst`);
    line.clock.advance(hour);

    expect(await note(`${prefix()}manifest-${'0'.repeat(64)}.zst`)).toBe('late');
    expect(await toSweep()).toEqual([{ kind: 'upload', mountId: line.mountId, id: upload.uploadId }]);
    line.clock.advance(hour);
    expect(await sweep()).toMatchObject({ outcome: 'closed', objects: 1 });

    expect(await toSweep()).toEqual([]);
    expect(await left()).toBe(0);
  });

  it('keeps nothing waiting when something of it is locked', async () => {
    const { versions } = await line.vault.listVersions({ prefix: `${prefix()}packs/1` });
    const until = addMillis(line.clock.now(), 50 * hour);
    line.vault.lock(present(versions[0]), until);

    expect(await sweep()).toMatchObject({ outcome: 'blocked', until, objects: 2 });
    expect(await toSweep()).toEqual([]);
    expect(await sweep()).toMatchObject({ outcome: 'blocked', until, objects: 0 });
    line.clock.advance(51 * hour);

    expect(await toSweep()).toHaveLength(1);
    expect(await sweep()).toMatchObject({ outcome: 'closed', objects: 1 });
  });

  it('loses nothing to a catalog from the past: its closing must be in the journal first', async () => {
    const { journal } = await line.mount();
    const key = `v1/mounts/${line.mountId}/journal/${String(journal.number).padStart(12, '0')}`;
    await line.vault.putOnce(key, Buffer.from('the commit of that upload'));

    await expect(sweep()).rejects.toMatchObject({ code: 'JOURNAL_FORKED' });

    expect(await left()).toBe(3);
  });

  it('is closed in the end, wherever a sweep dies', async () => {
    line.clock.advance(26 * hour);
    for (let at = 1; (await now()).state !== 'closed'; at++) {
      const plan = { calls: 0, at, when: 'after' as const };
      const { catalog, vault, clock } = line.dependencies;
      const dying = { catalog: crashing(catalog, plan), vault: crashing(vault, plan), clock };
      await sweepUpload(dying, upload.uploadId).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
    }

    expect(await left()).toBe(0);
    expect(new Set(await line.keys())).toEqual(await line.marked());
  });
});

it('an upload that is open, or became a point, is never swept', async () => {
  const open = await openedUpload(line.catalog, await line.mount());
  const point = present(await line.head());
  const before = await line.keys();

  for (const id of [open.uploadId, point.recoveryPointId]) {
    expect(await sweepUpload(line.dependencies, id)).toEqual({ outcome: 'not-closing' });
  }

  expect(await line.keys()).toEqual(before);
});
