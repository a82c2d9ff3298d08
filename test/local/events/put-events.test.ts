import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { REGION, rule, runEvents } from './events-under-test.ts';

const entry = { Source: 'holdfast', DetailType: 'Recovery Point Created', Detail: '{"id":"p-1"}' };
const put = (...Entries: object[]) => new PutEventsCommand({ Entries });
describe('PutEvents', () => {
  it('delivers an event in its envelope to the targets of the rules that match', async () => {
    const aws = await runEvents({
      rules: [rule(), rule({ name: 'x', arn: 'x', eventPattern: '{"source":["y"]}' })],
    });

    const answer = await aws.client.send(put({ ...entry, Resources: ['r-1'] }));
    await aws.advance(0);

    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] });
    expect(aws.received.map((payload) => JSON.parse(payload))).toEqual([
      {
        version: '0',
        id: answer.Entries?.[0]?.EventId,
        source: 'holdfast',
        'detail-type': 'Recovery Point Created',
        account: '123456789012',
        region: REGION,
        time: '2026-11-21T10:00:00Z',
        resources: ['r-1'],
        detail: { id: 'p-1' },
      },
    ]);
  });

  it('keeps the buses apart, named by name or ARN', async () => {
    const busArn = `arn:aws:events:${REGION}:123456789012:event-bus/holdfast`;
    const aws = await runEvents({ busNames: ['holdfast'], rules: [rule({ busName: 'holdfast' })] });

    await aws.client.send(
      put(entry, { ...entry, EventBusName: 'holdfast' }, { ...entry, EventBusName: busArn }),
    );
    await aws.advance(0);

    expect(aws.received).toHaveLength(2);
  });

  it('judges each entry by itself', async () => {
    const aws = await runEvents({ rules: [rule()] });

    const answer = await aws.client.send(
      put(
        entry,
        { ...entry, Detail: 'no json' },
        { ...entry, Source: 'aws.s3' },
        { ...entry, DetailType: undefined },
        { ...entry, EventBusName: 'nowhere' },
      ),
    );
    await aws.advance(0);

    expect(answer.FailedEntryCount).toBe(4);
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'NotAuthorizedForSourceException',
      'InvalidArgument',
      'ResourceNotFoundException',
    ]);
    expect(aws.received).toHaveLength(1);
  });

  it('refuses more than ten entries and more than 1 MB', async () => {
    const aws = await runEvents({ rules: [rule()] });
    const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(120 * 1024) }) };

    const tooMany = aws.client.send(put(...Array.from({ length: 11 }, () => entry)));
    const tooLarge = aws.client.send(put(...Array.from({ length: 9 }, () => large)));

    await expect(tooMany).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(tooLarge).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('answers what the signature check says', async () => {
    const aws = await runEvents({
      authenticate: () => {
        throw Object.assign(new Error('not you'), { name: 'UnrecognizedClientException' });
      },
    });

    await expect(aws.client.send(put(entry))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: 'not you',
    });
  });
});
