import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../local/events/event-pattern.ts';
import type { EventEnvelope } from '../../../local/services.ts';

const eventWith = (detail: unknown): EventEnvelope => ({
  version: '0',
  id: 'e-1',
  source: 'aws.s3',
  account: '123456789012',
  region: 'eu-central-1',
  time: '2026-11-21T10:00:00Z',
  resources: ['arn:aws:s3:::vault'],
  'detail-type': 'Object Created',
  detail,
});
const matches = (detailPattern: unknown, detail: unknown): boolean =>
  compilePattern({ detail: detailPattern })(eventWith(detail));

describe('an event pattern', () => {
  it('needs every field to match, by any of its alternatives', () => {
    const filter = compilePattern({
      source: ['aws.s3', 'aws.ec2'],
      'detail-type': ['Object Created'],
      detail: { bucket: { name: ['vault'] }, object: { key: [{ prefix: 'v1/' }] } },
    });

    expect(filter(eventWith({ bucket: { name: 'vault' }, object: { key: 'v1/a' } }))).toBe(true);
    expect(filter(eventWith({ bucket: { name: 'vault' }, object: { key: 'v2/a' } }))).toBe(false);
    expect(filter(eventWith({ bucket: { name: 'other' }, object: { key: 'v1/a' } }))).toBe(false);
    expect(filter(eventWith({ bucket: { name: 'vault' } }))).toBe(false);
  });

  const cases: [string, unknown, readonly unknown[], readonly unknown[]][] = [
    [
      'exact values of their type',
      ['5', 7, true, null],
      ['5', 7, true, null],
      [5, '7', 'true', 'null', undefined],
    ],
    ['prefix', [{ prefix: 'v1/' }], ['v1/x', 'v1/'], ['v2', 1, undefined]],
    ['suffix', [{ suffix: '.zst' }], ['a.zst'], ['a.zs', undefined]],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'Ready' }], ['READY'], ['read', 1]],
    ['wildcard', [{ wildcard: 'v1/*/a.b\\*' }], ['v1/x/y/a.b*'], ['v1/x/aXb*', 'v1/x/a.bc']],
    ['anything-but a value', [{ 'anything-but': 'a' }], ['b', 1], ['a', undefined]],
    ['anything-but a list', [{ 'anything-but': ['a', 1] }], ['b', '1'], ['a', 1]],
    ['anything-but a prefix', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c', 1], ['ax', 'bx']],
    ['exists', [{ exists: true }], [0, null, ''], [undefined]],
    ['exists false', [{ exists: false }], [undefined], [0, null]],
    ['numeric range', [{ numeric: ['>', 0, '<=', 5] }], [1, 5], [0, 5.1, '3', undefined]],
    ['items of a list in the event', ['a', { prefix: 'x' }], [['b', 'a'], ['xy']], [['b'], []]],
  ];
  it.each(cases)('matches %s', (_, pattern, matching, others) => {
    expect(matching.filter((field) => !matches({ field: pattern }, { field }))).toEqual([]);
    expect(others.filter((field) => matches({ field: pattern }, { field }))).toEqual([]);
  });

  it('finds an object within a list', () => {
    const pattern = { items: { id: ['2'] } };

    expect(matches(pattern, { items: [{ id: '1' }, { id: '2' }] })).toBe(true);
    expect(matches(pattern, { items: [{ id: '1' }] })).toBe(false);
  });

  const refused: [string, unknown, RegExp][] = [
    [
      'an operator that is not supported',
      { detail: { ip: [{ cidr: '10.0.0.0/8' }] } },
      /EventPattern.detail.ip: the operator cidr is not supported/,
    ],
    ['$or', { $or: [{ source: ['a'] }] }, /EventPattern.\$or is not supported/],
    ['a value that is no list', { source: 'aws.s3' }, /EventPattern.source must be an object/],
    ['an empty list', { source: [] }, /EventPattern.source must not be an empty list/],
    ['an empty pattern', {}, /EventPattern must be an object with at least one field/],
    [
      'a comparison that does not exist',
      { detail: { n: [{ numeric: ['!=', 1] }] } },
      /needs pairs of a comparison/,
    ],
    [
      'an operator inside anything-but',
      { detail: { n: [{ 'anything-but': { cidr: 'x' } }] } },
      /anything-but.cidr is not supported/,
    ],
  ];
  it.each(refused)('with %s is refused', (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(message);
  });
});
