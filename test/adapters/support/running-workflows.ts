import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { startStepFunctions } from '../../../local/stepfunctions/server.ts';
import { createAwsWorkflows } from '../../../shared/adapters/aws/workflows.ts';
import type { WaitingTask, WorkflowsUnderTest } from '../contracts/workflows.contract.ts';

export interface RunningWorkflows extends WorkflowsUnderTest {
  readonly client: SFNClient;
  close(): Promise<void>;
}

const machine = (states: Record<string, object>) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });

/** Ends at once, so that a second start meets an execution that is over. */
const passing = machine({ Pass: { Type: 'Pass', End: true } });

const waiting = machine({
  'Wait for an answer': {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
    Arguments: {
      FunctionName: 'arn:aws:lambda:eu-central-1:111122223333:function:take-token',
      Payload: { token: '{% $states.context.Task.Token %}' },
    },
    End: true,
  },
});

/** A Step Functions of its own with one state machine for each kind of workflow. */
export async function runWorkflows(): Promise<RunningWorkflows> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-workflows-'));
  const tokens: string[] = [];
  const service = await startStepFunctions({
    directory,
    region: 'eu-central-1',
    accountId: '111122223333',
    invoke: async (_, payload) => {
      tokens.push((JSON.parse(payload) as { token: string }).token);
      return { payload: 'null' };
    },
  });
  const roleArn = 'arn:aws:iam::111122223333:role/workflows';
  const put = (name: string, definition: string) => service.putStateMachine({ name, definition, roleArn });
  const arns = {
    commitStateMachineArn: put('commit', passing),
    restoreStateMachineArn: put('restore', passing),
  };
  const waitingArn = put('waiting', waiting);
  const client = new SFNClient({
    endpoint: service.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    workflows: createAwsWorkflows({ client, ...arns }),
    executions: async () => (await Promise.all(Object.values(arns).map((arn) => list(client, arn)))).flat(),
    waitingTask: () => startWaiting(client, waitingArn, tokens),
    async close() {
      client.destroy();
      await service.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function list(client: SFNClient, stateMachineArn: string) {
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
  const describe = async ({ executionArn, name = '' }: ExecutionListItem) => {
    const { input = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return { name, input: JSON.parse(input) as object };
  };
  return (await Promise.all(executions.map(describe))).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function startWaiting(
  client: SFNClient,
  stateMachineArn: string,
  tokens: readonly string[],
): Promise<WaitingTask> {
  const before = tokens.length;
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  const describe = () => client.send(new DescribeExecutionCommand({ executionArn }));
  return {
    token: await until(async () => tokens[before]),
    answer: () =>
      until(async () => {
        const { status, output = '', error = '', cause = '' } = await describe();
        if (status === 'SUCCEEDED') return { output: JSON.parse(output) as object };
        return status === 'FAILED' ? { error, cause } : undefined;
      }),
    async stop() {
      await client.send(new StopExecutionCommand({ executionArn }));
    },
  };
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(5);
  }
}
