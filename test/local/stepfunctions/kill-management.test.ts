import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListExecutionsCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../../../local/services.ts';
import { each, findMapRun } from './distributed-states.ts';
import { ROLE_ARN, until } from './harness.ts';
import { KilledService } from './killed-service.ts';
import { BUCKET, openVaultBucket } from './vault-bucket.ts';

const machine = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
const definition = (States: Record<string, object>) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(States)[0],
  States,
});
const pause = (Seconds: number) =>
  definition({ Pause: { Type: 'Wait', Seconds, Next: 'After' }, After: { Type: 'Succeed' } });

/** Status changes in the order of their first delivery. */
function distinct(events: readonly EventEnvelope[]): EventEnvelope[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

/** Lets the service die at a later and later turn, until an execution has ended. Returns how often it died. */
async function killUntilEnded(service: KilledService, arn: string, firstReading: number): Promise<number> {
  let deaths = 0;
  for (
    let execution = await service.lifeOf(arn);
    execution === undefined;
    execution = await service.lifeOf(arn)
  ) {
    deaths++;
    await service.start({ dieAtReading: firstReading + deaths });
  }
  // What is left of this life may still end it: look at the result in a life without an end.
  await service.kill();
  await service.start();
  return deaths;
}

describe('after kill -9', () => {
  it('a Map run that reads from S3 and writes to it comes to the same end through many deaths', async () => {
    await using bucket = await openVaultBucket();
    const items = [1, 2, 3, 4, 5];
    await bucket.put('items.json', JSON.stringify(items));
    const Fail = {
      Check: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = 4 %}', Next: 'Broken' }],
        Default: 'Fine',
      },
      Broken: { Type: 'Fail', Error: 'Broken' },
      Fine: { Type: 'Pass', End: true },
    };
    await using service = new KilledService(
      {
        map: definition(
          each(Fail, {
            ItemReader: {
              Resource: 'arn:aws:states:::s3:getObject',
              Arguments: { Bucket: BUCKET, Key: 'items.json' },
              ReaderConfig: { InputType: 'JSON' },
            },
            ResultWriter: {
              Resource: 'arn:aws:states:::s3:putObject',
              Arguments: { Bucket: BUCKET, Prefix: 'results' },
              WriterConfig: { Transformation: 'COMPACT', OutputType: 'JSON' },
            },
            MaxConcurrency: 2,
            ToleratedFailureCount: 1,
          }),
        ),
      },
      bucket.access,
    );
    await service.start({ dieAtReading: 12 });
    const arn = await service.workflows.start(machine('map'));

    const deaths = await killUntilEnded(service, arn, 12);

    const { status, output = '' } = await service.workflows.ended(arn);
    expect(status).toBe('SUCCEEDED');
    expect(deaths).toBeGreaterThan(2);
    const { ResultWriterDetails } = JSON.parse(output) as { ResultWriterDetails: { Key: string } };
    const { ResultFiles } = JSON.parse(await bucket.text(ResultWriterDetails.Key)) as {
      ResultFiles: Record<string, { Key: string }[]>;
    };
    expect(await bucket.text(ResultFiles.SUCCEEDED?.[0]?.Key ?? '')).toBe('[1,2,3,5]');
    expect(ResultFiles).toMatchObject({ FAILED: [expect.anything()], PENDING: [] });
    expect((await findMapRun(service.workflows, arn)).executionCounts).toMatchObject({
      total: 5,
      succeeded: 4,
      failed: 1,
    });
    expect((await bucket.keys('results')).length).toBe(3);
  }, 60_000);

  it('a nested execution is started once and waited for through many deaths', async () => {
    await using service = new KilledService({
      parent: definition({
        Start: {
          Type: 'Task',
          Resource: 'arn:aws:states:::states:startExecution.sync:2',
          Arguments: { StateMachineArn: machine('child'), Input: 1 },
          Output: '{% $states.result.Output %}',
          End: true,
        },
      }),
      child: definition({
        First: { Type: 'Pass', Output: '{% $states.input + 1 %}', Next: 'Second' },
        Second: { Type: 'Pass', Output: '{% $states.input + 1 %}', End: true },
      }),
    });
    await service.start({ dieAtReading: 8 });
    const arn = await service.workflows.start(machine('parent'));

    const deaths = await killUntilEnded(service, arn, 8);

    expect(await service.workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: '3' });
    expect(deaths).toBeGreaterThan(0);
    const { executions } = await service.workflows.client.send(
      new ListExecutionsCommand({ stateMachineArn: machine('child') }),
    );
    expect(executions).toHaveLength(1);
  }, 60_000);

  it('machines that were made are there, and what was being deleted goes when its execution ends', async () => {
    await using service = new KilledService({});
    await service.start();
    const create = (name: string) =>
      service.workflows.client.send(
        new CreateStateMachineCommand({
          name,
          definition: JSON.stringify(pause(3600)),
          roleArn: ROLE_ARN,
          tags: [{ key: 'a', value: '1' }],
        }),
      );
    await create('kept');
    await create('deleted');
    const executionArn = await service.workflows.start(machine('deleted'));
    await service.workflows.reached(executionArn, 'WaitStateEntered');
    await service.workflows.client.send(
      new DeleteStateMachineCommand({ stateMachineArn: machine('deleted') }),
    );

    await service.kill();
    await service.start();
    const describeMachine = (name: string) =>
      service.workflows.client.send(new DescribeStateMachineCommand({ stateMachineArn: machine(name) }));
    expect((await describeMachine('kept')).definition).toBe(JSON.stringify(pause(3600)));
    expect((await describeMachine('deleted')).status).toBe('DELETING');

    await service.kill();
    await service.start({ secondsAhead: 7200 });

    expect((await service.workflows.ended(executionArn)).status).toBe('ABORTED');
    await expect(describeMachine('deleted')).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  it('no event of a status change is lost, and they come in order', async () => {
    await using service = new KilledService({ quick: definition({ Only: { Type: 'Succeed' } }) });
    await service.start({ dieAtReading: 14 });
    const arns: string[] = [];
    for (let started = 0; started < 12; ) {
      const arn = await service.workflows.start(machine('quick')).catch(() => undefined);
      if (arn === undefined) {
        await service.kill();
        await service.start({ dieAtReading: 14 + started });
      } else {
        arns.push(arn);
        started++;
      }
    }
    await service.kill();
    await service.start();
    for (const arn of arns) {
      await service.workflows.ended(arn);
    }

    const statusesOf = (arn: string) =>
      distinct(service.events())
        .map((event) => event.detail as { executionArn: string; status: string })
        .filter(({ executionArn }) => executionArn === arn)
        .map(({ status }) => status);
    await until('all events', () => arns.every((arn) => statusesOf(arn).length === 2));
    for (const arn of arns) {
      expect(statusesOf(arn)).toEqual(['RUNNING', 'SUCCEEDED']);
    }
  }, 60_000);
});
