import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, expect, it } from 'vitest';
import type { ScheduleConfig } from '../../../local/events/configuration.ts';
import {
  DLQ_ARN,
  FUNCTION_ARN,
  MACHINE_ARN,
  MINUTE,
  named,
  QUEUE_ARN,
  ROLE_ARN,
  runEvents,
} from './events-under-test.ts';

const ARN = 'arn:aws:scheduler:eu-central-1:123456789012:schedule/default/';
const Target = { Arn: QUEUE_ARN, RoleArn: ROLE_ARN, Input: '<aws.scheduler.scheduled-time>' };
const definition = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
  Name: 'nightly',
  ScheduleExpression: 'cron(0 11 * * ? *)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target,
  ...more,
});
const create = (client: SchedulerClient, more: Partial<CreateScheduleCommandInput> = {}) =>
  client.send(new CreateScheduleCommand(definition(more)));
const get = (client: SchedulerClient, Name = 'nightly') => client.send(new GetScheduleCommand({ Name }));

describe('a schedule made by the API', () => {
  it('is given back as it was made', async () => {
    const { scheduler, now } = await runEvents();
    const more = {
      ...{ Description: 'every night', ScheduleExpressionTimezone: 'Europe/Berlin', GroupName: 'default' },
      StartDate: new Date('2026-12-01T00:00:00Z'),
      EndDate: new Date('2027-12-01T00:00:00Z'),
      FlexibleTimeWindow: { Mode: 'FLEXIBLE' as const, MaximumWindowInMinutes: 15 },
      ActionAfterCompletion: 'DELETE' as const,
      Target: {
        ...Target,
        RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 600 },
        DeadLetterConfig: { Arn: DLQ_ARN },
      },
    };

    const { ScheduleArn } = await create(scheduler, more);

    expect(ScheduleArn).toBe(`${ARN}nightly`);
    expect(await get(scheduler)).toMatchObject({
      ...definition(more),
      ...{ Arn: ScheduleArn, State: 'ENABLED' },
      ...{ CreationDate: new Date(now()), LastModificationDate: new Date(now()) },
    });
  });

  it('calls its target in its zone, also after a restart, until it is deleted', async () => {
    const aws = await runEvents();
    await create(aws.scheduler, { ScheduleExpressionTimezone: 'Europe/Berlin' });
    await aws.restart();

    await aws.advance(24 * 60 * MINUTE);
    await aws.scheduler.send(new DeleteScheduleCommand({ Name: 'nightly' }));
    await aws.advance(24 * 60 * MINUTE);

    expect(aws.received).toEqual(['2026-11-22T10:00:00Z']);
    await expect(get(aws.scheduler)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is replaced as a whole by an update', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, { Description: 'old', State: 'DISABLED' });

    await scheduler.send(
      new UpdateScheduleCommand(definition({ ScheduleExpression: 'cron(30 10 * * ? *)' })),
    );
    await advance(60 * MINUTE);

    expect(await get(scheduler)).toMatchObject({ State: 'ENABLED' });
    expect((await get(scheduler)).Description).toBeUndefined();
    expect(received).toEqual(['2026-11-21T10:30:00Z']);
  });

  it('does not fire while it is disabled', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, { State: 'DISABLED' });

    await advance(24 * 60 * MINUTE);

    expect(received).toEqual([]);
  });

  it('is listed by prefix and state, page by page', async () => {
    const { scheduler } = await runEvents();
    for (const Name of ['b', 'a-2', 'a-1', 'a-3']) await create(scheduler, { Name });
    await create(scheduler, { Name: 'a-4', State: 'DISABLED' });
    const list = async (more: object) => {
      const { Schedules = [], NextToken } = await scheduler.send(new ListSchedulesCommand(more));
      return { names: Schedules.map(({ Name }) => Name), NextToken };
    };

    const first = await list({ NamePrefix: 'a', State: 'ENABLED', MaxResults: 2 });
    const second = await list({
      NamePrefix: 'a',
      State: 'ENABLED',
      MaxResults: 2,
      NextToken: first.NextToken,
    });

    expect([first.names, second.names, second.NextToken]).toEqual([['a-1', 'a-2'], ['a-3'], undefined]);
    expect((await list({ State: 'DISABLED' })).names).toEqual(['a-4']);
    expect((await list({ GroupName: 'other' })).names).toEqual([]);
  });

  const refused: [string, Partial<CreateScheduleCommandInput>, string][] = [
    ['an expression that is none', { ScheduleExpression: 'rate(1 week)' }, 'ValidationException'],
    ['a zone that is none', { ScheduleExpressionTimezone: 'Mars/Olympus' }, 'ValidationException'],
    [
      'a flexible window without its length',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE' } },
      'ValidationException',
    ],
    [
      'an end before its start',
      { StartDate: new Date('2027-01-02'), EndDate: new Date('2027-01-01') },
      'ValidationException',
    ],
    ['a target of another kind', { Target: { ...Target, Arn: 'arn:aws:ecs:x' } }, 'ValidationException'],
    [
      'settings that are not supported',
      { Target: { ...Target, SqsParameters: { MessageGroupId: 'g' } } },
      'ValidationException',
    ],
    [
      'an input that the target cannot read',
      { Target: { ...Target, Arn: FUNCTION_ARN, Input: 'no json' } },
      'ValidationException',
    ],
    ['a group that is not there', { GroupName: 'other' }, 'ResourceNotFoundException'],
    ['a key', { KmsKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/k' }, 'ValidationException'],
    ['a name with other characters', { Name: 'a b' }, 'ValidationException'],
  ];
  it.each(refused)('is refused with %s', async (_, more, name) => {
    const { scheduler } = await runEvents();

    await expect(create(scheduler, more)).rejects.toMatchObject({ name });
    expect((await scheduler.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  it('is made once by a request that is repeated with its token', async () => {
    const { scheduler } = await runEvents();

    const first = await create(scheduler, { ClientToken: 'token' });
    const second = await create(scheduler, { ClientToken: 'token' });

    expect(second.ScheduleArn).toBe(first.ScheduleArn);
    await expect(create(scheduler, { ClientToken: 'other' })).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  it('is made once and updated only where it is', async () => {
    const { scheduler } = await runEvents();
    await create(scheduler);

    await expect(create(scheduler)).rejects.toMatchObject({ name: 'ConflictException' });
    await expect(
      scheduler.send(new UpdateScheduleCommand(definition({ Name: 'none' }))),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(scheduler.send(new DeleteScheduleCommand({ Name: 'none' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('is in the default group, the only one there is', async () => {
    const { scheduler } = await runEvents();

    const { ScheduleGroups } = await scheduler.send(new ListScheduleGroupsCommand({}));

    expect(ScheduleGroups).toMatchObject([{ Name: 'default', State: 'ACTIVE' }]);
    await expect(scheduler.send(new CreateScheduleGroupCommand({ Name: 'g' }))).rejects.toThrow(
      /POST \/schedule-groups\/g is not supported/,
    );
  });
});

describe('the times of a schedule', () => {
  it('with a rate begin at once, or with the start date, and stop with the end date', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, { Name: 'now', ScheduleExpression: 'rate(1 hour)' });
    await create(scheduler, {
      ...{ Name: 'later', ScheduleExpression: 'rate(1 hour)' },
      StartDate: new Date('2026-11-21T10:30:00Z'),
      EndDate: new Date('2026-11-21T11:45:00Z'),
    });

    await advance(0);
    for (let n = 0; n < 8; n += 1) await advance(30 * MINUTE);

    expect([...received].sort()).toEqual([
      ...['2026-11-21T10:00:00Z', '2026-11-21T10:30:00Z', '2026-11-21T11:00:00Z', '2026-11-21T11:30:00Z'],
      ...['2026-11-21T12:00:00Z', '2026-11-21T13:00:00Z', '2026-11-21T14:00:00Z'],
    ]);
  });

  it('leave out what the clocks skip in spring and come once at what they show twice in autumn', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, {
      ScheduleExpression: 'cron(30 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      StartDate: new Date('2027-03-26T12:00:00Z'),
    });

    const days = (Date.parse('2027-03-26T12:00:00Z') - Date.parse('2026-11-21T10:00:00Z')) / MINUTE;
    await advance(days * MINUTE);
    for (let day = 0; day < 4; day += 1) await advance(24 * 60 * MINUTE);
    const spring = received.splice(0);
    await advance(Date.parse('2027-10-29T12:00:00Z') - Date.parse('2027-03-30T12:00:00Z'));
    received.splice(0);
    for (let day = 0; day < 4; day += 1) await advance(24 * 60 * MINUTE);

    expect(spring).toEqual(['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z', '2027-03-30T00:30:00Z']);
    expect(received).toEqual([
      ...['2027-10-30T00:30:00Z', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z', '2027-11-02T01:30:00Z'],
    ]);
  });

  it('are somewhere within a flexible window', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 10 } });

    await advance(60 * MINUTE - 1);
    const early = received.length;
    for (let minute = 0; minute <= 10; minute += 1) await advance(MINUTE);

    expect(early).toBe(0);
    // Whenever it comes, the scheduled time is that of the expression.
    expect(received).toEqual(['2026-11-21T11:00:00Z']);
  });
});

describe('a one-off schedule', () => {
  const once = { ScheduleExpression: 'at(2026-11-21T10:30:00)' };

  it('comes once, also over restarts, and stays when it is not said to delete itself', async () => {
    const aws = await runEvents();
    await create(aws.scheduler, once);

    await aws.advance(40 * MINUTE);
    await aws.restart();
    await aws.advance(24 * 60 * MINUTE);

    expect(aws.received).toEqual(['2026-11-21T10:30:00Z']);
    expect(await get(aws.scheduler)).toMatchObject({ State: 'ENABLED' });
  });

  it('of a time long ago comes at once', async () => {
    const { scheduler, advance, received } = await runEvents();
    await create(scheduler, { ScheduleExpression: 'at(2020-01-01T00:00:00)' });

    await advance(0);

    expect(received).toEqual(['2020-01-01T00:00:00Z']);
  });

  it('deletes itself after completion, and can be made again', async () => {
    const aws = await runEvents();
    await create(aws.scheduler, { ...once, ActionAfterCompletion: 'DELETE' });

    await aws.advance(30 * MINUTE);
    await expect(get(aws.scheduler)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await create(aws.scheduler, { ...once, ActionAfterCompletion: 'DELETE' });
    await aws.advance(0);

    // The time of the second one is past: it comes at once.
    expect(aws.received).toEqual(['2026-11-21T10:30:00Z', '2026-11-21T10:30:00Z']);
  });

  it('of the template does not come again with the next start', async () => {
    const schedule: ScheduleConfig = {
      ...{ name: 'once', arn: `${ARN}once`, expression: once.ScheduleExpression, zone: 'UTC' },
      ...{ isEnabled: true, deletesItself: false, target: Target },
    };
    const aws = await runEvents({ schedules: [schedule] });

    await aws.advance(30 * MINUTE);
    await aws.restart();
    await aws.advance(30 * MINUTE);

    expect(aws.received).toHaveLength(1);
  });
});

describe('what was missed while nothing ran', () => {
  it('is made up for once', async () => {
    const aws = await runEvents();
    await create(aws.scheduler, { ScheduleExpression: 'cron(0 * * * ? *)' });

    await aws.advance(5 * 60 * MINUTE + 20 * MINUTE);
    await aws.advance(40 * MINUTE);

    expect(aws.received).toEqual(['2026-11-21T11:00:00Z', '2026-11-21T16:00:00Z']);
  });

  it('is left out as far as it is older than the schedule allows', async () => {
    const aws = await runEvents();
    const RetryPolicy = { MaximumEventAgeInSeconds: 2 * 3_600 };
    await create(aws.scheduler, {
      ...{ ScheduleExpression: 'cron(0 * * * ? *)', Target: { ...Target, RetryPolicy } },
    });

    await aws.advance(5 * 60 * MINUTE + 20 * MINUTE);

    expect(aws.received).toEqual(['2026-11-21T14:00:00Z']);
  });

  it('is a dead letter when all of it is too old', async () => {
    const aws = await runEvents();
    const Late = {
      ...Target,
      RetryPolicy: { MaximumEventAgeInSeconds: 600 },
      DeadLetterConfig: { Arn: DLQ_ARN },
    };
    await create(aws.scheduler, { ScheduleExpression: 'at(2026-11-21T10:30:00)', Target: Late });

    await aws.advance(60 * MINUTE);

    expect(aws.received).toEqual([]);
    expect(aws.deadLetters).toMatchObject([
      {
        body: '2026-11-21T10:30:00Z',
        attributes: { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds', RETRY_ATTEMPTS: '0' },
      },
    ]);
  });
});

describe('a call by a schedule', () => {
  it('has a number and an id for each attempt, and ends as a dead letter that tells them', async () => {
    const aws = await runEvents();
    const Input = JSON.stringify({
      attempt: '<aws.scheduler.attempt-number>',
      id: '<aws.scheduler.execution-id>',
      arn: '<aws.scheduler.schedule-arn>',
    });
    await create(aws.scheduler, {
      Target: {
        ...{ ...Target, Arn: FUNCTION_ARN, Input },
        ...{ RetryPolicy: { MaximumRetryAttempts: 1 }, DeadLetterConfig: { Arn: DLQ_ARN } },
      },
    });
    aws.failures.push(named('ServiceException', 'one'), named('ServiceException', 'two'));

    await aws.advance(60 * MINUTE);
    await aws.advance(MINUTE);

    const [first, second] = aws.received.map((payload) => JSON.parse(payload));
    expect(first).toMatchObject({
      attempt: '1',
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      arn: `${ARN}nightly`,
    });
    expect(second).toMatchObject({ attempt: '2' });
    expect(second.id).not.toBe(first.id);
    expect(aws.deadLetters).toEqual([
      {
        body: aws.received[1],
        attributes: {
          SCHEDULE_ARN: `${ARN}nightly`,
          TARGET_ARN: FUNCTION_ARN,
          SCHEDULED_TIME: '2026-11-21T11:00:00Z',
          EXECUTION_ID: second.id,
          ERROR_CODE: 'ServiceException',
          ERROR_MESSAGE: 'two',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '1',
          IS_PAYLOAD_TRUNCATED: 'false',
        },
      },
    ]);
  });

  it("without an input sends Scheduler's own event", async () => {
    const { scheduler, advance, received } = await runEvents();
    const { Input: _, ...without } = Target;
    await create(scheduler, { Target: { ...without, Arn: MACHINE_ARN } });

    await advance(60 * MINUTE);

    expect(JSON.parse(received[0]?.replace(/^[\w-]+: /, '') ?? '')).toMatchObject({
      ...{ source: 'aws.scheduler', 'detail-type': 'Scheduled Event', time: '2026-11-21T11:00:00Z' },
      ...{ resources: [`${ARN}nightly`], detail: '{}' },
    });
  });

  it('is made as the role of the schedule', async () => {
    const aws = await runEvents({
      isCallerAllowed: (caller) => caller.kind === 'role' && caller.arn !== ROLE_ARN,
    });
    await create(aws.scheduler, {
      Target: { ...Target, Arn: FUNCTION_ARN, Input: '{}', DeadLetterConfig: { Arn: DLQ_ARN } },
    });

    await aws.advance(60 * MINUTE);

    expect(aws.received).toEqual([]);
    expect(aws.deadLetters[0]?.attributes).toMatchObject({ ERROR_CODE: 'AccessDeniedException' });
  });
});
