import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RmanMap } from '../../shared/domain/rman/result/map.ts';
import { readFixture } from '../domain/rman/fixtures/parse-fixture.ts';
import { runHere } from './run-here.ts';

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
const log = readFixture('nightly-two-channels.log');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-rman-map-'));
  await writeFile(join(folder, 'night.log'), log);
  await writeFile(join(folder, 'night.log.gz'), gzipSync(log));
  await writeFile(join(folder, 'cut.log.gz'), gzipSync(log).subarray(0, 700));
  await writeFile(join(folder, 'damaged.gz'), Buffer.concat([Buffer.from([0x1f, 0x8b]), log]));
  await writeFile(join(folder, 'program'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]));
  await writeFile(
    join(folder, 'failed.log'),
    'Starting backup at 1\nRMAN-00569: x\nRMAN-03002: failure of backup command at 1\n',
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (args: readonly string[]) => {
  const home = process.cwd();
  process.chdir(folder);
  try {
    const { code, stdout, stderr } = await runHere(['rman', 'map', ...args]);
    return { exitCode: code, stdout, stderr };
  } finally {
    process.chdir(home);
  }
};

/** In a process of its own, which has a standard input. */
const runApart = async (args: readonly string[], input?: Buffer) => {
  const child = spawn(process.execPath, [main, 'rman', 'map', ...args], { cwd: folder });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exitCode: await exit, stdout, stderr };
};

describe('holdfast rman map', () => {
  it('shows the map as a table', async () => {
    const { exitCode, stdout, stderr } = await runApart(['night.log']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(
      'night.log: completed-with-warnings\ndatabase LAGER, DBID 3141592653, Oracle 19.31.0.0.0\n',
    );
    expect(stdout).toContain(
      '  /mnt/lager/df_1_2  piece 2, tag NIGHT\n    incremental level 1, compressed, channel d1\n    datafile 1  +DATEN/LAGER/system.257.1\n',
    );
  });

  it.each([
    ['before the file', ['--json', 'night.log']],
    ['after the file', ['night.log', '--json']],
  ])('writes JSON and nothing else with --json %s', async (_, args) => {
    const { exitCode, stdout, stderr } = await run(args);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const map = JSON.parse(stdout) as RmanMap;
    expect(map.source).toBe('night.log');
    expect(map.backupSets).toHaveLength(3);
    expect(Object.keys(map)).toEqual(
      expect.arrayContaining([
        'source',
        'databases',
        'backupSets',
        'imageCopies',
        'autobackups',
        'deletions',
        'errors',
        'status',
      ]),
    );
    expect(stdout).not.toContain('null');
  });

  it('reads gzip, and standard input', async () => {
    const plain = JSON.parse((await run(['--json', 'night.log'])).stdout) as RmanMap;
    const packed = JSON.parse((await run(['--json', 'night.log.gz'])).stdout) as RmanMap;
    const piped = JSON.parse((await runApart(['--json', '-'], log)).stdout) as RmanMap;

    expect({ ...packed, source: '' }).toEqual({ ...plain, source: '' });
    expect({ ...piped, source: '' }).toEqual({ ...plain, source: '' });
  });

  it('reads what a cut gzip file has, and says that it is cut', async () => {
    const { exitCode, stdout } = await run(['--json', 'cut.log.gz']);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'truncated' });
  });

  it('answers 0 for a log that reports a failure, and for one that is empty', async () => {
    const failed = await run(['--json', 'failed.log']);
    const empty = await runApart(['--json', '-'], Buffer.alloc(0));

    expect([failed.exitCode, JSON.parse(failed.stdout).status]).toEqual([0, 'failed']);
    expect([empty.exitCode, JSON.parse(empty.stdout).status]).toEqual([0, 'truncated']);
  });

  it.each([
    ['is not there', 'nowhere.log', 'nowhere.log cannot be read: there is no such file'],
    ['is a folder', '.', '. cannot be read: it is a folder'],
    ['is a program', 'program', 'program cannot be read: this is not a text file'],
    ['is damaged gzip', 'damaged.gz', 'damaged.gz cannot be read: '],
  ])('answers 1 when the file %s', async (_, file, reason) => {
    const { exitCode, stdout, stderr } = await run(['--json', file]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(reason);
  });

  it.each([[[]], [['--jsonn', 'night.log']], [['night.log', 'another.log']]])(
    'answers 2 to a call that it does not understand: %j',
    async (args) => {
      const { exitCode, stdout } = await run(args);

      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    },
  );
});
