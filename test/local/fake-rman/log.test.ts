import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareDatabase } from '../../../local/fake-rman/database.ts';
import { stampOf } from '../../../local/fake-rman/oracle-date.ts';
import { passDay } from '../../../local/fake-rman/workload.ts';
import { dailyBackup, makeFolder, runRman, smallDatabase } from './run-rman.ts';

const date = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;

/** Every form of line that the log of a successful daily backup may have. */
const lineForms = [
  /^$/,
  /^Recovery Manager: Release \d+(\.\d+){4} - Production on \w{3} \w{3} \d{1,2} \d\d:\d\d:\d\d \d{4}$/,
  /^Version \d+(\.\d+){4}$/,
  /^This is a stand-in /,
  /^connected to target database: \w{1,8} \(DBID=\d+\)$/,
  /^RMAN> (\d+> )*$/,
  /^using target database control file instead of recovery catalog$/,
  /^executing command: SET CONTROLFILE AUTOBACKUP FORMAT$/,
  /^allocated channel: c\d$/,
  /^channel c\d: SID=\d+ device type=DISK$/,
  new RegExp(`^(Starting|Finished) (backup|Control File and SPFILE Autobackup) at ${date}$`),
  /^channel c\d: starting datafile copy$/,
  /^input datafile file number=\d{5} name=\/\S+$/,
  /^output file name=\/\S+ tag=DAILY_COPY RECID=\d+ STAMP=\d+$/,
  /^channel c\d: datafile copy complete, elapsed time: \d\d:\d\d:\d\d$/,
  /^current log archived$/,
  /^channel c\d: starting archived log backup set$/,
  /^channel c\d: specifying archived log\(s\) in backup set$/,
  /^input archived log thread=1 sequence=\d+ RECID=\d+ STAMP=\d+$/,
  new RegExp(`^channel c\\d: (starting|finished) piece 1 at ${date}$`),
  /^piece handle=\/\S+ tag=DAILY_LOGS comment=NONE$/,
  /^channel c\d: backup set complete, elapsed time: \d\d:\d\d:\d\d$/,
  /^piece handle=\/\S+\/c-\d+-\d{8}-[0-9a-f]{2} comment=NONE$/,
  /^released channel: c\d$/,
  /^Recovery Manager complete\.$/,
];

const isoDates = { NLS_DATE_FORMAT: 'YYYY-MM-DD HH24:MI:SS' };

test('every line of the log has one of the forms that RMAN gives it', async () => {
  const mount = await makeFolder();

  const { output } = await runRman(dailyBackup(mount), { ...smallDatabase(await makeFolder()), ...isoDates });

  const strange = output.split('\n').filter((line) => !lineForms.some((form) => form.test(line)));
  expect(strange).toEqual([]);
  for (const form of lineForms)
    expect(
      output.split('\n').some((line) => form.test(line)),
      String(form),
    ).toBe(true);
});

test('two channels interleave: the second file starts before the first is complete', async () => {
  const mount = await makeFolder();

  const { output } = await runRman(dailyBackup(mount), smallDatabase(await makeFolder()));

  const starts = output.indexOf('channel c2: starting datafile copy');
  expect(starts).toBeGreaterThan(0);
  expect(starts).toBeLessThan(output.indexOf('datafile copy complete'));
});

test('the frames of the log follow each other: copies, logs, autobackup', async () => {
  const mount = await makeFolder();

  const { output } = await runRman(dailyBackup(mount), smallDatabase(await makeFolder()));

  const frames = output.match(/^(Starting|Finished) [A-Za-z ]+(?= at )/gm);
  expect(frames).toEqual([
    'Starting backup',
    'Finished backup',
    'Starting backup',
    'Finished backup',
    'Starting Control File and SPFILE Autobackup',
    'Finished Control File and SPFILE Autobackup',
  ]);
});

test('archived logs are in the order of time, also when a backup follows another within minutes', async () => {
  const database = await prepareDatabase({ folder: await makeFolder(), sizeMib: 9 });
  const first = new Date('2026-04-09T01:30:00Z');

  passDay(database, 0.02, first);
  passDay(database, 0.02, new Date(first.getTime() + 5 * 60_000));

  const stamps = database.archivedLogs.map(({ stamp }) => stamp);
  expect(stamps).toEqual(stamps.toSorted((one, other) => one - other));
});

test.for([
  ['DD-MON-RR', 'Starting backup at 09-APR-26'],
  ['DD/MM/YYYY HH24:MI', 'Starting backup at 09/04/2026 01:30'],
])('dates follow NLS_DATE_FORMAT %s', async ([format = '', line]) => {
  const environment = { ...smallDatabase(await makeFolder()), NLS_DATE_FORMAT: format };

  const { output } = await runRman(dailyBackup(await makeFolder()), environment);

  expect(output).toContain(`\n${line}\n`);
});

test('a date element that the stand-in does not know is refused by name', async () => {
  const environment = { ...smallDatabase(await makeFolder()), NLS_DATE_FORMAT: 'DD-MON-RR HH12' };

  const { exitCode, complaints } = await runRman(dailyBackup(await makeFolder()), environment);

  expect(exitCode).toBe(1);
  expect(complaints).toContain('NLS_DATE_FORMAT: the stand-in does not know the element HH12');
});

test('STAMP counts seconds in months of 31 days', () => {
  expect(stampOf(new Date(2026, 9, 4, 10, 9, 1))).toBe(1_245_751_741);
});

test('log=FILE takes all output, and append adds to what the file holds', async () => {
  const mount = await makeFolder();
  const logFile = join(await makeFolder(), 'a log.txt');
  await writeFile(logFile, 'earlier\n');

  const run = await runRman(dailyBackup(mount), smallDatabase(await makeFolder()), [
    'target=/',
    `log=${logFile}`,
    'append',
  ]);

  expect(run).toEqual({ exitCode: 0, output: '', complaints: '' });
  expect(await readFile(logFile, 'utf8')).toMatch(
    /^earlier\n\nRecovery Manager[\s\S]*Recovery Manager complete\.\n$/,
  );
});

test('a command file is echoed behind the prompts', async () => {
  const folder = await makeFolder();
  const commandFile = join(folder, 'daily.rman');
  await writeFile(commandFile, dailyBackup(folder));

  const { exitCode, output } = await runRman('', smallDatabase(await makeFolder()), [
    'target',
    '/',
    'cmdfile',
    commandFile,
  ]);

  expect(exitCode).toBe(0);
  expect(output).toContain('\nRMAN> run {\n2>   set controlfile autobackup format');
  expect(output).toContain('\nRMAN> exit;\n');
});
