import { describe, expect, it } from 'vitest';
import { decisionModel } from './decision-model.ts';
import { explore, type Model } from './explore.ts';
import { forkModel } from './fork-model.ts';
import { journalModel } from './journal-model.ts';
import { lineageModel } from './lineage-model.ts';
import { mutants } from './mutants.ts';

// The rules of upload, commit and deletion as a model of which every state is looked at. Here in its smallest scope;
// `npm run prove -- protocol-model` goes through the larger one and all mutants.

const look = <S>(model: Model<S>) => explore(model, { maxStates: 200_000 });

describe('the protocol at two points and one run', () => {
  it('loses nothing, leaves nothing behind, and can always be drained', () => {
    const scope = {
      ...{ points: 2, runs: 1, hasRestore: true, hasClone: false },
      ...{ hasLatePuts: true, hasStrays: true },
    };

    expect(look(lineageModel(scope))).toEqual({ states: expect.any(Number) });
  });

  it('does so too while clones stand', () => {
    const scope = {
      ...{ points: 2, runs: 1, hasRestore: false, hasClone: true },
      ...{ hasLatePuts: true, hasStrays: false },
    };

    expect(look(lineageModel(scope))).toEqual({ states: expect.any(Number) });
  });

  it('decides on deletions so that no base, hold or last usable point is lost', () => {
    expect(look(decisionModel())).toEqual({ states: expect.any(Number) });
  });

  it('is not misled by two gateways that believe to be one', () => {
    expect(look(forkModel())).toEqual({ states: expect.any(Number) });
  });

  it('survives the loss of the catalog', () => {
    expect(look(journalModel({ recordIsWritten: 'before-the-commit' }))).toEqual({
      states: expect.any(Number),
    });
  });
});

describe('the protocol without one of its rules', () => {
  it.each(mutants.filter(({ size }) => size === 'small'))('$name: $found', ({ found, explore: visit }) => {
    const { violation } = visit(look);

    expect(violation?.what).toContain(found);
    expect(violation?.trace.length).toBeGreaterThan(2);
  });
});
