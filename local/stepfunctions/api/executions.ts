import * as z from 'zod';
import { describeExecution } from './describe.ts';
import { listExecutions, listHistory } from './lists.ts';
import { findExecution } from './lookup.ts';
import { arn, dropUndefined, includedData, name, type Operations, operation } from './operation.ts';
import { pageFields } from './pages.ts';
import { readOutput } from './payloads.ts';

const taskToken = z.string().min(1).max(2048);
const failureFields = { error: z.string().max(256).optional(), cause: z.string().max(32_768).optional() };
// Nothing is ever pending here: the filter finds nothing, as it mostly does on AWS.
const statusFilter = z
  .enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'])
  .optional();

export const executionOperations: Operations = {
  StartExecution: operation(
    { stateMachineArn: arn, name: name.optional(), input: z.string().optional() },
    ({ executor }, request) => {
      const { arn: executionArn, startedAt } = executor.start({
        stateMachineArn: request.stateMachineArn,
        name: request.name,
        input: request.input ?? '{}',
      });
      return { executionArn, startDate: startedAt / 1000 };
    },
  ),
  DescribeExecution: operation({ executionArn: arn, includedData }, ({ store }, { executionArn }) =>
    describeExecution(findExecution(store, executionArn)),
  ),
  StopExecution: operation(
    { executionArn: arn, ...failureFields },
    async ({ store, executor }, { executionArn, ...failure }) => {
      const stoppedAt = await executor.stop(findExecution(store, executionArn), dropUndefined(failure));
      return { stopDate: stoppedAt / 1000 };
    },
  ),
  ListExecutions: operation(
    { ...pageFields, stateMachineArn: arn.optional(), mapRunArn: arn.optional(), statusFilter },
    ({ store }, request) => listExecutions(store, request),
  ),
  GetExecutionHistory: operation(
    {
      ...pageFields,
      executionArn: arn,
      reverseOrder: z.boolean().optional(),
      includeExecutionData: z.boolean().optional(),
    },
    ({ store }, request) => listHistory(store, request),
  ),
  SendTaskSuccess: operation({ taskToken, output: z.string() }, async (service, request) => {
    const result = readOutput(request.output, service.payloadBytes);
    await service.executor.answerTask(request.taskToken, { kind: 'result', result });
    return {};
  }),
  SendTaskFailure: operation(
    { taskToken, ...failureFields },
    async ({ executor }, { taskToken: token, ...failure }) => {
      await executor.answerTask(token, { kind: 'failure', ...dropUndefined(failure) });
      return {};
    },
  ),
  SendTaskHeartbeat: operation({ taskToken }, async ({ executor }, request) => {
    await executor.beat(request.taskToken);
    return {};
  }),
};
