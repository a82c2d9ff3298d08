import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeJudgement, readJudgementRows } from '../../../shared/domain/recoverability/judgement-json.ts';
import { makeJudgement } from '../../../shared/domain/recoverability/make-judgement.ts';
import { file, nextMap } from '../file-map/line.ts';
import { filesOfNight, nightLog } from './session.ts';

const night = { day: '2026-02-01' };

let bytes: Buffer;
beforeAll(async () => {
  const entries = filesOfNight(night).map((path) => file(path, path));
  const one = await nextMap(undefined, entries, [nightLog(night)]);
  const two = await nextMap(one, entries.slice(1), []);
  bytes = await encodeJudgement(makeJudgement(two, { map: one, lost: [] }));
});

const read = async (source: Uint8Array) => {
  const rows = [];
  for await (const row of readJudgementRows([source], 'judgement')) rows.push(row);
  return rows;
};
const changed = (change: (lines: string[]) => string[]) =>
  zstdCompressSync(
    change(zstdDecompressSync(bytes).toString().trimEnd().split('\n')).join('\n').concat('\n'),
  );

describe('a stored judgement', () => {
  it('has its header, verdicts, contents and what it remembers, in this order', async () => {
    const rows = await read(bytes);

    expect([...new Set(rows.map(({ row }) => row))]).toEqual([
      'judgement',
      'database',
      'holds',
      'lost',
      'lost-run',
      'lost-log',
    ]);
    expect(rows[0]).toMatchObject({ version: 1, number: 1, seq: 2, log: 'missing' });
  });

  it.each([
    ['is cut off', (lines: string[]) => lines.slice(0, -1)],
    ['lacks a row', (lines: string[]) => lines.filter((_, at) => at !== 1)],
    ['has rows behind its end', (lines: string[]) => [...lines, lines[1] ?? '']],
    ['has no header', (lines: string[]) => lines.slice(1)],
    ['is no JSON', () => ['nothing']],
  ])('is damaged when it %s', async (_, change) => {
    await expect(read(changed(change))).rejects.toMatchObject({ code: 'VAULT_OBJECT_DAMAGED' });
  });

  it('is damaged when its bytes are', async () => {
    await expect(read(bytes.subarray(0, 40))).rejects.toMatchObject({ code: 'VAULT_OBJECT_DAMAGED' });
  });

  it.each([
    ['version', (lines: string[]) => lines.map((line) => line.replace('"version":1', '"version":2'))],
    ['row', (lines: string[]) => lines.map((line) => line.replace('"row":"holds"', '"row":"other"'))],
  ])('of an unknown %s is refused by name', async (_, change) => {
    await expect(read(changed(change))).rejects.toMatchObject({ code: 'VAULT_FORMAT_UNSUPPORTED' });
  });
});
