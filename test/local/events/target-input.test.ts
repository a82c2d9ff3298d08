import { describe, expect, it } from 'vitest';
import { compileTargetInput, type TargetInput } from '../../../local/events/target-input.ts';
import type { EventEnvelope } from '../../../local/services.ts';

const rule = { name: 'on-object', arn: 'arn:aws:events:eu-central-1:123456789012:rule/on-object' };
const event: EventEnvelope = {
  version: '0',
  id: 'e-1',
  source: 'aws.s3',
  account: '123456789012',
  region: 'eu-central-1',
  time: '2026-11-21T10:00:00Z',
  resources: ['arn:aws:s3:::vault'],
  'detail-type': 'Object Created',
  detail: { object: { key: 'a "quoted" key', size: 5 } },
};
const make = (input: TargetInput): unknown =>
  JSON.parse(compileTargetInput(input, rule)(event, '2026-11-21T10:00:01Z'));
const transform = (template: string, pathsMap: Record<string, string> = {}): unknown =>
  make({ inputTransformer: { template, pathsMap } });

describe('the input of a target', () => {
  it('is the event, a constant, or a part of the event', () => {
    expect(make({})).toEqual(event);
    expect(make({ input: '{"a":1}' })).toEqual({ a: 1 });
    expect(make({ inputPath: '$.detail.object' })).toEqual({ key: 'a "quoted" key', size: 5 });
    expect(make({ inputPath: '$.resources[0]' })).toBe('arn:aws:s3:::vault');
  });

  it('is made of a template whose placeholders become values, or parts of a text', () => {
    const paths = { key: '$.detail.object.key', size: '$.detail.object.size', object: '$.detail.object' };

    expect(transform('{"key": <key>, "size": <size>, "text": "<key>: <size>"}', paths)).toEqual({
      key: 'a "quoted" key',
      size: 5,
      text: 'a "quoted" key: 5',
    });
    expect(transform('{"whole": <object>, "type": <t>}', { ...paths, t: '$.detail-type' })).toEqual({
      whole: { key: 'a "quoted" key', size: 5 },
      type: 'Object Created',
    });
    expect(transform('"<key> came"', paths)).toBe('a "quoted" key came');
  });

  it('leaves a path out that the event does not have', () => {
    expect(transform('{"a": <a>, "b": "x<a>y"}', { a: '$.detail.none.such' })).toEqual({ a: '', b: 'xy' });
  });

  it('knows the variables that EventBridge defines', () => {
    const { detail, ...eventWithoutDetail } = event;

    expect(
      transform(
        '{"arn": <aws.events.rule-arn>, "name": <aws.events.rule-name>, "at": <aws.events.event.ingestion-time>,' +
          '"event": <aws.events.event>, "all": <aws.events.event.json>}',
      ),
    ).toEqual({
      ...{ arn: rule.arn, name: rule.name, at: '2026-11-21T10:00:01Z' },
      event: eventWithoutDetail,
      all: { ...eventWithoutDetail, detail },
    });
  });

  const refused: [string, TargetInput, RegExp][] = [
    ['two settings at once', { input: '{}', inputPath: '$' }, /only one of Input, InputPath/],
    ['an input that is no JSON', { input: 'hello' }, /Input does not give JSON/],
    ['a path with a wildcard', { inputPath: '$.detail[*]' }, /the path \$\.detail\[\*\] is not supported/],
    [
      'a template that gives no JSON',
      { inputTransformer: { template: '{"a": }', pathsMap: {} } },
      /InputTemplate does not give JSON/,
    ],
    [
      'an unknown placeholder',
      { inputTransformer: { template: '{"a": <b>}', pathsMap: {} } },
      /names <b>, which InputPathsMap does not have/,
    ],
  ];
  it.each(refused)('with %s is refused', (_, input, message) => {
    expect(() => compileTargetInput(input, rule)).toThrow(message);
  });
});
