import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findDatabase, saveDatabase } from '../../../local/fake-rman/database.ts';
import { scnAtEndOf } from '../../../local/fake-rman/workload.ts';
import { dropLines, isHarmless } from './mutants.ts';
import { rmanHere } from './nights.ts';
import { copyNights, mergedNights, pdb, RestoreSite, runScripts, scriptText } from './restore-site.ts';

const site = new RestoreSite();
const copySite = new RestoreSite();
const mergedSite = new RestoreSite();
const clusterSite = new RestoreSite();
const sites = [site, copySite, mergedSite, clusterSite];
beforeAll(async () => {
  await site.prepare();
  await copySite.prepare(copyNights);
  await mergedSite.prepare(mergedNights);
  await clusterSite.prepare(undefined, { FAKE_RMAN_THREADS: '2' });
});
afterAll(() => {
  for (const each of sites) each.remove();
});

/** Three nights were backed up; running RMAN on the open database lets one more day pass. */
const [lastNight, dayAfter] = [scnAtEndOf(3), scnAtEndOf(4)];

describe('a script that the service writes', () => {
  it('restores the database from backup sets, byte by byte, to the last archived log', async () => {
    const host = site.emptyHost();
    const scripts = site.scripts({ aim: { kind: 'sets' } });

    const run = await runScripts(host, [
      scriptText(scripts, 'parameter-file.rman'),
      scriptText(scripts, 'restore.rman'),
    ]);

    expect(scripts.outcome).toBe('ready');
    expect(run.output).not.toMatch(/RMAN-0|ORA-/);
    expect(run.exitCode).toBe(0);
    expect(await site.difference(host, lastNight)).toBeUndefined();
  });

  it('restores to a moment between two logs, and to nothing after it', async () => {
    const host = site.emptyHost();
    const end = { by: 'time', local: '2026-04-10T13:00:00' } as const;
    const scripts = site.scripts({ aim: { kind: 'sets' }, end });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(run.exitCode, run.output).toBe(0);
    // A log holds twelve hours; this one began at half past one.
    expect(await site.difference(host, scnAtEndOf(2) + Math.floor((100_000 * 11.5) / 12))).toBeUndefined();
  });

  it('switches to the staged image copies, and rolls them forward with incrementals and logs', async () => {
    const host = copySite.emptyHost();
    const scripts = copySite.scripts({ aim: { kind: 'copies' } });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(scripts.outcome).toBe('ready');
    expect(scriptText(scripts, 'restore.rman')).toContain('# THE DATABASE WILL LIVE IN THE STAGED FOLDER');
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain('destination for restore of datafile 1');
    expect(await copySite.difference(host, lastNight)).toBeUndefined();
  });

  it('switches to image copies that incrementals were merged into night by night (D34)', async () => {
    const host = mergedSite.emptyHost();
    const scripts = mergedSite.scripts({ aim: { kind: 'copies' } });
    const pieces = readdirSync(mergedSite.staged).filter((name) => name.startsWith('merged_'));

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    // The first night made the copies; the incrementals since are in them, and deleted.
    expect(pieces).toHaveLength(6);
    expect(mergedSite.logs[0]).toContain('no parent backup or copy of datafile 1 found');
    expect(mergedSite.logs[2]).toMatch(/recovering datafile copy file number=00001 name=.*\n.*reading from/);
    expect(scripts.outcome).toBe('ready');
    expect(run.exitCode, run.output).toBe(0);
    expect(await mergedSite.difference(host, lastNight)).toBeUndefined();
  });

  it('restores a database of two instances with the redo of both threads, to a time that both reach', async () => {
    const host = clusterSite.emptyHost();
    const end = { by: 'time', local: '2026-04-10T13:00:00' } as const;
    const scripts = clusterSite.scripts({ aim: { kind: 'sets' }, end });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(clusterSite.scripts({ aim: { kind: 'sets' } })).toMatchObject({
      outcome: 'refused',
      refusals: [{ code: 'TARGET_UNCERTAIN', text: expect.stringMatching(/thread 1 .* thread 2 .*log/) }],
    });
    expect(scripts.outcome).toBe('ready');
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toMatch(/archived log for thread 1 with sequence \d+\narchived log for thread 2/);
    const scn = scnAtEndOf(2) + Math.floor((100_000 * 11.5) / 12);
    expect(await clusterSite.difference(host, scn)).toBeUndefined();
  });

  it('ends before a log of the second thread, where the order says so', async () => {
    const host = clusterSite.emptyHost();
    const last = Math.max(
      ...[...(clusterSite.logs[2] ?? '').matchAll(/thread=2 sequence=(\d+)/g)].map((found) =>
        Number(found[1]),
      ),
    );
    const end = { by: 'sequence', thread: 2, sequence: last } as const;
    const scripts = clusterSite.scripts({ aim: { kind: 'sets' }, end, atOwnRisk: true });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).not.toContain(`thread 2 with sequence ${last}`);
    expect(await clusterSite.difference(host, scnAtEndOf(2) + 100_000)).toBeUndefined();
  });

  it('restores to another host under new names, from a parameter file that was edited there', async () => {
    const host = site.otherHost();
    const newFolder = join(site.root, 'new oradata');
    mkdirSync(newFolder);
    const scripts = site.scripts({ aim: { kind: 'new-host', newFolder } });
    const names = ['parameter-file.rman', 'restore.rman', 'open.rman'];

    const run = await runScripts(
      host,
      names.map((name) => scriptText(scripts, name)),
    );

    expect(run.exitCode, run.output).toBe(0);
    expect(await site.difference(host, lastNight)).toBeUndefined();
    expect(readFileSync(join(newFolder, 'initDEMO.ora'), 'utf8')).toContain("db_name='DEMO'");
    // The root and the PDB both have a system01.dbf.
    expect(scriptText(scripts, 'restore.rman')).toContain(`to '${newFolder}/1_system01.dbf'`);
    rmSync(newFolder, { recursive: true });
  });

  it.for([
    ['a pluggable database', { kind: 'pdb', pdb }, [5, 6]],
    ['a tablespace', { kind: 'tablespace', tablespace: 'USERS' }, [4]],
    ['a datafile', { kind: 'datafile', datafile: 2 }, [2]],
    ['SYSTEM, with the database mounted', { kind: 'datafile', datafile: 1 }, [1]],
  ] as const)('brings %s to now, with the redo of the open database', async ([, aim, files]) => {
    const host = await site.damagedHost(files);
    const scripts = site.scripts({ aim });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(run.exitCode, run.output).toBe(0);
    expect(await site.difference(host, dayAfter, files)).toBeUndefined();
  });

  it('brings a pluggable database back to a moment, the others staying where they are', async () => {
    const host = await site.damagedHost([5, 6]);
    const end = { by: 'time', local: '2026-04-10T13:00:00' } as const;
    const auxiliaryFolder = join(site.root, 'auxiliary');
    const scripts = site.scripts({ aim: { kind: 'pdb', pdb, auxiliaryFolder }, end });

    const run = await runScripts(host, [scriptText(scripts, 'restore.rman')]);

    expect(run.exitCode, run.output).toBe(0);
    const scn = scnAtEndOf(2) + Math.floor((100_000 * 11.5) / 12);
    expect(await site.difference(host, scn, [5, 6])).toBeUndefined();
  });
});

