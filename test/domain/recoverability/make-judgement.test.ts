import { describe, expect, it } from 'vitest';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { contentKeyOf } from '../../../shared/domain/recoverability/content-key.ts';
import { summarize } from '../../../shared/domain/recoverability/judgement.ts';
import type { StoredJudgement } from '../../../shared/domain/recoverability/judgement-json.ts';
import { makeJudgement } from '../../../shared/domain/recoverability/make-judgement.ts';
import { file, nextMap } from '../file-map/line.ts';
import { dbid, filesOfNight, type Night, nightLog } from './session.ts';

interface Point {
  readonly map: FileMap;
  readonly stored: StoredJudgement;
}

/** The next point of a line: a file's content is its name's, unless the name goes on behind `=`. */
async function next(before: Point | undefined, paths: readonly string[], ...nights: Night[]): Promise<Point> {
  const entries = paths.map((each) => {
    const [path = '', content = path] = each.split('=');
    return file(path, content);
  });
  const map = await nextMap(before?.map, entries, nights.map(nightLog));
  return { map, stored: makeJudgement(map, before && { map: before.map, lost: before.stored.lost }) };
}

const judged = ({ stored }: Point) => {
  const found = stored.judgement.databases.find((each) => each.dbid === dbid);
  if (found === undefined) throw new Error('the database was not judged');
  return found;
};
const lacked = (point: Point) =>
  judged(point)
    .lacksFiles.map(({ path }) => path)
    .sort();
const keyOf = (path: string) => {
  const entry = file(path, path);
  return contentKeyOf({ digest: entry.type === 'file' ? entry.digest : '' });
};

const sunday: Night = { day: '2026-02-01' };
const monday: Night = {
  day: '2026-02-02',
  level: 1,
  before: [[1, 122]],
  after: [[1, 123]],
  typed: 'backup incremental level 1 database plus archivelog;',
};
const tuesday: Night = { ...monday, day: '2026-02-03', before: [[1, 124]], after: [[1, 125]] };

