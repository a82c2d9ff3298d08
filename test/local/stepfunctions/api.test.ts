import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ListStateMachinesCommand,
  paginateListExecutions,
  SendTaskHeartbeatCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractTarget, openContractTarget, ROLE_ARN, type Workflows } from './harness.ts';

const pass = { Only: { Type: 'Pass', End: true } };
const pause = { Pause: { Type: 'Wait', Seconds: 9999, End: true } };

describe('the Step Functions API', () => {
  let target: ContractTarget;
  let workflows: Workflows;
  beforeAll(async () => {
    target = await openContractTarget();
    workflows = target.workflows;
  });
  afterAll(() => target[Symbol.asyncDispose]());

  describe('StartExecution', () => {
    it('gives the same execution for the same name and input while it runs', async () => {
      const stateMachineArn = await workflows.create(pause);
      const request = { stateMachineArn, name: 'once', input: '{"a":1}' };

      const first = await workflows.client.send(new StartExecutionCommand(request));
      const second = await workflows.client.send(new StartExecutionCommand(request));

      expect(second.executionArn).toBe(first.executionArn);
      expect(second.startDate).toEqual(first.startDate);
      expect(first.executionArn).toBe(`${stateMachineArn.replace(':stateMachine:', ':execution:')}:once`);
    });

    it('refuses a name that is taken by another input, or by an execution that has ended', async () => {
      const stateMachineArn = await workflows.create(pause);
      const start = (input: string) =>
        workflows.client.send(new StartExecutionCommand({ stateMachineArn, name: 'once', input }));
      const { executionArn } = await start('{"a":1}');

      await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
      await workflows.client.send(new StopExecutionCommand({ executionArn }));
      await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    });

    it('takes an empty object when there is no input', async () => {
      const stateMachineArn = await workflows.create(pass);

      const { executionArn = '' } = await workflows.client.send(
        new StartExecutionCommand({ stateMachineArn }),
      );

      expect(await workflows.ended(executionArn)).toMatchObject({ input: '{}', output: '{}' });
    });

    it.each([
      ['no JSON', { input: 'text' }, 'InvalidExecutionInput'],
      ['too long', { input: JSON.stringify('x'.repeat(262_144)) }, 'ValidationException'],
      ['of a machine that is not there', { stateMachineArn: 'other' }, 'StateMachineDoesNotExist'],
      ['of something that is no machine', { stateMachineArn: 'arn:aws:s3:::bucket' }, 'InvalidArn'],
      ['with a bad name', { name: 'a b' }, 'InvalidName'],
    ])('refuses what is %s', async (_title, fields, name) => {
      const stateMachineArn = await workflows.create(pass);
      const request = { stateMachineArn, ...fields };
      if (request.stateMachineArn === 'other') {
        request.stateMachineArn = `${stateMachineArn}-other`;
      }

      await expect(workflows.client.send(new StartExecutionCommand(request))).rejects.toMatchObject({ name });
    });
  });

  describe('StopExecution', () => {
    it('aborts with error and cause', async () => {
      const executionArn = await workflows.start(await workflows.create(pause));
      await workflows.reached(executionArn, 'WaitStateEntered');

      const { stopDate } = await workflows.client.send(
        new StopExecutionCommand({ executionArn, error: 'Enough', cause: 'asked to' }),
      );

      expect(await workflows.describe(executionArn)).toMatchObject({
        status: 'ABORTED',
        error: 'Enough',
        cause: 'asked to',
        stopDate,
      });
      const last = (await workflows.history(executionArn)).at(-1);
      expect(last).toMatchObject({ type: 'ExecutionAborted', id: 3, previousEventId: 0 });
    });

    it('leaves an execution that has ended as it is', async () => {
      const { executionArn, stopDate } = await workflows.run(pass);

      const stopped = await workflows.client.send(new StopExecutionCommand({ executionArn }));

      expect(stopped.stopDate).toEqual(stopDate);
      expect((await workflows.describe(executionArn ?? '')).status).toBe('SUCCEEDED');
    });
  });

  describe('lists', () => {
    it('page through executions, newest first, by status', async () => {
      const stateMachineArn = await workflows.create({
        Choose: {
          Type: 'Choice',
          Choices: [{ Condition: '{% $states.input.fail %}', Next: 'Fail' }],
          Default: 'Done',
        },
        Fail: { Type: 'Fail' },
        Done: { Type: 'Succeed' },
      });
      const arns: string[] = [];
      for (const fail of [false, true, false, false]) {
        arns.push(await workflows.start(stateMachineArn, { fail }));
        await workflows.ended(arns.at(-1) ?? '');
      }
      const request = { stateMachineArn, statusFilter: 'SUCCEEDED', maxResults: 2 } as const;

      const pages: (string | undefined)[][] = [];
      for await (const page of paginateListExecutions({ client: workflows.client }, request)) {
        pages.push((page.executions ?? []).map((execution) => execution.executionArn));
      }

      expect(pages).toEqual([[arns[3], arns[2]], [arns[0]]]);
    });

    it('page through a history in both orders', async () => {
      const { executionArn = '' } = await workflows.run(pass);
      const get = (fields: object) =>
        workflows.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 3, ...fields }));
      const ids = async (fields: object) => {
        const first = await get(fields);
        const second = await get({ ...fields, nextToken: first.nextToken });
        expect(second.nextToken).toBeUndefined();
        return [first, second].map(({ events = [] }) => events.map(({ id }) => id));
      };

      expect(await ids({})).toEqual([[1, 2, 3], [4]]);
      expect(await ids({ reverseOrder: true })).toEqual([[4, 3, 2], [1]]);
    });

    it('leave inputs and outputs out of a history on demand', async () => {
      const { executionArn } = await workflows.run(pass, { secret: 1 });

      const { events = [] } = await workflows.client.send(
        new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }),
      );

      expect(JSON.stringify(events)).not.toContain('secret');
      expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'Only' });
    });

    it('refuse a token that is not theirs', async () => {
      const { executionArn = '' } = await workflows.run(pass);
      const request = { executionArn, nextToken: 'made-up', maxResults: 1 };

      await expect(workflows.client.send(new GetExecutionHistoryCommand(request))).rejects.toMatchObject({
        name: 'InvalidToken',
      });
    });

    it('refuse the token of a list with another filter', async () => {
      const stateMachineArn = await workflows.create(pass);
      for (const input of [1, 2]) {
        await workflows.ended(await workflows.start(stateMachineArn, input));
      }
      const { nextToken } = await workflows.client.send(
        new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }),
      );
      const request = { stateMachineArn, nextToken, statusFilter: 'SUCCEEDED' } as const;

      await expect(workflows.client.send(new ListExecutionsCommand(request))).rejects.toMatchObject({
        name: 'InvalidToken',
      });
    });

    it('find a machine among all of them', async () => {
      const stateMachineArn = await workflows.create(pass);

      const { stateMachines = [] } = await workflows.client.send(
        new ListStateMachinesCommand({ maxResults: 1000 }),
      );

      expect(stateMachines).toContainEqual(expect.objectContaining({ stateMachineArn, type: 'STANDARD' }));
    });

    it('give no Map runs for an execution without any', async () => {
      const { executionArn } = await workflows.run(pass);

      expect((await workflows.client.send(new ListMapRunsCommand({ executionArn }))).mapRuns).toEqual([]);
    });
  });

  describe('describing', () => {
    it('shows a state machine with its definition', async () => {
      const stateMachineArn = await workflows.create(pass);

      const machine = await workflows.client.send(new DescribeStateMachineCommand({ stateMachineArn }));

      expect(machine).toMatchObject({
        stateMachineArn,
        status: 'ACTIVE',
        type: 'STANDARD',
        roleArn: ROLE_ARN,
      });
      expect(JSON.parse(machine.definition ?? '')).toEqual({
        QueryLanguage: 'JSONata',
        StartAt: 'Only',
        States: pass,
      });
    });

    it('shows an execution with its times', async () => {
      const execution = await workflows.run(pass, { a: 1 });

      expect(execution).toMatchObject({
        status: 'SUCCEEDED',
        input: '{"a":1}',
        inputDetails: { included: true },
        output: '{"a":1}',
        redriveCount: 0,
      });
      expect(execution.stopDate?.getTime()).toBeGreaterThanOrEqual(execution.startDate?.getTime() ?? 0);
    });

    it('names what does not exist', async () => {
      const executionArn = `${(await workflows.create(pass)).replace('stateMachine', 'execution')}:none`;
      const mapRunArn = `${executionArn.replace(':execution:', ':mapRun:').replace(/:none$/, '/label:none')}`;

      await expect(
        workflows.client.send(new DescribeExecutionCommand({ executionArn })),
      ).rejects.toMatchObject({
        name: 'ExecutionDoesNotExist',
      });
      await expect(workflows.client.send(new DescribeMapRunCommand({ mapRunArn }))).rejects.toMatchObject({
        name: 'ResourceNotFound',
      });
      await expect(
        workflows.client.send(new ListExecutionsCommand({ stateMachineArn: 'nothing' })),
      ).rejects.toMatchObject({ name: 'InvalidArn' });
      await expect(
        workflows.client.send(new SendTaskHeartbeatCommand({ taskToken: 'made up' })),
      ).rejects.toMatchObject({ name: 'InvalidToken' });
    });
  });
});