describe('a restore fails, and opens nothing,', () => {
  const restore = () => scriptText(site.scripts({ aim: { kind: 'sets' } }), 'restore.rman');
  const staged = (pattern: RegExp) =>
    readdirSync(site.staged)
      .sort()
      .filter((name) => pattern.test(name))
      .map((name) => join(site.staged, name));
  afterEach(() => site.stage());

  it('without any of its lines, but those that do no harm', async () => {
    const exits: string[] = [];
    for (const mutant of dropLines(restore()).filter((each) => !isHarmless(each))) {
      const { exitCode, output } = await runScripts(site.emptyHost(), [mutant.text]);
      const isOpen =
        exitCode === 0 && output.lastIndexOf('Statement processed') > output.indexOf('Finished recover');
      if (isOpen) exits.push(mutant.title);
    }

    expect(exits).toEqual([]);
  });

  it('where an archived log is missing, and says which', async () => {
    // Those of the first nights are bridged by the incremental of the last.
    rmSync(staged(/^arch_/).at(-1) ?? '');

    const { exitCode, output } = await runScripts(site.emptyHost(), [restore()]);

    expect(exitCode).toBe(1);
    expect(output).toMatch(/RMAN-0(6054|6025): .* thread 1 with sequence \d+ and starting SCN of \d+/);
  });

  it('where a block of a piece is not what was written', async () => {
    const [piece = ''] = staged(/^set_/);
    const bytes = readFileSync(piece);
    bytes[20 * 8192 + 100] = (bytes[20 * 8192 + 100] ?? 0) ^ 1;
    writeFileSync(piece, bytes);

    const { exitCode, output } = await runScripts(site.emptyHost(), [restore()]);

    expect(exitCode).toBe(1);
    expect(output).toMatch(/ORA-19599: block number \d+ is corrupt in backup piece/);
  });

  it('where the logs of the end are of another incarnation (S49)', async () => {
    const other = join(site.root, 'other incarnation');
    mkdirSync(other);
    const database = await findDatabase(site.original.database);
    if (database === undefined) throw new Error('there is no database');
    // As after OPEN RESETLOGS on the evening of the second day: the same numbers, other changes.
    const { changeShares, archivedLogs } = database;
    const state = {
      ...database,
      changeShares: changeShares.slice(0, 2),
      archivedLogs: archivedLogs.slice(0, 4),
      resetlogsId: database.resetlogsId + 1,
    };
    await saveDatabase(other, state);
    for (const piece of staged(/^arch_/).slice(-1)) rmSync(piece);
    const logs = `run { allocate channel c1 device type disk;
      backup as backupset format '${site.staged}/other_%U' archivelog all not backed up 1 times; }`;
    const backup = await rmanHere({ ...site.original, database: other }, logs, {
      now: '2026-04-11T01:30:00Z',
      FAKE_RMAN_PDB: pdb,
      FAKE_RMAN_CHANGE_SHARE: '0.2',
    });
    expect(backup.exitCode, backup.output).toBe(0);

    const { exitCode, output } = await runScripts(site.emptyHost(), [restore()]);

    expect(exitCode).toBe(1);
    expect(output).toMatch(/RMAN-0(6054|6025): .* thread 1 with sequence \d+/);
  });

  it('where the files are of another database', async () => {
    const text = restore().replace(/set dbid \d+/, 'set dbid 4242424242');

    const { exitCode, output } = await runScripts(site.emptyHost(), [text]);

    expect(exitCode).toBe(1);
    expect(output).toContain('RMAN-06189');
  });
});
