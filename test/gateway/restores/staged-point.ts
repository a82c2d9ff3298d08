import { mkdir, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

export const jobId = 242135;
export const mebibyte = 2 ** 20;
export const restoreMissing = {
  status: 200,
  error_code: 4295622663,
  error_msg: 'Restore Path is missing on Export Service.',
};

export const folderOf = (store: TestStore, job = jobId, mount = 'testmount') =>
  join(store.mountsDirectory, mount, 'restores', String(job));
export const stagingOf = (store: TestStore) =>
  join(store.mountsDirectory, 'testmount', '.holdfast', 'staging');

/** Makes one recovery point of a store whose gateway runs. */
export const makePoint = async (store: TestStore, url: string, pieces: Record<string, number>) => {
  for (const [name, bytes] of Object.entries(pieces)) {
    await writePiece(store, name, bytes);
    // Whole seconds: Node cannot set times to the nanosecond.
    await utimes(join(store.oracleData(), name), 1_700_000_000, 1_700_000_000);
  }
  await mkdir(join(store.oracleData(), 'ORCL'));
  await symlink('piece', join(store.oracleData(), 'latest'));
  await backUp(url);
  await waitForPoints(store, ['UID_1']);
  const [point] = store.service.state.uploads;
  if (!point) throw new Error('there is no point');
  return point;
};

export const startWithPoint = async () => {
  const store = await TestStore.make();
  const { url, stop } = await store.start();
  return { store, url, stop, point: await makePoint(store, url, { piece: 100_000 }) };
};

export const spawnWithPoint = async (pieces: Record<string, number>) => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn();
  return { store, gateway, point: await makePoint(store, url, pieces) };
};

export const holdGets = ({ vault }: TestStore, isHeld = (key: string) => key.includes('/packs/')): Gate => {
  const gate = new Gate();
  vault.onRequest = async (method, key) => {
    if (method === 'GET' && isHeld(key)) await gate.pass();
    return undefined;
  };
  return gate;
};

export const waitForEnd = (restore: { readonly endedAt?: string | undefined }): Promise<void> =>
  waitUntil('the restore ended', () => restore.endedAt !== undefined);
