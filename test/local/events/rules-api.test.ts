import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  type EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { FUNCTION_ARN, MACHINE_ARN, MINUTE, QUEUE_ARN, rule, runEvents } from './events-under-test.ts';

const EventPattern = JSON.stringify({ source: ['shop'] });
const event = { Source: 'shop', DetailType: 'Sold', Detail: '{"n":1}' };
const putEvents = (client: EventBridgeClient, more: object = {}) =>
  client.send(new PutEventsCommand({ Entries: [{ ...event, ...more }] }));
const putRule = (client: EventBridgeClient, more: Partial<PutRuleCommandInput> = {}) =>
  client.send(new PutRuleCommand({ Name: 'sales', EventPattern, ...more }));
const putTargets = (client: EventBridgeClient, Targets: Target[], more: object = {}) =>
  client.send(new PutTargetsCommand({ Rule: 'sales', Targets, ...more }));
const worker = { Id: 'worker', Arn: FUNCTION_ARN };

describe('a rule made by the API', () => {
  it('delivers events to its targets, also after a restart, until they are removed', async () => {
    const aws = await runEvents();
    const { RuleArn } = await putRule(aws.client);
    await putTargets(aws.client, [{ ...worker, Input: '"first"' }]);
    await aws.restart();

    await putEvents(aws.client);
    await aws.advance(0);
    await putTargets(aws.client, [{ ...worker, Input: '"second"' }]);
    await putEvents(aws.client);
    await aws.advance(0);
    await aws.client.send(new RemoveTargetsCommand({ Rule: 'sales', Ids: ['worker'] }));
    await putEvents(aws.client);
    await aws.advance(0);

    expect(RuleArn).toBe('arn:aws:events:eu-central-1:123456789012:rule/sales');
    expect(aws.received).toEqual(['"first"', '"second"']);
  });

  it('is silent while it is disabled', async () => {
    const aws = await runEvents();
    await putRule(aws.client);
    await putTargets(aws.client, [worker]);

    await aws.client.send(new DisableRuleCommand({ Name: 'sales' }));
    await putEvents(aws.client);
    await aws.advance(0);
    const disabled = await aws.client.send(new DescribeRuleCommand({ Name: 'sales' }));
    await aws.client.send(new EnableRuleCommand({ Name: 'sales' }));
    await putEvents(aws.client);
    await aws.advance(0);

    expect(disabled).toMatchObject({ State: 'DISABLED', EventPattern, EventBusName: 'default' });
    expect(aws.received).toHaveLength(1);
  });

  it('fires by time', async () => {
    const aws = await runEvents();
    await putRule(aws.client, { EventPattern: undefined, ScheduleExpression: 'rate(5 minutes)' });
    await putTargets(aws.client, [{ ...worker, Input: '"tick"' }]);

    await aws.advance(5 * MINUTE);
    await aws.restart();
    await aws.advance(5 * MINUTE);

    expect(aws.received).toEqual(['"tick"', '"tick"']);
  });

  it('is replaced by the same name, its targets stay', async () => {
    const aws = await runEvents();
    await putRule(aws.client, { Description: 'old' });
    await putTargets(aws.client, [worker]);

    await putRule(aws.client, { EventPattern: JSON.stringify({ source: ['other'] }) });
    const described = await aws.client.send(new DescribeRuleCommand({ Name: 'sales' }));
    const { Targets } = await aws.client.send(new ListTargetsByRuleCommand({ Rule: 'sales' }));

    expect(described.Description).toBeUndefined();
    expect(Targets).toEqual([worker]);
  });

  it('is deleted once it has no targets', async () => {
    const { client } = await runEvents();
    await putRule(client);
    await putTargets(client, [worker]);
    const remove = () => client.send(new DeleteRuleCommand({ Name: 'sales' }));

    await expect(remove()).rejects.toThrow("Rule can't be deleted since it has targets.");
    await client.send(new RemoveTargetsCommand({ Rule: 'sales', Ids: ['worker'] }));
    await remove();
    await remove();

    await expect(client.send(new DescribeRuleCommand({ Name: 'sales' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('is listed by prefix, page by page, and by its target', async () => {
    const { client } = await runEvents();
    for (const Name of ['b', 'a-2', 'a-1', 'a-3']) await putRule(client, { Name });
    await putTargets(client, [worker], { Rule: 'a-2' });
    const list = async (more: object) => {
      const { Rules = [], NextToken } = await client.send(new ListRulesCommand(more));
      return { names: Rules.map(({ Name }) => Name), NextToken };
    };

    const first = await list({ NamePrefix: 'a', Limit: 2 });
    const second = await list({ NamePrefix: 'a', Limit: 2, NextToken: first.NextToken });
    const byTarget = await client.send(new ListRuleNamesByTargetCommand({ TargetArn: FUNCTION_ARN }));

    expect([first.names, second.names, second.NextToken]).toEqual([['a-1', 'a-2'], ['a-3'], undefined]);
    expect(byTarget.RuleNames).toEqual(['a-2']);
  });

  const refused: [string, Partial<PutRuleCommandInput>, string][] = [
    ['a pattern that is not JSON', { EventPattern: '{' }, 'InvalidEventPatternException'],
    [
      'an operator that does not exist',
      { EventPattern: '{"source":[{"like":"x"}]}' },
      'InvalidEventPatternException',
    ],
    ['neither pattern nor schedule', { EventPattern: undefined }, 'ValidationException'],
    ['a schedule that is none', { ScheduleExpression: 'rate(1 minutes)' }, 'ValidationException'],
    [
      'a unit that does not go with its number',
      { ScheduleExpression: 'rate(5 minute)' },
      'ValidationException',
    ],
    ['a name with other characters', { Name: 'a b' }, 'ValidationException'],
    ['a bus that is not there', { EventBusName: 'none' }, 'ResourceNotFoundException'],
    ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }, 'ValidationException'],
  ];
  it.each(refused)('is refused with %s', async (_, more, name) => {
    const { client } = await runEvents();

    await expect(putRule(client, more)).rejects.toMatchObject({ name });
    expect((await client.send(new ListRulesCommand({}))).Rules).toEqual([]);
  });

  const refusedTargets: [string, Target[], string, RegExp][] = [
    ['of an unknown kind', [{ ...worker, Arn: 'arn:aws:ecs:x' }], 'ValidationException', /not supported/],
    [
      'with settings that are not supported',
      [{ ...worker, SqsParameters: { MessageGroupId: 'g' } }],
      'ValidationException',
      /SqsParameters/,
    ],
    [
      'without a role that it needs',
      [{ ...worker, Arn: MACHINE_ARN }],
      'ValidationException',
      /RoleArn is required/,
    ],
    ['with two inputs', [{ ...worker, Input: '1', InputPath: '$.a' }], 'ValidationException', /only one of/],
    ['of the same id', [worker, worker], 'ValidationException', /same Id/],
    [
      'above five',
      Array.from({ length: 6 }, (_, n) => ({ Id: `t${n}`, Arn: QUEUE_ARN })),
      'LimitExceededException',
      /at most 5/,
    ],
  ];
  it.each(refusedTargets)('takes no targets %s', async (_, targets, name, message) => {
    const { client } = await runEvents();
    await putRule(client);

    await expect(putTargets(client, targets)).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
    expect((await client.send(new ListTargetsByRuleCommand({ Rule: 'sales' }))).Targets).toEqual([]);
  });
});

describe('a rule of the template', () => {
  it('wins at the next start over what was made of it by the API', async () => {
    const aws = await runEvents({ rules: [rule()] });
    await aws.client.send(new DisableRuleCommand({ Name: 'announce' }));
    const disabled = await aws.client.send(new DescribeRuleCommand({ Name: 'announce' }));
    await putRule(aws.client);

    await aws.restart();
    const { Rules = [] } = await aws.client.send(new ListRulesCommand({}));

    expect(disabled.State).toBe('DISABLED');
    expect(Rules.map(({ Name, State }) => [Name, State])).toEqual([
      ['announce', 'ENABLED'],
      ['sales', 'ENABLED'],
    ]);
  });

  it('is gone with the template that had it', async () => {
    const aws = await runEvents({ rules: [rule()] });
    await aws.restart({ rules: [] });

    expect((await aws.client.send(new ListRulesCommand({}))).Rules).toEqual([]);
  });
});

describe('an event bus made by the API', () => {
  it('has rules of its own, and is deleted after them', async () => {
    const aws = await runEvents();
    const { EventBusArn } = await aws.client.send(new CreateEventBusCommand({ Name: 'shop' }));
    const { RuleArn } = await putRule(aws.client, { EventBusName: 'shop' });
    await putTargets(aws.client, [worker], { EventBusName: EventBusArn });
    await aws.restart();

    await putEvents(aws.client);
    await putEvents(aws.client, { EventBusName: 'shop' });
    await aws.advance(0);
    const remove = () => aws.client.send(new DeleteEventBusCommand({ Name: 'shop' }));

    expect(RuleArn).toBe('arn:aws:events:eu-central-1:123456789012:rule/shop/sales');
    expect(aws.received).toHaveLength(1);
    await expect(remove()).rejects.toThrow(/since it has rules/);
    await aws.client.send(new RemoveTargetsCommand({ Rule: 'sales', EventBusName: 'shop', Ids: ['worker'] }));
    await aws.client.send(new DeleteRuleCommand({ Name: 'sales', EventBusName: 'shop' }));
    await remove();
    await remove();
    await expect(aws.client.send(new DescribeEventBusCommand({ Name: 'shop' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('is listed beside the default one, which stays', async () => {
    const { client } = await runEvents({ busNames: ['of-template'] });
    await client.send(new CreateEventBusCommand({ Name: 'a' }));
    const { EventBuses = [] } = await client.send(new ListEventBusesCommand({}));

    expect(EventBuses.map(({ Name }) => Name)).toEqual(['a', 'default', 'of-template']);
    await expect(client.send(new CreateEventBusCommand({ Name: 'a' }))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await expect(client.send(new DeleteEventBusCommand({ Name: 'default' }))).rejects.toThrow(
      /Cannot delete event bus default/,
    );
  });
});

describe('TestEventPattern', () => {
  const full = {
    ...{ id: '1', account: '123456789012', source: 'shop', time: '2026-11-21T10:00:00Z', region: 'r' },
    ...{ resources: [], 'detail-type': 'Sold', detail: { n: 1 } },
  };

  it('says whether an event matches', async () => {
    const { client } = await runEvents();
    const test = async (pattern: object, value: object) =>
      (
        await client.send(
          new TestEventPatternCommand({
            EventPattern: JSON.stringify(pattern),
            Event: JSON.stringify(value),
          }),
        )
      ).Result;

    expect(await test({ detail: { n: [{ numeric: ['>', 0] }] } }, full)).toBe(true);
    expect(await test({ detail: { n: [2] } }, full)).toBe(false);
    await expect(test({ source: 'shop' }, full)).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
    });
    await expect(test({ source: ['shop'] }, { source: 'shop' })).rejects.toThrow(/it has no id/);
  });
});

describe('what the local EventBridge does not have', () => {
  it('is refused by name', async () => {
    const { client } = await runEvents();

    await expect(
      client.send(new TagResourceCommand({ ResourceARN: 'arn:aws:events:x', Tags: [] })),
    ).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('AWSEvents.TagResource is not supported'),
    });
  });
});
