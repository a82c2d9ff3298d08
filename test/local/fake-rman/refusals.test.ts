import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCommandLine } from '../../../local/fake-rman/command-line.ts';
import { parseCommands } from '../../../local/fake-rman/commands.ts';
import { prepareDatabase } from '../../../local/fake-rman/database.ts';
import { readSettings } from '../../../local/fake-rman/settings.ts';
import { dailyBackup, makeFolder, runRman, smallDatabase } from './run-rman.ts';

const errorStack =
  /RMAN-00571: =+\nRMAN-00569: =+ ERROR MESSAGE STACK FOLLOWS =+\nRMAN-00571: =+\n(RMAN|ORA)-\d{5}: /;

test.for([
  ['run { restore everything; }', 'found "identifier"', 'everything'],
  ['backup database;', 'expecting one of: "alter, catalog, crosscheck, exit, quit, recover', 'backup'],
  ['switch datafile all;', 'expecting one of: "alter', 'switch'],
  ["set until time 'now';", 'expecting one of: "alter', 'set'],
  ['run { allocate channel c1 device type sbt; }', 'expecting one of: "disk"', 'sbt'],
  ["run { backup as copy format '/m/%U' database plus archivelog; }", 'expecting one of: ";"', 'plus'],
  ["run { delete noprompt backup tag 'x' completed before 'friday'; }", `"'sysdate-N'"`, 'column 55'],
  ['run { release channel c1 }', 'expecting one of: ";"', 'found "}"'],
  ['run { release channel', 'found "end-of-file"', 'line 1'],
])('refuses %s as a syntax error', ([commands = '', expectation = '', detail = '']) => {
  const parse = () => parseCommands(commands, 'standard input');

  expect(parse).toThrow(/^RMAN-00558: .*\nRMAN-01009: syntax error: /);
  expect(parse).toThrow(expectation);
  expect(parse).toThrow(detail);
  expect(parse).toThrow(/RMAN-01007: at line \d+ column \d+ file: standard input$/);
});

test('a syntax error ends the run with exit code 1 before anything is written', async () => {
  const database = await makeFolder();

  const run = await runRman('run { restore everything; }', smallDatabase(database));

  expect(run.exitCode).toBe(1);
  expect(run.output).toMatch(errorStack);
  expect(await readdir(database)).toEqual([]);
});

test.for([
  [['target', 'sys/secret@prod'], 'without password'],
  [['target', '/', 'catalog', 'rman@cat'], 'does not know the argument catalog'],
  [['log=x'], 'needs the argument target /'],
  [['target'], 'needs a value'],
] as const)('refuses the arguments %j', ([args, message]) => {
  expect(() => readCommandLine(args)).toThrow(message);
});

test('reads the forms of arguments that rman has', () => {
  expect(readCommandLine(['target', '/', 'nocatalog', 'log', 'a b.log', 'append'])).toEqual({
    logFile: 'a b.log',
    append: true,
  });
  expect(readCommandLine(['target=/@prod', '@x.rman'])).toEqual({ commandFile: 'x.rman', append: false });
  expect(readCommandLine(['TARGET', '"/ as sysbackup"', 'cmdfile=x'])).toEqual({
    commandFile: 'x',
    append: false,
  });
});

test('lists every bad setting at once', () => {
  const read = () =>
    readSettings({
      FAKE_RMAN_DATABASE: 'here',
      FAKE_RMAN_CHANGE_SHARE: '2',
      FAKE_RMAN_FAIL: 'maybe',
      FAKE_RMAN_SEAD: '1',
    });

  expect(read).toThrow('FAKE_RMAN_SEAD is not a setting');
  expect(read).toThrow('FAKE_RMAN_DATABASE must be an absolute path');
  expect(read).toThrow('FAKE_RMAN_CHANGE_SHARE');
  expect(read).toThrow('FAKE_RMAN_FAIL');
});

test('an existing database keeps its properties: another size is refused, not ignored', async () => {
  const folder = await makeFolder();
  await prepareDatabase({ folder, sizeMib: 9 });

  await expect(prepareDatabase({ folder, sizeMib: 18 })).rejects.toThrow('has sizeMib 9, not 18');
});

