import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import { dailyBackup, makeFolder, runRman, smallDatabase } from '../../local/fake-rman/run-rman.ts';

describe('the log of the stand-in for RMAN', () => {
  it('has the files that it wrote', async () => {
    const folder = await makeFolder();

    const { output } = await runRman(dailyBackup(folder), smallDatabase(folder));

    const { map, facts } = parseRmanLog(output);
    expect(map.status).toBe('completed');
    expect(map.databases).toMatchObject([{ name: 'DEMO' }]);
    expect(map.imageCopies.map(({ output: path }) => path)).toEqual(
      expect.arrayContaining([expect.stringContaining('_FNO-1_daily')]),
    );
    expect(map.backupSets.every(({ kind }) => kind === 'archivelog')).toBe(true);
    expect(map.autobackups.length).toBeGreaterThan(0);
    expect(facts.doubts).toEqual([]);
  });

  it('says that it failed in the middle of a copy', async () => {
    const folder = await makeFolder();

    const { output } = await runRman(dailyBackup(folder), {
      ...smallDatabase(folder),
      FAKE_RMAN_FAIL: 'copy',
    });

    const { map } = parseRmanLog(output);
    expect(map.status).toBe('failed');
    expect(map.errors.length).toBeGreaterThan(0);
    expect(map.imageCopies.length).toBeLessThan(4);
  });
});
