import { describe, expect, it } from 'vitest';
import { chooseParent, type LevelOrder } from '../../shared/domain/choose-parent.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';

const now = '2026-03-01T00:00:00.000Z' as Instant;

/** Backups of a line: `0`, `1<0` (level 1 on the backup of place 0), with marks behind a blank. */
function line(...texts: readonly string[]): RecoveryPoint[] {
  return texts.map((text, seq) => {
    const [made = '', ...marks] = text.split(' ');
    const [level, parent] = made.split('<');
    const mark = (name: string) => marks.includes(name);
    return {
      recoveryPointId: `point-${seq}`,
      seq,
      state: mark('pending') ? 'pending-deletion' : mark('gone') ? 'tombstone' : 'available',
      expiresAt: mark('expired') ? '2026-02-01T00:00:00.000Z' : 'never',
      ...(mark('failed') && { warnings: [{ code: 'BACKUP_FAILED', text: 'RMAN-03009' }] }),
      ...(mark('lost') && { judgement: { databases: [{ dbid: '1', recoverable: 'no' }] } }),
      ...(!mark('script') && {
        request: {
          database: mark('other') ? 'HR' : 'SALES',
          ...(level !== 'logs' && { level: Number(level) }),
          ...(parent !== undefined && { parentId: `point-${parent}` }),
        },
      }),
    } as unknown as RecoveryPoint;
  });
}

function choose(order: LevelOrder, texts: readonly string[], highestLevel = 9): string {
  const choice = chooseParent(order, { database: 'SALES', highestLevel, points: line(...texts), now });
  if ('refused' in choice) return `${choice.code}: ${choice.refused}`;
  if ('parent' in choice) return `${choice.level}<${choice.parent.seq}`;
  return choice.fullBecause === undefined ? 'full' : `full: ${choice.fullBecause}`;
}

describe('a level', () => {
  it.each<[string, number, string[], string]>([
    ['0 is full, whatever there is', 0, ['0', '1<0'], 'full'],
    ['1 of a database without a backup is full', 1, [], 'full: database SALES has no backup yet'],
    ['1 builds on the newest level 0', 1, ['0', '0'], '1<1'],
    ['1 builds on the level 0 also after a level 1', 1, ['0', '1<0'], '1<0'],
    ['3 builds on the highest level below it', 3, ['0', '1<0', '2<1', '0'], '3<2'],
    ['2 builds on a level 0 where there is no level 1', 2, ['0'], '2<0'],
    ['1 does not build on what is pending', 1, ['0', '0 pending'], '1<0'],
    ['1 does not build on what has expired', 1, ['0', '0 expired'], '1<0'],
    ['1 does not build on a failed backup', 1, ['0', '0 failed'], '1<0'],
    ['1 does not build on what cannot be restored', 1, ['0', '0 lost'], '1<0'],
    ['1 does not build on a tombstone', 1, ['0', '0 gone'], '1<0'],
    ['1 does not build on another database', 1, ['0', '0 other'], '1<0'],
    ['1 does not build on what a script made', 1, ['0 script'], 'full: database SALES has no backup'],
    ['1 does not build on archived logs', 1, ['0', 'logs'], '1<0'],
    ['1 is full when no base is usable', 1, ['0 failed', '0 expired'], 'full: none of the 2 backups'],
  ])('%s', (_, level, texts, expected) => {
    expect(choose({ level }, texts)).toContain(expected);
  });

  it('above what the agent makes is refused', () => {
    expect(choose({ level: 2 }, ['0'], 1)).toBe(
      'LEVEL_UNSUPPORTED: level 2: the agent of database SALES makes 0 to 1',
    );
  });
});

describe('a named parent', () => {
  const on = (seq: number, level?: number): LevelOrder => ({
    parentId: `point-${seq}` as UploadId,
    ...(level !== undefined && { level }),
  });

  it.each<[string, LevelOrder, string[], number, string]>([
    ['is taken when it is the newest', on(0), ['0'], 1, '1<0'],
    ['of level 1 gets a child of level 1 where there is no higher one', on(1), ['0', '1<0'], 1, '1<1'],
    ['gets a child of the level above where there is one', on(1), ['0', '1<0'], 9, '2<1'],
    ['gets a child of the level that is asked for', on(0, 3), ['0'], 9, '3<0'],
    ['with a child is refused', on(0), ['0', '1<0'], 1, 'it has a child, point-1'],
    ['whose child is gone is free again', on(0), ['0', '1<0 gone'], 1, '1<0'],
    ['whose child is pending is not', on(0), ['0', '1<0 pending'], 1, 'it has a child'],
    ['that RMAN would pass over is refused', on(0), ['0', '0'], 1, 'point-1 of level 0 is newer'],
    ['of another database is refused', on(0), ['0 other'], 1, 'no completed backup of database SALES'],
    ['that a script made is refused', on(0), ['0 script'], 1, 'no completed backup'],
    ['that nobody knows is refused', on(7), ['0'], 1, 'no completed backup'],
    ['that has expired is refused', on(0), ['0 expired'], 1, 'it expired at'],
    ['that is pending is refused', on(0), ['0 pending'], 1, 'it is pending-deletion'],
    ['that failed is refused', on(0), ['0 failed'], 1, 'BACKUP_FAILED: RMAN-03009'],
    ['of a full backup is refused', on(0, 0), ['0'], 1, 'is full and has none'],
    ['of a higher level is refused', on(1, 1), ['0', '2<0'], 9, 'it has level 2, which is above 1'],
  ])('%s', (_, order, texts, highestLevel, expected) => {
    expect(choose(order, texts, highestLevel)).toContain(expected);
  });
});

describe('an incremental on the newest', () => {
  it.each<[string, string[], string]>([
    ['of a database without a backup is full', [], 'full: database SALES has no backup yet'],
    ['continues the chain', ['0', '1<0', '1<1'], '1<2'],
    ['begins a chain on a new level 0', ['0', '1<0', '0'], '1<2'],
    ['is full when the newest failed, for the one before has a child', ['0', '1<0 failed'], 'full: none'],
    ['passes over what is of no database', ['0', 'logs'], '1<0'],
  ])('%s', (_, texts, expected) => {
    expect(choose({ incremental: true }, texts, 1)).toContain(expected);
  });
});
