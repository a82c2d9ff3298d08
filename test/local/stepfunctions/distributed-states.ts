import { DescribeMapRunCommand, ListMapRunsCommand } from '@aws-sdk/client-sfn';
import type { Workflows } from './harness.ts';

/** A distributed Map of its input with these states for each item. */
export const each = (States: Record<string, object>, fields: object = { Items: '{% $states.input %}' }) => ({
  Each: {
    Type: 'Map',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: Object.keys(States)[0],
      States,
    },
    End: true,
    ...fields,
  },
});

export const same = { Same: { Type: 'Pass', End: true } };

/** Fails for the item 2. */
export const exceptTwo = {
  Check: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input = 2 %}', Next: 'Broken' }],
    Default: 'Fine',
  },
  Broken: { Type: 'Fail', Error: 'Broken', Cause: 'as it was asked to' },
  Fine: { Type: 'Pass', End: true },
};

export async function findMapRun(workflows: Workflows, executionArn: string) {
  const { mapRuns } = await workflows.client.send(new ListMapRunsCommand({ executionArn }));
  return workflows.client.send(new DescribeMapRunCommand({ mapRunArn: mapRuns?.[0]?.mapRunArn }));
}
