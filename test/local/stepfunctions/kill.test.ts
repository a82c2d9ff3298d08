import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { until } from './harness.ts';
import { KilledService } from './killed-service.ts';

const machine = (name: string) => `arn:aws:states:eu-central-1:000000000000:stateMachine:${name}`;
const definition = (States: Record<string, object>) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(States)[0],
  States,
});
const task = (FunctionName: string, fields: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName, Payload: '{% $states.input %}' },
  Output: '{% $states.result.Payload %}',
  ...fields,
});

describe('after kill -9', () => {
  it('executions go on: waits by their time, tokens stay good, functions under way run again', async () => {
    await using service = new KilledService({
      pause: definition({ Pause: { Type: 'Wait', Seconds: 3600, End: true } }),
      hang: definition({ Hang: task('hang', { End: true }) }),
      token: definition({
        Wait: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Arguments: { FunctionName: 'hand-over', Payload: '{% $states.context.Task.Token %}' },
          End: true,
        },
      }),
      late: definition({
        Wait: {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
          Arguments: { FunctionName: 'hand-over', Payload: 'late' },
          HeartbeatSeconds: 60,
          End: true,
        },
      }),
    });
    await service.start();
    const start = (name: string) => service.workflows.start(machine(name));
    const [pause, hang, token, late] = [
      await start('pause'),
      await start('hang'),
      await start('token'),
      await start('late'),
    ];
    await service.workflows.reached(pause, 'WaitStateEntered');
    await service.workflows.reached(token, 'TaskSubmitted');
    await service.workflows.reached(late, 'TaskSubmitted');
    await until('the call that hangs', () => service.calls().some(([name]) => name === 'hang'));

    await service.kill();
    writeFileSync(join(service.directory, 'answer'), '');
    await service.start({ secondsAhead: 7200 });

    const { workflows } = service;
    expect((await workflows.ended(pause)).status).toBe('SUCCEEDED');
    expect((await workflows.ended(hang)).output).toBe('"answered"');
    expect(await workflows.ended(late)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    const [, taskToken] = service.calls().find(([, payload]) => String(payload).length > 20) ?? [];
    await workflows.client.send(
      new SendTaskSuccessCommand({ taskToken: String(taskToken), output: '"restored"' }),
    );
    expect((await workflows.ended(token)).output).toBe('"restored"');
  });

  it('no step is lost or recorded twice, wherever the kills strike', async () => {
    const steps = 30;
    await using service = new KilledService({
      count: definition({
        Count: task('count', { Next: 'Enough' }),
        Enough: {
          Type: 'Choice',
          Choices: [{ Condition: `{% $states.input < ${steps} %}`, Next: 'Count' }],
          Default: 'Done',
        },
        Done: { Type: 'Succeed' },
      }),
    });
    await service.start();
    const arn = await service.workflows.start(machine('count'), 0);
    for (const strike of [3, 11, 20]) {
      await until(`call ${strike}`, () => service.calls().length >= strike);
      await service.kill();
      await service.start();
    }

    expect(await service.workflows.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: String(steps) });
    const counted = service.calls().map(([, payload]) => payload);
    expect([...new Set(counted)]).toEqual(Array.from({ length: steps }, (_, index) => index));
    expect(counted.length).toBeLessThanOrEqual(steps + 3);
    const history = await service.workflows.history(arn);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
    expect(history.filter(({ type }) => type === 'TaskSucceeded')).toHaveLength(steps);
    expect(history.every(({ id = 0, previousEventId = 0 }) => previousEventId < id)).toBe(true);
  });

  it('a workflow of branches, iterations and children comes to the same end through many deaths', async () => {
    const Work = task('count', { End: true });
    const map = (name: string, ProcessorConfig: object) => ({
      StartAt: name,
      States: {
        [name]: {
          Type: 'Map',
          MaxConcurrency: 2,
          ItemProcessor: {
            ProcessorConfig,
            StartAt: `${name} work`,
            States: {
              [`${name} work`]: { ...Work, Next: `${name} pause`, End: undefined },
              [`${name} pause`]: { Type: 'Wait', Seconds: 0, End: true },
            },
          },
          End: true,
        },
      },
    });
    await using service = new KilledService({
      all: definition({
        Remember: { Type: 'Pass', Assign: { start: '{% $states.input[0] %}' }, Next: 'Both' },
        Both: {
          Type: 'Parallel',
          Branches: [
            map('Inline', { Mode: 'INLINE' }),
            map('Distributed', { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }),
          ],
          Output: { start: '{% $start %}', results: '{% $states.result %}' },
          End: true,
        },
      }),
    });
    await service.start({ dieAtReading: 30 });
    const arn = await service.workflows.start(machine('all'), [10, 20, 30, 40]);
    let deaths = 0;
    for (
      let execution = await service.lifeOf(arn);
      execution === undefined;
      execution = await service.lifeOf(arn)
    ) {
      deaths++;
      await service.start({ dieAtReading: 30 + deaths });
    }

    // What is left of this life may still end it: look at the result in a life without an end.
    await service.kill();
    await service.start();
    const { status, output = '' } = await service.workflows.ended(arn);
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output)).toEqual({
      start: 10,
      results: [
        [11, 21, 31, 41],
        [11, 21, 31, 41],
      ],
    });
    expect(deaths).toBeGreaterThan(3);
    const history = await service.workflows.history(arn);
    expect(history.map(({ id }) => id)).toEqual(history.map((_, index) => index + 1));
  });
});
