import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRmanLogParser, parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import type { RmanMap } from '../../../shared/domain/rman/result/map.ts';
import { codesOf } from '../../../shared/domain/rman/text/text-codes.ts';
import { languages } from '../../../shared/domain/rman/wordings/languages/all.ts';
import type { MessageKind } from '../../../shared/domain/rman/wordings/message.ts';
import { matchMessage } from '../../../shared/domain/rman/wordings/recogniser.ts';
import { fill, tongues } from './model/render.ts';
import { plannedSessions, writeSession } from './model/session.ts';

/** The order in which channels print, out of a list of random numbers. */
const chooser = (numbers: readonly number[]) => {
  let at = 0;
  return (count: number): number => {
    at += 1;
    return (numbers[at % Math.max(1, numbers.length)] ?? 0) % Math.max(1, count);
  };
};
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 50 });

const relevant = ({
  databases,
  backupSets,
  imageCopies,
  autobackups,
  deletions,
  errors,
  status,
}: RmanMap) => ({
  databases,
  backupSets,
  imageCopies,
  autobackups,
  deletions,
  errors,
  status,
});

const byHandle = (map: Pick<RmanMap, 'backupSets'>) =>
  new Map(map.backupSets.map((set) => [set.pieces[0]?.handle, set]));

describe('the map of a model of RMAN sessions', () => {
  it.each(tongues)('is what the session did, in $title', (tongue) => {
    fc.assert(
      fc.property(plannedSessions, choices, (plan, numbers) => {
        const { text, truth } = writeSession(plan, tongue, chooser(numbers));

        expect(relevant(parseRmanLog(text).map)).toEqual(truth);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same however the channels interleave', () => {
    fc.assert(
      fc.property(plannedSessions, choices, fc.constantFrom(...tongues), (plan, numbers, tongue) => {
        const mixed = parseRmanLog(writeSession(plan, tongue, chooser(numbers)).text).map;
        const oneByOne = parseRmanLog(writeSession(plan, tongue, () => 0).text).map;

        expect(byHandle(mixed)).toEqual(byHandle(oneByOne));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same however the text is cut into chunks', () => {
    fc.assert(
      fc.property(
        plannedSessions,
        choices,
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        (plan, numbers, sizes) => {
          const { text } = writeSession(plan, tongues[0] as (typeof tongues)[number], chooser(numbers));
          const parser = createRmanLogParser();
          for (let at = 0, turn = 0; at < text.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            parser.push(text.slice(at, at + size));
            at += size;
          }

          expect(parser.end()).toEqual(parseRmanLog(text));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of a log that is cut anywhere holds nothing that the whole log does not', () => {
    fc.assert(
      fc.property(
        plannedSessions,
        choices,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(...tongues),
        (plan, numbers, share, tongue) => {
          const { text } = writeSession(plan, tongue, chooser(numbers));
          const whole = parseRmanLog(text).map;

          const cut = parseRmanLog(text.slice(0, Math.floor(text.length * share))).map;

          const sets = byHandle(whole);
          for (const set of cut.backupSets) expect(set).toEqual(sets.get(set.pieces[0]?.handle));
          for (const copy of cut.imageCopies) expect(whole.imageCopies).toContainEqual(copy);
          for (const each of cut.autobackups) expect(whole.autobackups).toContainEqual(each);
          for (const each of cut.deletions) expect(whole.deletions).toContainEqual(each);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says truncated while a command is open', () => {
    fc.assert(
      fc.property(plannedSessions, choices, fc.nat({ max: 10_000 }), (plan, numbers, place) => {
        const lines = writeSession(
          { ...plan, deletes: false, autobackup: false },
          tongues[0] as (typeof tongues)[number],
          chooser(numbers),
        ).text.split('\n');
        const started = lines.findIndex((line) => line.startsWith('Starting'));
        const finished = lines.findIndex((line) => line.startsWith('Finished'));
        const kept = started + 1 + (place % (finished - started));

        expect(parseRmanLog(`${lines.slice(0, kept).join('\n')}\n`).map.status).toBe('truncated');
      }),
      { numRuns: 100 },
    );
  });
});

const samples: Readonly<Record<string, string>> = {
  command: 'backup',
  date: '09-NOV-31',
  channel: 'CH_7',
  elapsed: '01:02:03',
  handle: 'D:\\SICHERUNG\\ORDNER MIT LÜCKE\\P_1_1',
  name: '/u09/daten/a b.dbf',
  output: '/u09/kopie/c d.dbf',
  tag: 'TWO WORDS',
  comment: 'API Version 2.0,MMS Version 9.9.9.9',
  version: '19.1.2.3.4',
  instance: 'inst2',
  device: 'SBT_TAPE',
};

describe('wordings', () => {
  const all = languages.flatMap((language) =>
    Object.entries(language.wordings).flatMap(([kind, wordings]) =>
      wordings.map((wording) => ({
        language,
        kind: kind as MessageKind,
        wording,
        title: `${language.name}: ${wording}`,
      })),
    ),
  );

  it.each(all)('are understood with all their values: $title', ({ language, kind, wording }) => {
    const names = [...wording.matchAll(/\{(\w+)\}/g)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'ch');
    const values = Object.fromEntries(
      names.map((name, index) => [name, samples[name] ?? String(41 + index)]),
    );
    const line = fill(language, wording, { ...values, channel: 'CH_7' });

    const message = matchMessage(codesOf(line), 0, line.length) as Record<string, unknown> | undefined;

    expect(message?.kind).toBe(kind);
    for (const [name, value] of Object.entries(values)) {
      expect(String(message?.[name])).toBe(name === 'elapsed' ? '3723' : value);
    }
  });
});
