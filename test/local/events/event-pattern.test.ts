import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
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
/** Asks the EventBridge at HOLDFAST_EVENTS_ENDPOINT, or else the compiled pattern itself. */
const matches = async (detailPattern: unknown, detail: unknown): Promise<boolean> => {
  const pattern = { detail: detailPattern };
  const endpoint = process.env.HOLDFAST_EVENTS_ENDPOINT;
  if (endpoint === undefined) return compilePattern(pattern)(eventWith(detail));
  const command = { EventPattern: JSON.stringify(pattern), Event: JSON.stringify(eventWith(detail)) };
  const client = new EventBridgeClient({ endpoint, region: process.env.AWS_REGION ?? 'us-east-1' });
  const { Result } = await client.send(new TestEventPatternCommand(command));
  client.destroy();
  return Result === true;
};

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
    ['anything-but a list', [{ 'anything-but': ['a', 'c'] }], ['b', 1, ['a', 'b']], ['a', 'c', ['a']]],
    ['anything-but a prefix', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c', 1], ['ax', 'bx']],
    ['exists', [{ exists: true }], [0, null, ''], [undefined]],
    ['exists false', [{ exists: false }], [undefined], [0, null]],
    ['numeric range', [{ numeric: ['>', 0, '<=', 5] }], [1, 5], [0, 5.1, '3', undefined]],
    ['numeric equality', [{ numeric: ['=', 3] }], [3, 3.0], [4, '3']],
    ['cidr', [{ cidr: '10.0.0.0/24' }], ['10.0.0.7'], ['10.0.1.7', 'x', 10, '::1']],
    ['cidr of IPv6', [{ cidr: '2001:db8::/32' }], ['2001:db8::1'], ['2001:db9::1', '10.0.0.1']],
    ['prefix whatever its case', [{ prefix: { 'equals-ignore-case': 'V1/' } }], ['v1/x', 'V1/x'], ['v2/']],
    ['suffix whatever its case', [{ suffix: { 'equals-ignore-case': '.ZST' } }], ['a.zst'], ['a.zs']],
    ['anything-but numbers', [{ 'anything-but': [1, 2] }], [3, '1'], [1, 2, undefined]],
    ['anything-but a suffix', [{ 'anything-but': { suffix: '.tmp' } }], ['a', 5], ['a.tmp', undefined]],
    [
      'anything-but a text whatever its case',
      [{ 'anything-but': { 'equals-ignore-case': ['A', 'b'] } }],
      ['c'],
      ['a', 'B'],
    ],
    ['anything-but a wildcard', [{ 'anything-but': { wildcard: '*/tmp/*' } }], ['a/b'], ['a/tmp/b']],
    ['a backslash in a wildcard', [{ wildcard: 'a\\\\*' }], ['a\\b'], ['ab']],
    ['exists for values only', [{ exists: true }], [['x']], [{ a: 1 }, [], [{ a: 1 }]]],
    ['exists false for what has no value', [{ exists: false }], [{ a: 1 }, []], [['x']]],
    ['items of a list in the event', ['a', { prefix: 'x' }], [['b', 'a'], ['xy']], [['b'], []]],
  ];
  it.each(cases)('matches %s', async (_, pattern, matching, others) => {
    const results = [];
    for (const field of [...matching, ...others]) results.push(await matches({ field: pattern }, { field }));

    expect(results).toEqual([...matching.map(() => true), ...others.map(() => false)]);
  });

  it('takes one of several patterns with $or, beside other fields', async () => {
    const pattern = {
      kind: ['k'],
      $or: [{ size: [{ numeric: ['>', 10] }] }, { inner: { $or: [{ a: [1] }, { b: [2] }] } }],
    };

    expect(await matches(pattern, { kind: 'k', size: 11 })).toBe(true);
    expect(await matches(pattern, { kind: 'k', inner: { b: 2 } })).toBe(true);
    expect(await matches(pattern, { kind: 'k', size: 1, inner: { b: 1 } })).toBe(false);
    expect(await matches(pattern, { kind: 'x', size: 11 })).toBe(false);
  });

  it('wants all fields of a nested pattern within the same item of a list', async () => {
    const pattern = { items: { id: ['1'], state: ['ok'] } };

    expect(await matches(pattern, { items: [{ id: '1', state: 'ok' }] })).toBe(true);
    expect(
      await matches(pattern, {
        items: [
          { id: '1', state: 'bad' },
          { id: '2', state: 'ok' },
        ],
      }),
    ).toBe(false);
  });

  it('finds an object within a list', async () => {
    const pattern = { items: { id: ['2'] } };

    expect(await matches(pattern, { items: [{ id: '1' }, { id: '2' }] })).toBe(true);
    expect(await matches(pattern, { items: [{ id: '1' }] })).toBe(false);
  });

  const refused: [string, unknown, RegExp][] = [
    [
      'an operator that does not exist',
      { detail: { ip: [{ 'sounds-like': 'x' }] } },
      /EventPattern.detail.ip: the operator sounds-like is not supported/,
    ],
    ['$or of one pattern', { $or: [{ source: ['a'] }] }, /EventPattern.\$or must be a list of two or more/],
    ['a list in a list', { source: [['a']] }, /EventPattern.source must not hold a list/],
    [
      'two operators in one object',
      { source: [{ prefix: 'a', suffix: 'b' }] },
      /give one operator an object/,
    ],
    ['a range of nothing', { detail: { n: [{ numeric: ['>', 5, '<', 5] }] } }, /a range is a lower limit/],
    ['an upper limit first', { detail: { n: [{ numeric: ['<', 5, '>', 0] }] } }, /a range is a lower limit/],
    ['a number that is too large', { detail: { n: [{ numeric: ['<', 6e9] }] } }, /between -5000000000/],
    ['an address without a range', { detail: { ip: [{ cidr: '10.0.0.1' }] } }, /needs a range of addresses/],
    [
      'texts and numbers in anything-but',
      { source: [{ 'anything-but': ['a', 1] }] },
      /needs texts, or numbers/,
    ],
    ['two stars', { source: [{ wildcard: 'a**b' }] }, /two stars beside each other/],
    ['another escape', { source: [{ wildcard: 'a\\n' }] }, /a backslash stands before a star/],
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
