import { describe, expect, it } from 'vitest';
import { explore, type Model } from './explore.ts';
import { journalModel } from './journal-model.ts';
import { lineageModel } from './lineage-model.ts';
import { mutants } from './mutants.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);
const look =
  (name: string) =>
  <S>(model: Model<S>) => {
    const result = explore(model, {
      maxStates: 8_000_000,
      onProgress: (states) => say(`${name}: ${states.toLocaleString('en-US')} states so far`),
    });
    const { states, violation } = result;
    say(`${name}: ${states.toLocaleString('en-US')} states, ${violation ? violation.what : 'nothing found'}`);
    return result;
  };

const large = {
  ...{ points: 3, runs: 1, hasRestore: false, hasClone: false },
  ...{ hasLatePuts: false, hasStrays: false },
};

describe('the protocol', () => {
  it('at three points, two runs, a restore and late PUTs loses nothing, leaves nothing behind, and can always be drained', () => {
    const scope = { ...large, runs: 2, hasRestore: true, hasLatePuts: true };

    expect(look('the protocol')(lineageModel(scope))).toEqual({ states: expect.any(Number) });
  });

  it('at three points and one run, with objects that nothing names, does so too', () => {
    const scope = { ...large, hasLatePuts: true, hasStrays: true };

    expect(look('the protocol, strays')(lineageModel(scope))).toEqual({ states: expect.any(Number) });
  });

  it('at three points and one run, with clones beside restores, does so too', () => {
    const scope = { ...large, hasRestore: true, hasClone: true };

    expect(look('the protocol, clones')(lineageModel(scope))).toEqual({ states: expect.any(Number) });
  });

  it('is safe as well where the transition comes first and the neighbours are read after it', () => {
    const scope = { ...large, runs: 2 };
    const model = lineageModel(scope, { decision: 'transition-first' });

    expect(look('transition first')(model)).toEqual({ states: expect.any(Number) });
  });

  it('survives the loss of the catalog', () => {
    expect(look('journal')(journalModel())).toEqual({ states: expect.any(Number) });
  });
});

describe('the protocol without one of its rules', () => {
  it.each(mutants)('$name: $found', ({ name, found, explore: visit }) => {
    const { violation } = visit(look(name));

    expect(violation?.what).toContain(found);
    say(`   ${violation?.trace.join('; ')}`);
  });
});