test('a database that cannot be reached ends the run', async () => {
  const environment = { ...smallDatabase(await makeFolder()), FAKE_RMAN_FAIL: 'connect' };

  const run = await runRman(dailyBackup(await makeFolder()), environment);

  expect(run.exitCode).toBe(1);
  expect(run.output).toMatch(errorStack);
  expect(run.output).toContain('ORA-01034');
  expect(run.output).not.toContain('connected to target database');
});

test('a failing write ends the run in the middle of a copy, with the channel in the stack', async () => {
  const mount = await makeFolder();

  const run = await runRman(dailyBackup(mount), {
    ...smallDatabase(await makeFolder()),
    FAKE_RMAN_FAIL: 'copy',
  });

  expect(run.exitCode).toBe(1);
  expect(run.output).toMatch(errorStack);
  expect(run.output).toMatch(
    /RMAN-03009: failure of backup command on c\d channel at 04\/09\/2026 01:30:\d\d\nORA-19502/,
  );
  expect(run.output).not.toContain('Finished backup');
  expect(run.output.indexOf('released channel: c1')).toBeLessThan(run.output.indexOf('RMAN-00571'));
  expect((await readdir(mount)).length).toBeGreaterThan(0);
});

test('failing log backups leave complete image copies and no log piece', async () => {
  const mount = await makeFolder();

  const run = await runRman(dailyBackup(mount), {
    ...smallDatabase(await makeFolder()),
    FAKE_RMAN_FAIL: 'archivelog',
  });

  expect(run.exitCode).toBe(1);
  expect(run.output.match(/^Finished backup/gm)).toHaveLength(1);
  expect((await readdir(mount)).map((name) => name.split('_')[0])).toEqual(['data', 'data', 'data', 'data']);
});

test('a folder that is missing fails as a file that cannot be created', async () => {
  const run = await runRman(
    dailyBackup(join(await makeFolder(), 'nowhere')),
    smallDatabase(await makeFolder()),
  );

  expect(run.exitCode).toBe(1);
  expect(run.output).toMatch(
    /ORA-19504: .*nowhere.*\nORA-27040: .*\nLinux-x86_64 Error: 2: No such file or directory/,
  );
});

test('without REUSE an existing copy is not written over', async () => {
  const mount = await makeFolder();
  const database = await makeFolder();
  await runRman(dailyBackup(mount), smallDatabase(database));
  const name = (await readdir(mount)).find((file) => file.startsWith('data_')) ?? '';
  const { mtimeMs } = await stat(join(mount, name));

  const run = await runRman(
    dailyBackup(mount).replace(' reuse', ''),
    smallDatabase(database, '2026-04-10T01:30:00Z'),
  );

  expect(run.exitCode).toBe(1);
  expect(run.output).toContain('ORA-27038: created file already exists');
  expect((await stat(join(mount, name))).mtimeMs).toBe(mtimeMs);
});

test('a FORMAT variable without meaning for the file is refused', async () => {
  const commands = dailyBackup(await makeFolder()).replace('arch_D-%d_%U', 'arch_%N');

  const run = await runRman(commands, smallDatabase(await makeFolder()));

  expect(run.exitCode).toBe(1);
  expect(run.output).toContain('ORA-19715: invalid format N for generated name');
});

test('a backup without a channel is refused', async () => {
  const commands = dailyBackup(await makeFolder()).replaceAll(/allocate .*;/g, '');

  const run = await runRman(commands, smallDatabase(await makeFolder()));

  expect(run.exitCode).toBe(1);
  expect(run.output).toContain('no automatic channels');
});

test('writes slowly when told to', async () => {
  const environment = { ...smallDatabase(await makeFolder()), FAKE_RMAN_DELAY_MS_PER_MIB: '40' };
  const begin = performance.now();

  const run = await runRman(dailyBackup(await makeFolder()), environment);

  expect(run.exitCode).toBe(0);
  // 9 MiB of datafiles, 2 MiB of logs and 1 MiB of control file.
  expect(performance.now() - begin).toBeGreaterThan(12 * 40);
});
