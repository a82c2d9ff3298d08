import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asLogicalId,
  inWords,
  list,
  resourcesOf,
  type SynthesizedStacks,
  synthesizeStacks,
} from './synthesized.ts';

let stacks: SynthesizedStacks;
beforeAll(() => {
  stacks = synthesizeStacks();
});
afterAll(() => stacks.remove());

const functions = (of = stacks) => resourcesOf(of.stateless, 'AWS::Lambda::Function');
const functionOf = (name: string, of = stacks) =>
  functions(of).find(({ id }) => id.slice(0, -8) === `Functions${asLogicalId(name)}`);

describe('every event', () => {
  it('that cannot be delivered goes to the dead letters of its function', () => {
    const rules = resourcesOf(stacks.stateless, 'AWS::Events::Rule');

    expect(rules).toHaveLength(4);
    for (const { Targets, EventBusName } of rules) {
      expect(Targets).toHaveLength(1);
      const [{ Arn, DeadLetterConfig, RetryPolicy }] = Targets;
      // Our own bus is for alerts, which go to people.
      const letters = EventBusName ? 'AlertMailsDeadLetters' : `${inWords(Arn)}deadletters`;
      expect(inWords(DeadLetterConfig.Arn)).toBe(letters);
      if (!EventBusName) expect(RetryPolicy.MaximumRetryAttempts).toBe(185);
    }
    expect(resourcesOf(stacks.stateless, 'AWS::Scheduler::Schedule')).toEqual([]);
  });

  it.each([
    ['watch', 1, 300],
    ['note-object', 2, 21_600],
    ['take-late-log', 2, 21_600],
  ])(
    'that %s cannot do is tried %i more times within %i s, and then goes there too',
    (name, retries, age) => {
      const { id, DeadLetterConfig } = functionOf(name) ?? {};
      const settings = resourcesOf(stacks.stateless, 'AWS::Lambda::EventInvokeConfig').find(
        ({ FunctionName }) => FunctionName.Ref === id,
      );

      expect(inWords(DeadLetterConfig.TargetArn)).toBe(`Functions${asLogicalId(name)}deadletters`);
      expect(settings).toMatchObject({ MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age });
    },
  );

  it('of an alert is a mail with what is wrong and what to do, by a role that may do nothing else', () => {
    const [mails] = resourcesOf(stacks.stateless, 'AWS::Events::Rule').filter(
      ({ EventBusName }) => EventBusName,
    );
    const [{ Arn, RoleArn, InputTransformer }] = mails?.Targets ?? [];

    expect(inWords(mails?.EventBusName)).toBe('Bus');
    expect(mails?.EventPattern).toEqual({
      source: ['holdfast'],
      'detail-type': ['Alert Raised', 'Alert Repeated'],
    });
    expect(inWords(Arn)).toBe('Alarms');
    expect(InputTransformer.InputTemplate).toMatch(
      /^"Holdfast, <.*severity> .*<.*text>\. What to do: <.*hint>/,
    );
    const policies = resourcesOf(stacks.stateless, 'AWS::IAM::Policy').filter(({ Roles }) =>
      (Roles as object[]).some((role) => inWords(role) === inWords(RoleArn)),
    );
    expect(
      policies.flatMap(({ PolicyDocument }) =>
        (PolicyDocument.Statement as { Action: unknown; Resource: object }[]).map(
          ({ Action, Resource }) => `${list(Action)} ${inWords(Resource)}`,
        ),
      ),
    ).toEqual(['sns:Publish Alarms', 'kms:Decrypt,kms:GenerateDataKey* AlarmKey']);
  });

  it('is for a function that has dead letters, or for people: nothing else is invoked by events', () => {
    const invoked = resourcesOf(stacks.stateless, 'AWS::Events::Rule').flatMap(({ Targets }) =>
      Targets.map(({ Arn }: { Arn: unknown }) => inWords(Arn)),
    );
    const withLetters = functions().flatMap(({ id, DeadLetterConfig }) =>
      DeadLetterConfig ? [id.slice(0, -8)] : [],
    );

    expect(invoked.sort()).toEqual([...withLetters, 'Alarms'].sort());
  });
});

describe('dead letters', () => {
  it('are kept encrypted for 14 days', () => {
    const queues = resourcesOf(stacks.stateless, 'AWS::SQS::Queue');

    expect(queues).toHaveLength(4);
    for (const queue of queues) {
      expect(queue).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    }
  });

  it('come from our rules only, and over TLS', () => {
    for (const { PolicyDocument } of resourcesOf(stacks.stateless, 'AWS::SQS::QueuePolicy')) {
      expect(PolicyDocument.Statement).toEqual([
        expect.objectContaining({
          Effect: 'Deny',
          Action: 'sqs:*',
          Principal: { AWS: '*' },
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        }),
        expect.objectContaining({
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Principal: { Service: 'events.amazonaws.com' },
          Condition: {
            ArnEquals: {
              'aws:SourceArn': {
                'Fn::GetAtt': [expect.stringMatching(/^Watch|^ObjectCreated|^LogCreated|^AlertMails/), 'Arn'],
              },
            },
          },
        }),
      ]);
    }
  });
});

describe('reserved concurrency', () => {
  const reserved = (of: SynthesizedStacks) =>
    Object.fromEntries(
      functions(of).flatMap(({ id, ReservedConcurrentExecutions: count }) =>
        count === undefined ? [] : [[id.slice('Functions'.length, -8), count]],
      ),
    );

  it('bounds what a flood of objects or commits could take, and keeps one for the watch', () => {
    expect(reserved(stacks)).toEqual({
      watch: 1,
      noteobject: 5,
      takelatelog: 5,
      verifymanifest: 20,
      verifyobjects: 20,
    });
  });

  it('is what the stage says, and can be left out in a new account', () => {
    const without = synthesizeStacks({ name: 'test', reserveConcurrency: false, accountConcurrency: 10 });
    const more = synthesizeStacks({ name: 'test', commitConcurrency: 100 });

    expect(reserved(without)).toEqual({});
    expect(reserved(more)).toMatchObject({ verifymanifest: 100, verifyobjects: 100 });
    without.remove();
    more.remove();
  });
});

describe('every function and workflow', () => {
  it('traces its calls and logs as JSON', () => {
    for (const { TracingConfig, LoggingConfig } of functions()) {
      expect([TracingConfig, LoggingConfig.LogFormat]).toEqual([{ Mode: 'Active' }, 'JSON']);
    }
    for (const { TracingConfiguration, LoggingConfiguration } of resourcesOf(
      stacks.stateless,
      'AWS::StepFunctions::StateMachine',
    )) {
      expect([TracingConfiguration, LoggingConfiguration.Level]).toEqual([{ Enabled: true }, 'ALL']);
      // The input of a task has its token.
      expect(LoggingConfiguration.IncludeExecutionData ?? false).toBe(false);
    }
  });
});
