import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { TestStore } from '../support/test-store.ts';

const run = promisify(execFile);

/** The way a script calls: by the shell, with curl's complaints thrown away and its exit code unread. */
const shell = async (command: string): Promise<unknown> => {
  const { stdout } = await run('bash', ['-c', `${command} 2> /dev/null`]);
  expect(stdout).not.toContain('\n');
  return JSON.parse(stdout);
};

const ok = (result: object) => ({ error_code: 0, error_msg: '', result });

const startStore = async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  return { store, base: `${url}/druva-phoenix/v1/mounts/testmount` };
};

test('the curl calls of the document work with another host, port and log', async () => {
  const { store, base } = await startStore();
  const log = join(store.oracleData(), 'rman_full_backup_20260131.log');

  expect(await shell(`curl -X GET ${base}/backup`)).toEqual(
    ok({ mount_name: 'testmount', is_reached_max_snapshots: false }),
  );
  expect(await shell(`curl -X POST ${base}/backup`)).toEqual(
    ok({
      mount_path: store.oracleData(),
      mount_name: 'testmount',
      mount_params: { timeo: 1200, retrans: 5 },
    }),
  );
  await writeFile(log, 'Recovery Manager\n');
  const form = `-H "Content-Type: multipart/form-data" -F mountpoint=${store.oracleData()} -F platform=linux`;
  expect(await shell(`curl -X POST ${form} -F "file=${log}" ${base}/uploadlog`)).toEqual(
    ok({ mount_name: 'testmount' }),
  );
  expect(await shell(`curl -X POST ${form} -F "file=@${log}" ${base}/uploadlog`)).toEqual(
    ok({ mount_name: 'testmount' }),
  );
  expect(await shell(`curl -X PUT ${base}/backup`)).toEqual(
    ok({ snap_name: 'UID_1', mount_name: 'testmount' }),
  );
  expect(await shell(`curl -X DELETE ${base}/restores/242135`)).toEqual({
    error_code: 4295622663,
    error_msg: 'Restore Path is missing on Export Service.',
    result: {},
  });
});

test('whatever body curl sends along with a call is dropped', async () => {
  const { base } = await startStore();

  expect(await shell(`curl -X POST -d '' ${base}/backup`)).toMatchObject({ error_code: 0 });
  expect(await shell(`curl -X POST -d 'a=b' ${base}/backup`)).toMatchObject({ error_code: 0 });
  expect(await shell(`curl -X POST -H 'Content-Type: application/json' ${base}/backup`)).toMatchObject({
    error_code: 0,
  });
  expect(await shell(`curl -X PUT -H 'Content-Type: text/plain' -d '{' ${base}/backup`)).toMatchObject({
    error_code: 0,
  });
});

test('curl gets the answer to a log that is refused before it was sent', async () => {
  const { store, base } = await startStore();
  const log = join(store.folder, 'large.log');
  await writeFile(log, Buffer.alloc(20 * 2 ** 20));

  const form = `-F "file=@${log}" -F mountpoint=/local/testmount -F platform=linux`;

  expect(await shell(`curl -X POST ${form} ${base}/uploadlog`)).toMatchObject({ error_code: 4295622659 });
});

test('a log sent as another kind of body is refused with what to send', async () => {
  const { base } = await startStore();
  await shell(`curl -X POST ${base}/backup`);

  expect(await shell(`curl -X POST -d 'file=x' ${base}/uploadlog`)).toMatchObject({
    error_code: 0x1000b0001,
    error_msg: 'Malformed request: send multipart/form-data with file, mountpoint and platform.',
  });
});
