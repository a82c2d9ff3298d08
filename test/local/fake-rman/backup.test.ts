import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { blockAddress, blockSize, findBlockFault } from '../../../local/fake-rman/block.ts';
import { prepareDatabase } from '../../../local/fake-rman/database.ts';
import { addressInCopy } from '../../../local/fake-rman/image-copy.ts';
import { changedBlockCount } from '../../../local/fake-rman/workload.ts';
import { dailyBackup, makeFolder, type RmanRun, runRman, smallDatabase } from './run-rman.ts';

const filesIn = async (folder: string): Promise<Map<string, Buffer>> => {
  const names = (await readdir(folder)).sort();
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))] as const)),
  );
};

const blocksOf = (content: Buffer): Buffer[] =>
  Array.from({ length: content.length / blockSize }, (_, number) =>
    content.subarray(number * blockSize, (number + 1) * blockSize),
  );

const checkpointScn = (copy: Buffer | undefined): number => copy?.readUInt32LE(blockSize + 484) ?? 0;

const backUp = async (
  folders: { mount: string; database: string },
  environment: Record<string, string> = {},
  extra = '',
): Promise<RmanRun> => {
  const run = await runRman(dailyBackup(folders.mount, extra), {
    ...smallDatabase(folders.database),
    ...environment,
  });
  expect(run).toMatchObject({ exitCode: 0, complaints: '' });
  return run;
};

const makeFolders = async () => ({ mount: await makeFolder(), database: await makeFolder() });

test('every block of every file has a right check value, tail and address', async () => {
  const folders = await makeFolders();
  await backUp(folders);
  const { datafiles } = await prepareDatabase({ folder: folders.database });

  const files = await filesIn(folders.mount);

  expect(files.size).toBe(datafiles.length + 3);
  for (const [name, content] of files) {
    const datafile = datafiles.find(({ number }) => name.includes(`_FNO-${number}_`));
    blocksOf(content).forEach((block, number) => {
      const address = datafile ? addressInCopy(datafile, number) : blockAddress(0, number);
      expect(findBlockFault(block, address), `${name} block ${number}`).toBeUndefined();
    });
  }
});

test('the header of an image copy names database, file, tablespace and sizes', async () => {
  const folders = await makeFolders();
  await backUp(folders, { FAKE_RMAN_DB_NAME: 'SALES' });
  const { dbid } = await prepareDatabase({ folder: folders.database });

  const copy = await readFile(join(folders.mount, `data_D-SALES_I-${dbid}_TS-SYSAUX_FNO-2_daily`));
  const [start, header] = blocksOf(copy);

  expect(start?.readUInt32LE(20)).toBe(blockSize);
  expect(start?.readUInt32LE(24)).toBe(copy.length / blockSize - 1);
  expect(header?.readUInt8(0)).toBe(0x0b);
  expect(header?.readUInt32LE(28)).toBe(dbid);
  expect(header?.toString('latin1', 32, 37)).toBe('SALES');
  expect(header?.readUInt32LE(44)).toBe(copy.length / blockSize - 1);
  expect(header?.readUInt32LE(48)).toBe(blockSize);
  expect(header?.readUInt16LE(52)).toBe(2);
  expect(header?.toString('latin1', 338, 344)).toBe('SYSAUX');
});

test('image copies compress like data, not like noise and not like nothing', async () => {
  const folders = await makeFolders();
  await backUp(folders);

  for (const [name, content] of await filesIn(folders.mount)) {
    if (!name.startsWith('data_')) continue;
    const ratio = content.length / zstdCompressSync(content).length;
    expect(ratio, name).toBeGreaterThan(1.4);
    expect(ratio, name).toBeLessThan(6);
  }
});

test('two databases with the same seed and time give the same bytes and the same log', async () => {
  const mount = await makeFolder();
  const digests = async () =>
    [...(await filesIn(mount))].map(([name, content]) => [
      name,
      createHash('sha256').update(content).digest('hex'),
    ]);
  const one = await backUp({ mount, database: await makeFolder() });
  const digestsOfOne = await digests();

  // In the same place, because the log names it.
  for (const name of await readdir(mount)) await rm(join(mount, name));
  const other = await backUp({ mount, database: await makeFolder() });

  expect(other.output).toBe(one.output);
  expect(await digests()).toEqual(digestsOfOne);
});

