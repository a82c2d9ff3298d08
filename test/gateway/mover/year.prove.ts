import { expect, test } from 'vitest';
import { bytesKept, type DayCost, liveThroughYear } from './year.ts';

const mebibyte = 2 ** 20;
const keptDays = 30;

const shape = {
  days: Number(process.env.DAYS ?? 365),
  // 8 MiB in two image copies, of which 2 % change every day.
  blocksPerCopy: 512,
  changedBlocksPerCopy: 10,
  logBytes: 40_000,
  // The gateway's own share; its budget of bytes scaled to this database.
  rewrite: { belowShare: 0.25, maxBytes: mebibyte },
};
const liveBytes = 2 * shape.blocksPerCopy * 8192 + 7 * shape.logBytes;

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const toMib = (bytes: number) => (bytes / mebibyte).toFixed(2);

function describe(name: string, costs: readonly DayCost[]): string {
  const rewritten = costs.map(({ sentBytes, changedBytes }) => sentBytes / changedBytes);
  return [
    `${name}: ${toMib(mean(costs.map((cost) => cost.sentBytes)))} MiB sent a day`,
    `${mean(rewritten).toFixed(2)} times what changed (at most ${Math.max(...rewritten).toFixed(2)})`,
    `${mean(costs.map((cost) => cost.packs)).toFixed(0)} packs a restore (at most ${Math.max(...costs.map((cost) => cost.packs))})`,
    `${(mean(costs.map((cost) => cost.packBytes)) / liveBytes).toFixed(2)} times the data in these packs`,
  ].join(', ');
}

test('a year of daily points neither grows nor slows down, and every month of it restores', async () => {
  const { line, costs } = await liveThroughYear(shape);

  const daily = costs.slice(1);
  const quarters = [0, 1, 2, 3].map((index) =>
    daily.slice((index * daily.length) / 4, ((index + 1) * daily.length) / 4),
  );
  for (const [index, quarter] of quarters.entries()) console.log(describe(`quarter ${index + 1}`, quarter));
  const kept = bytesKept(costs, keptDays);
  const changedWhileKept = costs.slice(-keptDays).reduce((sum, { changedBytes }) => sum + changedBytes, 0);
  console.log(
    `${keptDays} points kept: ${toMib(kept)} MiB stored for ${toMib(liveBytes)} MiB of data and ${toMib(changedWhileKept)} MiB of changes`,
  );

  // Each day: what changed, and at most as much again to empty thin packs.
  expect(mean(daily.map(({ sentBytes, changedBytes }) => sentBytes / changedBytes))).toBeLessThan(2);
  for (const { sentBytes, changedBytes } of daily) {
    expect(sentBytes).toBeLessThan(changedBytes * 1.1 + shape.rewrite.maxBytes);
  }
  // A restore: no pack has less than the share in use for long, so a day's packs go within a few months.
  expect(Math.max(...daily.map(({ packs }) => packs))).toBeLessThan(150);
  const [, , third = 0, fourth = 0] = quarters.map((quarter) => mean(quarter.map(({ packs }) => packs)));
  expect(fourth).toBeLessThan(1.2 * third);
  // A pack that a restore needs has a quarter in use, or was emptied as far as the day's budget went.
  const mostBytes = liveBytes / shape.rewrite.belowShare;
  expect(Math.max(...daily.map(({ packBytes }) => packBytes))).toBeLessThan(1.1 * mostBytes);
  // The vault: what a restore needs, and what changed or was stored anew in the time that points are kept.
  expect(kept).toBeLessThan(mostBytes + 2 * changedWhileKept);
  const months = costs.filter((_, day) => day % 30 === 4);
  for (const { point } of months) await line.expectRestorable(point);
});
