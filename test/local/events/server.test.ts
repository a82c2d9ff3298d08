import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { RuleConfig } from '../../../local/events/configuration.ts';
import { DLQ_ARN, MACHINE_ARN, REGION, runEvents, target } from './events-under-test.ts';

const MINUTE = 60_000;

const rule = (overrides: Partial<RuleConfig> = {}): RuleConfig => ({
  name: 'announce',
  arn: 'arn:aws:events:eu-central-1:123456789012:rule/announce',
  busName: 'default',
  eventPattern: { source: ['holdfast'] },
  targets: [target()],
  ...overrides,
});
const entry = { Source: 'holdfast', DetailType: 'Recovery Point Created', Detail: '{"id":"p-1"}' };
const put = (...Entries: object[]) => new PutEventsCommand({ Entries });
const functionError = {
  payload: '{"errorType":"Boom","errorMessage":"no"}',
  functionError: 'Unhandled' as const,
};

describe('PutEvents', () => {
  it('delivers an event in its envelope to the targets of the rules that match', async () => {
    const aws = await runEvents({
      rules: [rule(), rule({ name: 'x', arn: 'x', eventPattern: { source: ['y'] } })],
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

  it('refuses more than ten entries and more than 256 KB', async () => {
    const aws = await runEvents({ rules: [rule()] });
    const large = { ...entry, Detail: JSON.stringify({ text: 'x'.repeat(30 * 1024) }) };

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

describe('delivery', () => {
  it('is repeated after a restart until the target took the event', async () => {
    const never = new Promise<never>(() => {});
    const aws = await runEvents({ rules: [rule()] });
    await aws.restart({ invoke: () => never });
    await aws.client.send(put(entry));

    await aws.restart();
    await aws.advance(0);
    await aws.restart();
    await aws.advance(0);

    expect(aws.received).toHaveLength(1);
  });

  it('retries a function that failed after one minute, then gives the event to the dead-letter queue', async () => {
    const aws = await runEvents({ rules: [rule()] });
    aws.answers.push(functionError, functionError);

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(MINUTE - 1);
    const beforeRetry = aws.received.length;
    await aws.advance(1);

    expect([beforeRetry, aws.received.length]).toEqual([1, 2]);
    expect(aws.events.deadLetters(DLQ_ARN)).toEqual([
      {
        queueArn: DLQ_ARN,
        body: aws.received[0],
        attributes: {
          ERROR_CODE: 'Unhandled',
          ERROR_MESSAGE: functionError.payload,
          TARGET_ARN: target().arn,
          RETRY_ATTEMPTS: '1',
        },
        at: expect.any(Number),
      },
    ]);
    await aws.advance(60 * MINUTE);
    expect(aws.received).toHaveLength(2);
  });

  it('waits while the function is throttled, without counting, until the event is too old', async () => {
    const throttled = Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' });
    const aws = await runEvents({ rules: [rule()] });
    aws.answers.push(...Array.from({ length: 6 }, () => throttled));

    await aws.client.send(put(entry));
    for (let minute = 0; minute < 10; minute += 1) await aws.advance(MINUTE);

    expect(aws.received).toHaveLength(7);
    expect(aws.events.deadLetters(DLQ_ARN)).toEqual([]);

    aws.answers.push(...Array.from({ length: 100 }, () => throttled));
    await aws.client.send(put(entry));
    for (let minute = 0; minute < 70; minute += 1) await aws.advance(MINUTE);
    expect(aws.events.deadLetters(DLQ_ARN)).toMatchObject([
      { attributes: { ERROR_CODE: 'TooManyRequestsException' } },
    ]);
  });

  it('retries what the target refuses with growing pauses, as often as the rule says', async () => {
    const gone = Object.assign(new Error('no such function'), { name: 'ResourceNotFoundException' });
    const aws = await runEvents({ rules: [rule()] });
    aws.answers.push(gone, gone, gone, gone);

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(1_000);
    await aws.advance(2_000);
    await aws.advance(60 * MINUTE);

    expect(aws.received).toHaveLength(3);
    expect(aws.events.deadLetters(DLQ_ARN)).toMatchObject([
      { attributes: { ERROR_CODE: 'ResourceNotFoundException', RETRY_ATTEMPTS: '2' } },
    ]);
  });

  it('starts an execution once, even when it is tried twice', async () => {
    const names: string[] = [];
    const aws = await runEvents({
      rules: [rule({ targets: [target({ arn: MACHINE_ARN, input: '{"kind":"daily"}' })] })],
      startExecution: (_, name) => {
        names.push(name);
        const isFirst = names.length === 1;
        throw Object.assign(new Error('x'), {
          name: isFirst ? 'ServiceUnavailable' : 'ExecutionAlreadyExists',
        });
      },
    });

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(MINUTE);
    await aws.advance(60 * MINUTE);

    expect(names).toHaveLength(2);
    expect(names[0]).toBe(names[1]);
    expect(aws.events.deadLetters(DLQ_ARN)).toEqual([]);
  });

  it('does not let an event that keeps failing hold up the others', async () => {
    const aws = await runEvents({ rules: [rule()] });
    aws.answers.push(functionError);

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.client.send(put({ ...entry, Detail: '{"id":"p-2"}' }));
    await aws.advance(0);

    expect(aws.received.map((payload) => JSON.parse(payload).detail.id)).toEqual(['p-1', 'p-2']);
  });
});

describe('schedules', () => {
  const schedule = {
    scheduleArn: 'arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly',
    arn: MACHINE_ARN,
    expression: 'cron(30 2 * * ? *)',
    zone: 'Europe/Berlin',
    input: '{"at":"<aws.scheduler.scheduled-time>","by":"<aws.scheduler.schedule-arn>"}',
    ...{ retryPolicy: target().retryPolicy, functionRetryPolicy: target().functionRetryPolicy },
  };
  const inputs = (received: readonly string[]) =>
    received.map((line) => JSON.parse(line.slice(line.indexOf(': ') + 2)));

  it('start a state machine at their time in their zone, with the scheduled time filled in', async () => {
    const aws = await runEvents({ schedules: [schedule] });

    await aws.advance(15 * 60 * MINUTE + 29 * MINUTE);
    const early = aws.received.length;
    await aws.advance(2 * MINUTE);

    expect(early).toBe(0);
    expect(inputs(aws.received)).toEqual([{ at: '2026-11-22T01:30:00Z', by: schedule.scheduleArn }]);
  });

  it("of a rule send EventBridge's scheduled event", async () => {
    const hourly = rule({ scheduleExpression: 'rate(1 hour)' });
    const { eventPattern: _, ...byTime } = hourly;
    const aws = await runEvents({ rules: [byTime] });

    await aws.advance(60 * MINUTE);

    expect(JSON.parse(aws.received[0] ?? '')).toMatchObject({
      ...{ source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-11-21T11:00:00Z' },
      ...{ resources: [hourly.arn], detail: {} },
    });
  });

  it('go on after a restart and make up once for what was missed', async () => {
    const hourly = { ...schedule, expression: 'rate(1 hour)', zone: 'UTC' };
    const aws = await runEvents({ schedules: [hourly] });
    await aws.advance(60 * MINUTE);
    await aws.restart({ schedules: [] });
    await aws.restart({ schedules: [hourly] });
    const afterRemoval = aws.received.length;

    await aws.advance(5 * 60 * MINUTE + 20 * MINUTE);
    await aws.restart();
    await aws.advance(0);
    await aws.advance(40 * MINUTE);

    expect(afterRemoval).toBe(1);
    expect(inputs(aws.received).map(({ at }) => at)).toEqual([
      '2026-11-21T11:00:00Z',
      '2026-11-21T12:00:00Z',
      '2026-11-21T17:00:00Z',
    ]);
  });

  it('with one time fire once, also over restarts', async () => {
    const once = { ...schedule, expression: 'at(2026-11-21T10:30:00)', zone: 'UTC' };
    const aws = await runEvents({ schedules: [once] });

    await aws.advance(40 * MINUTE);
    await aws.restart();
    await aws.advance(24 * 60 * MINUTE);

    expect(inputs(aws.received)).toMatchObject([{ at: '2026-11-21T10:30:00Z' }]);
  });

  it("give each attempt its number and id, and Lambda's own retries those of the attempt it took", async () => {
    const input = '{"attempt":"<aws.scheduler.attempt-number>","id":"<aws.scheduler.execution-id>"}';
    const aws = await runEvents({
      schedules: [{ ...schedule, ...target(), input, expression: 'rate(1 day)' }],
    });
    aws.answers.push(Object.assign(new Error('x'), { name: 'ServiceException' }), functionError);

    await aws.advance(24 * 60 * MINUTE);
    await aws.advance(MINUTE);
    await aws.advance(MINUTE);

    const [first, second, third] = aws.received.map((payload) => JSON.parse(payload));
    expect([first?.attempt, second?.attempt]).toEqual(['1', '2']);
    expect(first?.id).not.toBe(second?.id);
    expect(third).toEqual(second);
  });
});

describe('what cannot be carried out', () => {
  const cases: [string, Partial<RuleConfig>, RegExp][] = [
    [
      'a queue as target',
      { targets: [target({ arn: DLQ_ARN })] },
      /Rule announce: the target arn:aws:sqs.* is not supported/,
    ],
    [
      'an unknown operator',
      { eventPattern: { source: [{ cidr: 'x' }] } },
      /Rule announce: .*cidr is not supported/,
    ],
    [
      'an unknown schedule',
      { scheduleExpression: 'cron(0 0 1W * ? *)' },
      /Schedule arn:.*announce: "1W" is not supported/,
    ],
  ];
  it.each(cases)('is refused at the start: %s', async (_, overrides, message) => {
    await expect(runEvents({ rules: [rule(overrides)] })).rejects.toThrow(message);
  });
});