test('another seed gives another database', async () => {
  const one = await prepareDatabase({ folder: await makeFolder(), seed: 1 });
  const other = await prepareDatabase({ folder: await makeFolder(), seed: 2 });

  expect(other.dbid).not.toBe(one.dbid);
});

test('the next day changes the stated share of blocks, in place, and goes on with SCN and log sequence', async () => {
  const folders = await makeFolders();
  const first = await backUp(folders);
  const before = await filesIn(folders.mount);
  const inodes = new Map(
    await Promise.all(
      [...before.keys()].map(async (name) => [name, (await stat(join(folders.mount, name))).ino] as const),
    ),
  );

  const second = await backUp(folders, {
    FAKE_RMAN_NOW: '2026-04-10T01:30:00Z',
    FAKE_RMAN_CHANGE_SHARE: '0.05',
  });

  const after = await filesIn(folders.mount);
  for (const datafile of (await prepareDatabase({ folder: folders.database })).datafiles) {
    const name = [...before.keys()].find((path) => path.includes(`_FNO-${datafile.number}_`)) ?? '';
    const old = blocksOf(before.get(name) ?? Buffer.alloc(0));
    const changed = blocksOf(after.get(name) ?? Buffer.alloc(0)).flatMap((block, number) =>
      old[number]?.equals(block) ? [] : [number],
    );
    expect(changed[0], 'the file header').toBe(1);
    expect(checkpointScn(after.get(name))).toBeGreaterThan(checkpointScn(before.get(name)));
    expect(changed.length - 1).toBe(changedBlockCount(datafile, 0.05));
    expect((await stat(join(folders.mount, name))).ino).toBe(inodes.get(name));
  }
  const sequences = [first, second].map(({ output }) =>
    [...output.matchAll(/sequence=(\d+)/g)].map(([, n]) => Number(n)),
  );
  const [yesterday = [], today = []] = sequences;
  expect(yesterday).toHaveLength(2);
  expect(today).toEqual(yesterday.map((sequence) => sequence + 2));
  expect(second.output).toContain('already backed up');
});

test('a day without changes leaves all blocks but the file headers', async () => {
  const folders = await makeFolders();
  await backUp(folders);
  const before = await filesIn(folders.mount);

  await backUp(folders, { FAKE_RMAN_NOW: '2026-04-10T01:30:00Z', FAKE_RMAN_CHANGE_SHARE: '0' });

  const after = await filesIn(folders.mount);
  for (const [name, content] of before) {
    if (!name.startsWith('data_')) continue;
    const old = blocksOf(content);
    const changed = blocksOf(after.get(name) ?? Buffer.alloc(0)).filter(
      (block, number) => !old[number]?.equals(block),
    );
    expect(changed, name).toHaveLength(1);
  }
});

test('deletes old backups of logs that have the tag, and says which', async () => {
  const folders = await makeFolders();
  await backUp(folders);
  const deleteOld = "delete noprompt backup tag 'daily_logs' completed before 'sysdate-7';";
  const early = await backUp(folders, { FAKE_RMAN_NOW: '2026-04-12T01:30:00Z' }, deleteOld);

  const late = await backUp(folders, { FAKE_RMAN_NOW: '2026-04-17T01:30:00Z' }, deleteOld);

  expect(early.output).toContain('specification does not match any backup in the repository');
  const deleted = [
    ...late.output.matchAll(/^deleted backup piece\nbackup piece handle=(\S+) RECID=\d+ STAMP=\d+$/gm),
  ];
  expect(deleted).toHaveLength(2);
  expect(late.output).toContain('Deleted 2 objects');
  const left = await readdir(folders.mount);
  for (const [, handle = ''] of deleted) expect(left).not.toContain(handle.split('/').at(-1));
  expect(left.filter((name) => name.startsWith('arch_'))).toHaveLength(4);
});
