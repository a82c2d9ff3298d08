import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { RuleConfig, RuleTarget } from '../../../local/events/configuration.ts';
import {
  FUNCTION_ARN,
  MACHINE_ARN,
  MINUTE,
  named,
  QUEUE_ARN,
  ROLE_ARN,
  rule,
  runEvents,
  TOPIC_ARN,
  target,
} from './events-under-test.ts';

const entry = { Source: 'holdfast', DetailType: 'Recovery Point Created', Detail: '{"id":"p-1"}' };
const put = (...Entries: object[]) => new PutEventsCommand({ Entries });

describe('delivery', () => {
  const targets: [string, Partial<RuleTarget>][] = [
    ['a function', { Arn: FUNCTION_ARN }],
    ['a state machine', { Arn: MACHINE_ARN, RoleArn: ROLE_ARN }],
    ['a queue', { Arn: QUEUE_ARN }],
    ['a topic', { Arn: TOPIC_ARN }],
  ];
  it.each(targets)('goes to %s', async (_, overrides) => {
    const aws = await runEvents({ rules: [rule({ targets: [target({ ...overrides, Input: '{"a":1}' })] })] });

    await aws.client.send(put(entry));
    await aws.advance(0);

    expect(aws.received.map((text) => text.replace(/^[\w-]+: /, ''))).toEqual(['{"a":1}']);
  });

  it('is repeated after a restart until the target took the event', async () => {
    const never = new Promise<never>(() => {});
    const aws = await runEvents({ rules: [rule()] });
    await aws.restart({ invokeAsync: () => never });
    await aws.client.send(put(entry));

    await aws.restart();
    await aws.advance(0);
    await aws.restart();
    await aws.advance(0);

    expect(aws.received).toHaveLength(1);
  });

  it('is retried with growing pauses as often as the target says, then the event is a dead letter', async () => {
    const aws = await runEvents({ rules: [rule()] });
    aws.failures.push(...Array.from({ length: 4 }, () => named('ServiceException', 'try later')));

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(999);
    const beforeFirst = aws.received.length;
    await aws.advance(1);
    await aws.advance(2_000);
    await aws.advance(60 * MINUTE);

    expect([beforeFirst, aws.received.length]).toEqual([1, 3]);
    expect(aws.deadLetters).toEqual([
      {
        body: aws.received[0],
        attributes: {
          RULE_ARN: rule().arn,
          TARGET_ARN: FUNCTION_ARN,
          ERROR_CODE: 'ERROR_FROM_TARGET',
          ERROR_MESSAGE: 'try later',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '2',
        },
      },
    ]);
  });

  it('ends when the event is too old', async () => {
    const RetryPolicy = { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 60 };
    const aws = await runEvents({ rules: [rule({ targets: [target({ RetryPolicy })] })] });
    aws.failures.push(...Array.from({ length: 50 }, () => named('TooManyRequestsException')));

    await aws.client.send(put(entry));
    for (let second = 0; second < 120; second += 1) await aws.advance(1_000);

    expect(aws.deadLetters).toMatchObject([
      {
        attributes: {
          ERROR_CODE: 'THROTTLING',
          EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds',
        },
      },
    ]);
  });

  const permanent: [string, string, string][] = [
    ['is gone', 'ResourceNotFoundException', 'NO_RESOURCE'],
    ['may not be called', 'AccessDeniedException', 'NO_PERMISSIONS'],
    ['does not take the event', 'InvalidParameterValue', 'INVALID_PARAMETER'],
  ];
  it.each(permanent)('is not retried when the target %s', async (_, name, code) => {
    const aws = await runEvents({ rules: [rule()] });
    aws.failures.push(named(name));

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(60 * MINUTE);

    expect(aws.received).toHaveLength(1);
    expect(aws.deadLetters).toHaveLength(1);
    expect(aws.deadLetters[0]?.attributes).toMatchObject({ ERROR_CODE: code, RETRY_ATTEMPTS: '0' });
    expect(aws.deadLetters[0]?.attributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
  });

  it('starts an execution once, even when it is tried twice', async () => {
    const names: string[] = [];
    const aws = await runEvents({
      rules: [rule({ targets: [target({ Arn: MACHINE_ARN, RoleArn: ROLE_ARN, Input: '{}' })] })],
      startExecution: (_, name) => {
        names.push(name);
        throw named(names.length === 1 ? 'ServiceUnavailable' : 'ExecutionAlreadyExists');
      },
    });

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(MINUTE);
    await aws.advance(60 * MINUTE);

    expect(names).toHaveLength(2);
    expect(names[0]).toBe(names[1]);
    expect(aws.deadLetters).toEqual([]);
  });

  it('does not let an event that keeps failing hold up the others', async () => {
    const aws = await runEvents({ rules: [rule()] });
    aws.failures.push(named('ServiceException'));

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.client.send(put({ ...entry, Detail: '{"id":"p-2"}' }));
    await aws.advance(0);

    expect(aws.received.map((payload) => JSON.parse(payload).detail.id)).toEqual(['p-1', 'p-2']);
  });

  it('acts as the role that the target names, or else as EventBridge for the rule', async () => {
    const callers: unknown[] = [];
    const send = { Arn: QUEUE_ARN };
    const aws = await runEvents({
      rules: [rule({ targets: [target(send), target({ ...send, Id: 'b', RoleArn: ROLE_ARN })] })],
      sendMessage: ({ caller }) => void callers.push(caller),
    });

    await aws.client.send(put(entry));
    await aws.advance(0);

    expect(callers).toEqual([
      { kind: 'service', principal: 'events.amazonaws.com', sourceArn: rule().arn },
      { kind: 'role', arn: ROLE_ARN },
    ]);
  });

  it('does not call a function or state machine for which the role has no right', async () => {
    const aws = await runEvents({
      rules: [rule({ targets: [target({ Arn: MACHINE_ARN, RoleArn: ROLE_ARN })] })],
      isCallerAllowed: (_, action) => action !== 'states:StartExecution',
    });

    await aws.client.send(put(entry));
    await aws.advance(0);

    expect(aws.received).toEqual([]);
    expect(aws.deadLetters[0]?.attributes).toMatchObject({ ERROR_CODE: 'NO_PERMISSIONS' });
  });
});

describe('what Lambda reports of a function', () => {
  it('comes on a bus as an event of Lambda', async () => {
    const aws = await runEvents({ rules: [rule({ eventPattern: '{"source":["lambda"]}' })] });
    const result = { source: 'lambda', detailType: 'Result', resources: ['r'], detail: { a: 1 } };
    const busArn = 'arn:aws:events:eu-central-1:123456789012:event-bus/';

    aws.events.putServiceEvent({ ...result, busArn: `${busArn}default` });
    await aws.advance(0);

    expect(JSON.parse(aws.received[0] ?? '')).toMatchObject({
      ...{ source: 'lambda', 'detail-type': 'Result', resources: ['r'], detail: { a: 1 } },
    });
    expect(() => aws.events.putServiceEvent({ ...result, busArn: `${busArn}none` })).toThrow(
      /Event bus none does not exist/,
    );
  });
});

describe('what cannot be carried out', () => {
  const cases: [string, Partial<RuleConfig>, RegExp][] = [
    [
      'a target of another kind',
      { targets: [target({ Arn: 'arn:aws:kinesis:eu-central-1:123456789012:stream/s' })] },
      /Rule announce: the target arn:aws:kinesis.* is not supported/,
    ],
    ['a FIFO queue as target', { targets: [target({ Arn: `${QUEUE_ARN}.fifo` })] }, /is not supported/],
    [
      'a state machine without a role',
      { targets: [target({ Arn: MACHINE_ARN })] },
      /RoleArn is required for target/,
    ],
    [
      'dead letters that are no queue',
      { targets: [target({ DeadLetterConfig: { Arn: TOPIC_ARN } })] },
      /is not the ARN of a standard queue/,
    ],
    [
      'an unknown operator',
      { eventPattern: '{"source":[{"sounds-like":"x"}]}' },
      /Rule announce: .*sounds-like is not supported/,
    ],
    [
      'an unknown schedule',
      { scheduleExpression: 'cron(0 0 1X * ? *)' },
      /Rule announce: "1X" is not supported/,
    ],
    ['a one-off time', { scheduleExpression: 'at(2026-11-21T10:30:00)' }, /is not a schedule of a rule/],
    [
      'a schedule on another bus',
      { busName: 'b', scheduleExpression: 'rate(1 day)' },
      /only on the default event bus/,
    ],
  ];
  it.each(cases)('is refused at the start: %s', async (_, overrides, message) => {
    await expect(runEvents({ rules: [rule(overrides)] })).rejects.toThrow(message);
  });

  it('is the delivery of what has no dead-letter queue: it is dropped', async () => {
    const { DeadLetterConfig: _, ...without } = target();
    const aws = await runEvents({ rules: [rule({ targets: [without] })] });
    aws.failures.push(named('ResourceNotFoundException'));

    await aws.client.send(put(entry));
    await aws.advance(0);
    await aws.advance(60 * MINUTE);

    expect([aws.received.length, aws.deadLetters.length]).toEqual([1, 0]);
  });
});
