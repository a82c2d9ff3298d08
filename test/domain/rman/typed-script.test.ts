import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TypedScript } from '../../../shared/domain/rman/state/typed-script.ts';
import {
  nothingTyped,
  readTyped,
  type Statement,
} from '../../../shared/domain/rman/state/typed-statements.ts';
import { emptyCodes } from '../../../shared/domain/rman/text/text-codes.ts';

/** Each line anew, however often it stood there. */
const readAll = (lines: readonly string[]): (readonly Statement[])[] => {
  let state = nothingTyped;
  return lines.map((line) => {
    const { statements, after } = readTyped(state, line);
    state = after;
    return statements;
  });
};

const readWithMemory = (lines: readonly string[], room?: number) => {
  const script = new TypedScript(room);
  let codes = emptyCodes();
  let again = 0;
  const statements = lines.map((line) => {
    codes = codes.read(line);
    const known = script.readAgain(codes, 0, line.length);
    if (known) again += 1;
    return known ?? script.readNew(codes, 0, line.length);
  });
  return { statements, again };
};

// What a line says depends on those before it: on braces, on what is stored, on a statement that goes on.
const lines = [
  'RMAN> run {',
  'RMAN> create script nightly {',
  'RMAN> backup',
  'RMAN> exit',
  '2> backup database;',
  '2> database;',
  '2> backup database plus archivelog; delete obsolete;',
  '2> {',
  '2> }',
  '2> ;',
  '2> a',
  '2>',
];

describe('a script that RMAN repeats', () => {
  it('says in each line what it says when all of it is read', () => {
    const script = fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 12 });
    const scripts = fc.array(script, { minLength: 1, maxLength: 3 });
    const nights = fc.array(fc.nat(2), { maxLength: 12 });
    // So small that lines are forgotten, and others remembered in their place.
    const room = fc.constantFrom(undefined, 8, 16, 40);

    fc.assert(
      fc.property(scripts, nights, room, (known, order, characters) => {
        const all = order.flatMap((at) => known[at % known.length] ?? []);

        expect(readWithMemory(all, characters).statements).toEqual(readAll(all));
      }),
      { numRuns: 400 },
    );
  });

  it('is read once where it is the same every night', () => {
    const night = ['RMAN> run {', '2> backup incremental level 1 database;', '3> }', 'RMAN> exit'];
    const nights = Array.from({ length: 10 }, () => night).flat();

    const { statements, again } = readWithMemory(nights);

    // The second time its first line is known, but not that it follows the last one.
    expect(again).toBe(nights.length - night.length - 1);
    expect(statements).toEqual(readAll(nights));
  });

  it('may have lines of any length', () => {
    const long = `2> backup database tag '${'x'.repeat(600)}';`;
    const nights = ['RMAN> run {', long, '2> }', 'RMAN> run {', long, '2> }', 'RMAN> run {', long, '2> }'];

    expect(readWithMemory(nights).statements).toEqual(readAll(nights));
  });
});