describe('what a point lacks', () => {
  it('is nothing as long as all of its backups are there', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, [...filesOfNight(sunday), ...filesOfNight(monday)], monday);

    expect([judged(one).recoverable, judged(two).recoverable]).toEqual(['yes', 'yes']);
    expect(lacked(two)).toEqual([]);
    expect(two.stored.lost).toEqual([]);
  });

  it('is the level 0 of its incrementals, by the content that the point before held', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, filesOfNight(monday), monday);

    expect(judged(two).recoverable).toBe('unknown');
    expect(lacked(two)).toEqual(['df1-2026-02-01', 'df2-2026-02-01']);
    for (const { key } of judged(two).lacksFiles) expect(one.stored.holds.has(key)).toBe(true);
    for (const { key } of judged(two).lacksFiles) expect(two.stored.holds.has(key)).toBe(false);
    expect(judged(two).needsUnknown).toBeUndefined();
  });

  it('is remembered from point to point, however long the base is gone', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, filesOfNight(monday), monday);
    const three = await next(two, [...filesOfNight(monday), ...filesOfNight(tuesday)], tuesday);
    const four = await next(three, filesOfNight(tuesday));

    expect(lacked(three)).toEqual(['df1-2026-02-01', 'df2-2026-02-01']);
    expect(lacked(four)).toEqual(['df1-2026-02-01', 'df1-2026-02-02', 'df2-2026-02-01', 'df2-2026-02-02']);
  });

  it('is forgotten when a whole new level 0 has come', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, filesOfNight(monday), monday);
    const full: Night = { ...sunday, day: '2026-02-08', before: [[1, 130]], after: [[1, 131]] };
    const three = await next(two, [...filesOfNight(monday), ...filesOfNight(full)], full);

    expect(judged(three).recoverable).toBe('yes');
    expect(lacked(three)).toEqual([]);
    expect(three.stored.lost).toEqual([]);
  });

  it('is the earlier base again where the new level 0 did not reach the mount', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, filesOfNight(monday), monday);
    const full: Night = { ...sunday, day: '2026-02-08', before: [[1, 130]], after: [[1, 131]] };
    const three = await next(two, filesOfNight(monday), full);

    expect(lacked(three)).toEqual(['df1-2026-02-01', 'df2-2026-02-01']);
  });

  it('is what a file held before another was written in its place', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const overwritten = [
      'df1-2026-02-01=other',
      ...filesOfNight(sunday).filter((each) => !each.startsWith('df1')),
    ];
    const two = await next(one, [...overwritten, ...filesOfNight(monday)], monday);

    expect(lacked(two)).toEqual(['df1-2026-02-01']);
    expect(judged(two).lacksFiles[0]?.key).toBe(keyOf('df1-2026-02-01'));
    expect(two.stored.holds.has(keyOf('df1-2026-02-01'))).toBe(false);
  });

  it('is not what was only moved: the content is there', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const moved = filesOfNight(sunday).map((each) =>
      each.startsWith('df1') ? `data_D-LEDGER_I-1234567890_TS-USERS_FNO-1_0h4j5k6l=${each}` : each,
    );
    const two = await next(one, [...moved, ...filesOfNight(monday)], monday);

    expect(lacked(two)).toEqual([]);
    expect(judged(two).recoverable).not.toBe('yes');
  });

  it('are archived logs and the control file of the newest backup, too', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, ['df1-2026-02-01', 'df2-2026-02-01']);

    expect(judged(two).recoverable).toBe('no');
    expect(lacked(two)).toEqual(['arc-after-2026-02-01', 'arc-before-2026-02-01', 'cf-2026-02-01']);
  });

  it('are no archived logs of before the newest backup', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, [...filesOfNight(sunday), ...filesOfNight(monday)], monday);
    const withoutOld = ['df1-2026-02-01', 'df2-2026-02-01', ...filesOfNight(monday)];
    const three = await next(two, withoutOld);

    expect(judged(three).recoverable).toBe('yes');
    expect(lacked(three)).toEqual([]);
  });

  it('cannot be named where no log tells of the base', async () => {
    const one = await next(undefined, filesOfNight(sunday));
    const two = await next(one, filesOfNight(monday), monday);

    expect(judged(two)).toMatchObject({ recoverable: 'unknown', lacksFiles: [], needsUnknown: true });
  });

  it('is no base of a datafile that was added since: its first level 1 has every block', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const added = { ...monday, files: [1, 2, 3] };
    const two = await next(one, [...filesOfNight(sunday), ...filesOfNight(added)], added);

    expect(judged(two)).toMatchObject({ recoverable: 'yes', lacksFiles: [] });
    expect(judged(two).needsUnknown).toBeUndefined();
  });

  it('cannot be named of a database that comes back after nothing of it was there', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, ['readme']);
    const three = await next(two, filesOfNight(monday), monday);

    expect(judged(three)).toMatchObject({ recoverable: 'unknown', lacksFiles: [], needsUnknown: true });
  });

  it('is nothing where nothing of the database is left', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, ['readme']);

    expect(two.stored.judgement.databases.flatMap(({ lacksFiles }) => lacksFiles)).toEqual([]);
  });
});

describe('a judgement', () => {
  it('says whether a log of the point itself was read to its end', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const two = await next(one, filesOfNight(sunday));

    expect([one, two].map(({ stored }) => stored.judgement.log)).toEqual(['read', 'missing']);
    expect(judged(two).recoverable).toBe('yes');
  });

  it('in short has room for a thousand databases, and counts the others', async () => {
    const one = await next(undefined, filesOfNight(sunday), sunday);
    const [database] = one.stored.judgement.databases;
    const databases = Array.from({ length: 1500 }, (_, index) => ({
      ...judged(one),
      ...database,
      dbid: `${index}`,
    }));
    const summary = summarize({ ...one.stored.judgement, databases });

    expect(summary).toMatchObject({ number: 1, log: 'read', omitted: 500 });
    expect(summary.databases[0]).toEqual({ dbid: '0', recoverable: 'yes' });
    // DynamoDB counts names, values and one byte or three around each: JSON is not far from it.
    expect(JSON.stringify(summary).length).toBeLessThan(100_000);
  });
});
