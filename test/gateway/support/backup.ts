import { hash, randomBytes } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { listTree } from '../../../gateway/mover/upload/list-tree.ts';
import type { CloneFile } from '../../../gateway/snapshots/copy-tree.ts';
import { Calls, logFields } from './calls.ts';
import type { TestStore } from './test-store.ts';
import { waitUntil } from './wait-until.ts';

/** Lets the gateway freeze mounts by copies, as it does by reflinks where the file system has them. */
export const cloneByCopy: CloneFile = (from, to) => copyFile(from, to);

const mebibyte = 2 ** 20;
/** More than two packs of bytes that cannot be compressed. */
export const severalPacks = 35 * mebibyte;

export const writePiece = (store: TestStore, name: string, bytes: number, mount?: string): Promise<void> =>
  writeFile(join(store.oracleData(mount), name), randomBytes(bytes));

/** What the DBA's script does; the mount's folder holds what RMAN wrote. */
export async function backUp(url: string, mount = 'testmount'): Promise<string> {
  const calls = new Calls(url, mount);
  await waitUntil('the mount takes a backup', async () => (await calls.start()).error_code === 0);
  expect(await calls.uploadLog(logFields(`log of ${mount}\n`))).toMatchObject({ error_code: 0 });
  const finished = await calls.finish();
  expect(finished).toMatchObject({ error_code: 0 });
  return String(finished.result.snap_name);
}

/** Names of a mount's recovery points, in order. */
export function pointsOf({ service }: TestStore, mount = 'testmount'): string[] {
  const { state } = service;
  const found = state.mounts.find(({ name }) => name === mount);
  return found ? state.pointsOf(found).map(({ snapName }) => snapName) : [];
}

export const waitForPoints = (store: TestStore, names: readonly string[], mount?: string): Promise<void> =>
  waitUntil(`${names} are recovery points`, () => pointsOf(store, mount).join() === names.join());

/** Everything of a folder that a restore must bring back. */
export async function describeTree(folder: string): Promise<object[]> {
  return Promise.all(
    (await listTree(folder)).map(async ({ path, type, mode, uid, gid, mtimeNs, target }) => ({
      path: path.toString('latin1'),
      ...{ type, mode, uid, gid, target },
      mtime: type === 'file' ? mtimeNs : undefined,
      sha256: type === 'file' ? hash('sha256', await readFile(join(folder, path.toString()))) : undefined,
    })),
  );
}
