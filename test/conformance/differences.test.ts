import { describe, expect, it } from 'vitest';
import { compare, type Differences, refresh, type TestResult } from './differences.ts';

const passed = (name: string): TestResult => ({ name, isPassed: true, failure: '' });
const failed = (name: string): TestResult => ({ name, isPassed: false, failure: 'expected 200' });
const listed: Differences = [{ reason: 'the other one has no locks', tests: ['locks', 'holds'] }];

describe('the differences of a conformance run', () => {
  it('are as expected when just those happen that have a reason', () => {
    const results = [passed('reads'), failed('locks'), failed('holds')];

    expect(compare(results, listed)).toEqual({ explained: 2, problems: [] });
  });

  it.each([
    ['one that nobody explained', [failed('locks'), failed('holds'), failed('reads')], /^differs: reads/],
    ['one that does not happen any more', [failed('locks'), passed('holds')], /does not differ: holds$/],
    ['one whose test is gone', [failed('locks')], /no such test: holds$/],
  ])('are wrong with %s', (_, results, problem) => {
    expect(compare(results, listed).problems).toEqual([expect.stringMatching(problem)]);
  });

  it('may stay away when they are a race, as long as their test is there', () => {
    const races: Differences = [{ reason: 'a race', sometimes: true, tests: ['twice'] }];

    expect(compare([passed('twice')], races).problems).toEqual([]);
    expect(refresh([passed('twice')], races)).toEqual(races);
    expect(compare([], races).problems).toEqual([expect.stringMatching(/no such test: twice$/)]);
    expect(refresh([passed('reads')], races)).toEqual([]);
  });

  it('are wrong while a refreshed list waits for a reason', () => {
    const results = [failed('locks'), passed('holds'), failed('reads')];

    const list = refresh(results, listed);

    expect(list).toEqual([
      { reason: 'the other one has no locks', tests: ['locks'] },
      { reason: '', tests: ['reads'] },
    ]);
    expect(compare(results, list).problems).toEqual([expect.stringMatching(/^differs: reads/)]);
  });
});
