import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scnAtEndOf } from '../../../local/fake-rman/workload.ts';
import { copyNights, pdb, RestoreSite, runScripts, scriptText } from './restore-site.ts';

const site = new RestoreSite();
const copySite = new RestoreSite();
beforeAll(async () => {
  await site.prepare();
  await copySite.prepare(copyNights);
});
afterAll(() => {
  site.remove();
  copySite.remove();
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
    expect(run.exitCode, run.output).toBe(0);
    expect(run.output).toContain('destination for restore of datafile 1');
    expect(await copySite.difference(host, lastNight)).toBeUndefined();
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
