import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRmanLogParser, parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import type { RmanMap } from '../../../shared/domain/rman/result/map.ts';
import { createLogDecoder } from '../../../shared/domain/rman/text/decode.ts';
import { readFixture } from './fixtures/parse-fixture.ts';
import { tongues } from './model/render.ts';
import { plannedSessions, writeSession } from './model/session.ts';

// The properties of model.test.ts over thousands of sessions, every cut of a whole log, and logs whose lines were shuffled or lost.

const RUNS = 5000;

const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 80 });
const chooser = (numbers: readonly number[]) => {
  let at = 0;
  return (count: number): number => {
    at += 1;
    return (numbers[at % numbers.length] ?? 0) % Math.max(1, count);
  };
};

const parseBytes = (bytes: Uint8Array): RmanMap => {
  const decoder = createLogDecoder();
  const parser = createRmanLogParser();
  parser.push(decoder.push(bytes));
  parser.push(decoder.end());
  return parser.end(decoder.encoding).map;
};

/** Handles of pieces that stand behind a `finished piece` in these lines: nothing else may be in a map. */
const finishedHandles = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/handle=(\S+)/g)].map(([, handle = '']) => handle));

const handlesOf = (map: RmanMap): string[] => [
  ...map.backupSets.flatMap(({ pieces }) => pieces.map(({ handle }) => handle)),
  ...map.autobackups.map(({ handle }) => handle),
];

describe('logs of a model of RMAN sessions', () => {
  it.each(tongues)('have the map of what the session did, in $title', (tongue) => {
    fc.assert(
      fc.property(plannedSessions, choices, (plan, numbers) => {
        const { text, truth } = writeSession(plan, tongue, chooser(numbers));
        const { map } = parseRmanLog(text);

        expect(map).toMatchObject(truth);
      }),
      { numRuns: RUNS },
    );
  });

  it('say nothing that is not finished, cut at any byte', () => {
    fc.assert(
      fc.property(plannedSessions, choices, fc.constantFrom(...tongues), (plan, numbers, tongue) => {
        const { text } = writeSession(plan, tongue, chooser(numbers));
        const bytes = Buffer.from(text);
        const whole = parseBytes(bytes);
        const sets = new Set(whole.backupSets.map((set) => JSON.stringify(set)));
        const copies = new Set(whole.imageCopies.map((copy) => JSON.stringify(copy)));

        for (let end = 0; end < bytes.length; end += 1) {
          const cut = parseBytes(bytes.subarray(0, end));
          for (const set of cut.backupSets) expect(sets).toContain(JSON.stringify(set));
          for (const copy of cut.imageCopies) expect(copies).toContain(JSON.stringify(copy));
          expect(cut.deletions.length).toBeLessThanOrEqual(whole.deletions.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('give a result, and no piece that they do not name, with lines lost, doubled or in another order', () => {
    const [english = tongues[0]] = tongues;
    if (!english) throw new Error('there is no tongue');
    fc.assert(
      fc.property(plannedSessions, choices, fc.infiniteStream(fc.nat({ max: 20 })), (plan, numbers, dice) => {
        const lines = writeSession(plan, english, chooser(numbers)).text.split('\n');
        const mangled: string[] = [];
        for (const line of lines) {
          const { value: die = 0 } = dice.next();
          if (die === 0) continue;
          if (die === 1) mangled.push(line);
          if (die === 2) mangled.unshift(line);
          else mangled.push(line);
        }
        const text = mangled.join('\n');

        const { map } = parseRmanLog(text);

        const named = finishedHandles(text);
        for (const handle of handlesOf(map)) expect(named).toContain(handle);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a whole log', () => {
  it('says nothing that is not finished, cut at every byte', () => {
    const bytes = readFixture('nightly-two-channels.log');
    const whole = parseBytes(bytes);

    for (let end = 0; end < bytes.length; end += 1) {
      const cut = parseBytes(bytes.subarray(0, end));
      for (const set of cut.backupSets) expect(whole.backupSets).toContainEqual(set);
      for (const each of cut.autobackups) expect(whole.autobackups).toContainEqual(each);
      for (const each of cut.deletions) expect(whole.deletions).toContainEqual(each);
    }
  });

  it('gives a result with any of its bytes changed', () => {
    const bytes = readFixture('nightly-two-channels.log');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (changes) => {
          const changed = Buffer.from(bytes);
          for (const [at, byte] of changes) changed[at] = byte;

          expect(parseBytes(changed).source).toBe('');
        },
      ),
      { numRuns: RUNS },
    );
  });
});
