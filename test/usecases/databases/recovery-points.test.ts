import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };

async function arrange(files: Readonly<Record<string, string>>, expire?: string) {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service, expire);
  const commit = async () => {
    const upload = await openSnapshot(service, caller, mount);
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, files));
    return runCommit(service, upload.uploadId);
  };
  return { service, mount, commit };
}

describe('the files of a recovery point', () => {
  it('come page by page, each once, whatever bytes their names have', async () => {
    const names = ['a', 'a-b', 'a.b', 'a/x', 'b/c/d', 'b/c-d', 'b-c', 'é', 'z'].filter(
      (name) => name !== 'a',
    );
    const { service, commit } = await arrange(Object.fromEntries(names.map((name) => [name, name])));
    const params = { recoveryPointId: (await commit()).recoveryPointId };

    for (const limit of ['1', '2', '1000']) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit, ...(cursor !== undefined && { cursor }) };
        const { body } = await service.send('listRecoveryPointFiles', { caller: viewer, params, query });
        const { items, ...page } = body as { items: { path: string; type: string }[]; cursor?: string };
        found.push(...items.filter(({ type }) => type === 'file').map(({ path }) => path));
        cursor = page.cursor;
      } while (cursor !== undefined);

      expect(found.toSorted()).toEqual(names.toSorted());
    }
  });

  it('come in answers that Lambda can give, however long and odd their names are', async () => {
    const folder = Array.from({ length: 15 }, () => '\u0001'.repeat(250)).join('/');
    const names = Array.from({ length: 300 }, (_, index) => `${folder}/${String(index).padStart(3, '0')}`);
    const { service, commit } = await arrange(Object.fromEntries(names.map((name) => [name, ''])));
    const params = { recoveryPointId: (await commit()).recoveryPointId };

    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: '1000', ...(cursor !== undefined && { cursor }) };
      const { body } = await service.send('listRecoveryPointFiles', { caller: viewer, params, query });
      expect(JSON.stringify(body).length).toBeLessThan(6_000_000);
      const page = body as { items: { path: string; type: string }[]; cursor?: string };
      found.push(...page.items.filter(({ type }) => type === 'file').map(({ path }) => path));
      cursor = page.cursor;
      expect(cursor?.length ?? 0).toBeLessThan(40);
    } while (cursor !== undefined);

    expect(found).toEqual(names);
  });

  it('have sizes and times', async () => {
    const { service, commit } = await arrange({ 'data.dbf': '12345' });
    const params = { recoveryPointId: (await commit()).recoveryPointId };

    const { body } = await service.send('listRecoveryPointFiles', { caller: viewer, params });

    expect(body?.items).toContainEqual({
      path: 'data.dbf',
      type: 'file',
      sizeBytes: 5,
      modifiedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  it('refuse a cursor that is none, or of another list', async () => {
    const { service, commit } = await arrange({ a: 'a' });
    const params = { recoveryPointId: (await commit()).recoveryPointId };

    for (const cursor of [
      '***',
      '',
      'abc',
      'W10',
      'entry-',
      'entry-0',
      'entry-1x',
      'entry--1',
      'entry-9999999999999999',
    ]) {
      const query = { cursor };
      const { body } = await service.send('listRecoveryPointFiles', { caller: viewer, params, query });

      expect(body).toMatchObject({ code: 'PAGE_CURSOR_INVALID' });
    }
  });

  it('have a cursor that is not empty, also after the root', async () => {
    const { service, commit } = await arrange({ a: 'a' });
    const params = { recoveryPointId: (await commit()).recoveryPointId };

    const query = { limit: '1' };
    const { body } = await service.send('listRecoveryPointFiles', { caller: viewer, params, query });

    expect(body).toMatchObject({ items: [{ path: '' }], cursor: expect.stringMatching(/./) });
  });
});

describe('recovery points', () => {
  it('are listed by time, newest first, within the asked span', async () => {
    const { service, mount, commit } = await arrange({ a: 'a' });
    const times: string[] = [];
    for (let day = 0; day < 3; day++) {
      times.push((await commit()).takenAt);
      service.clock.advance(86_400_000);
    }
    const list = async (query: Record<string, string>) => {
      const { body } = await service.send('listRecoveryPoints', {
        caller: viewer,
        query: { mountId: mount.mountId, ...query },
      });
      const { items } = body as { items: { takenAt: string }[] };
      return items.map(({ takenAt }) => takenAt);
    };

    expect(await list({})).toEqual(times.toReversed());
    expect(await list({ order: 'oldest-first' })).toEqual(times);
    expect(await list({ from: times[1] ?? '' })).toEqual([times[2], times[1]]);
    expect(await list({ before: times[1] ?? '' })).toEqual([times[0]]);
  });

  it.each([
    ['2d 12h', '2026-02-03T00:00:00.000Z'],
    ['never', 'never'],
  ])('with the default expire %j expire at %s', async (expire, expected) => {
    const { commit } = await arrange({ a: 'a' }, expire);

    expect((await commit()).expiresAt).toBe(expected);
  });
});
