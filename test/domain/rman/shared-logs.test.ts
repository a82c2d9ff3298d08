import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRmanLogParser } from '../../../shared/domain/rman/log-parser.ts';
import type { ParsedRmanLog } from '../../../shared/domain/rman/result/facts.ts';
import type { RmanMap } from '../../../shared/domain/rman/result/map.ts';
import { createLogDecoder } from '../../../shared/domain/rman/text/decode.ts';

/** Real logs, which are not part of the project; without them these tests have nothing to read and skip themselves. */
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'rman');
const isThere = existsSync(join(folder, 'truth'));

const filesOf = (name: string, pattern: RegExp): string[] =>
  isThere ? readdirSync(join(folder, name)).filter((file) => pattern.test(file)) : [];

const parseBytes = (bytes: Buffer, chunk = 4096): ParsedRmanLog => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser();
  for (let at = 0; at < bytes.length; at += chunk) parser.push(decoder.push(bytes.subarray(at, at + chunk)));
  parser.push(decoder.end());
  return parser.end(decoder.encoding);
};

const parseFile = (path: string): ParsedRmanLog => {
  const bytes = readFileSync(join(folder, path));
  return parseBytes(path.endsWith('.gz') ? gunzipSync(bytes) : bytes);
};

/** Prose, and what depends on an echoed command. */
const notCompared = new Set(['source', 'note', 'commands', 'dbidFrom', 'announcedAs']);

const comparable = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !notCompared.has(key))
      .map(([key, inner]) => [key, comparable(inner)]),
  );
};

describe.skipIf(!isThere)('real logs (skipped where ../shared is absent)', () => {
  it.each(filesOf('truth', /\.json$/))('have the map that was written down for them: %s', (file) => {
    const truth = JSON.parse(readFileSync(join(folder, 'truth', file), 'utf8')) as RmanMap;

    expect(comparable(parseFile(truth.source).map)).toEqual(comparable(truth));
  });

  it.each(filesOf('corpus', /\.log$/))('are read without a doubt that is not said: %s', (file) => {
    const { map, facts } = parseFile(join('corpus', file));

    expect(facts.lines).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(map))).toEqual(map);
    for (const { pieces } of map.backupSets) expect(pieces.length).toBeGreaterThan(0);
    expect(facts.sources.backupSets).toHaveLength(map.backupSets.length);
  });

  it.each(filesOf('derived', /^(?!.*truncated).*\.(?:log|gz)$/))(
    'say the same when mechanically changed: %s',
    (file) => {
      const number = basename(file).slice(0, 3);
      const [parent = ''] = filesOf('corpus', new RegExp(`^${number}-.*\\.log$`));

      expect(comparable(parseFile(join('derived', file)).map)).toEqual(
        comparable(parseFile(join('corpus', parent)).map),
      );
    },
  );

  it.each(filesOf('derived', /truncated/))('say no more when cut, and that they are: %s', (file) => {
    const number = basename(file).slice(0, 3);
    const [parent = ''] = filesOf('corpus', new RegExp(`^${number}-.*\\.log$`));
    const whole = parseFile(join('corpus', parent)).map;

    const { map } = parseFile(join('derived', file));

    expect(map.status).toBe('truncated');
    expect(map.backupSets.length).toBeGreaterThan(0);
    for (const set of map.backupSets) expect(whole.backupSets).toContainEqual(set);
    for (const each of map.autobackups) expect(whole.autobackups).toContainEqual(each);
  });

  it.each(filesOf('truth', /\.json$/))('say no more when cut at any byte: %s', (file) => {
    const { source } = JSON.parse(readFileSync(join(folder, 'truth', file), 'utf8')) as RmanMap;
    const bytes = readFileSync(join(folder, source));
    const whole = parseBytes(bytes).map;
    const sets = new Set(whole.backupSets.map((set) => JSON.stringify(set)));
    const step = Math.max(1, Math.floor(bytes.length / 200));

    for (let end = 0; end < bytes.length; end += step) {
      const { map } = parseBytes(bytes.subarray(0, end));

      for (const set of map.backupSets) expect(sets).toContain(JSON.stringify(set));
      for (const copy of map.imageCopies) expect(whole.imageCopies).toContainEqual(copy);
      for (const each of map.autobackups) expect(whole.autobackups).toContainEqual(each);
      for (const each of map.deletions) expect(whole.deletions).toContainEqual(each);
    }
  });
});
