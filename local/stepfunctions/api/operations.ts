import { z } from 'zod';
import { isValidName } from '../arns.ts';
import type { Executor } from '../executor.ts';
import type { ExecutionRecord } from '../records.ts';
import type { Store } from '../store/store.ts';
import { describeExecution, describeMachine, describeMapRun } from './describe.ts';
import { refuse, refuseRequest } from './errors.ts';
import { listExecutions, listHistory, listMachines, listMapRuns } from './lists.ts';
import { findExecution, findMachine, findMapRun } from './lookup.ts';
import { pageFields } from './pages.ts';
import { checkInput, readOutput } from './payloads.ts';

export interface Service {
  readonly store: Store;
  readonly executor: Executor;
  readonly newId: () => string;
  readonly payloadBytes: number;
}

/** One operation of the API: checks its request and answers with the JSON that goes on the wire. */
export type Operation = (service: Service, request: unknown) => object | Promise<object>;

/** Fields that the shape does not name are refused: nothing that was asked for is left out in silence. */
function operation<Shape extends z.ZodRawShape>(
  shape: Shape,
  answer: (service: Service, request: z.infer<z.ZodObject<Shape>>) => object | Promise<object>,
): Operation {
  const schema = z.strictObject(shape);
  return (service, request) => {
    const parsed = schema.safeParse(request);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `'${path.join('.')}': ${message}`);
      throw refuseRequest(`${problems.length} validation error detected: ${problems.join('; ')}`);
    }
    return answer(service, parsed.data as z.infer<z.ZodObject<Shape>>);
  };
}

const arn = z.string().min(1).max(2000);
const taskToken = z.string().min(1).max(2048);
const failureFields = { error: z.string().max(256).optional(), cause: z.string().max(32_768).optional() };
const includedData = z.literal('ALL_DATA').optional();
const statusFilter = z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional();

export const operations: Readonly<Record<string, Operation>> = {
  StartExecution: operation(
    { stateMachineArn: arn, name: z.string().optional(), input: z.string().optional() },
    (service, request) => {
      const { arn: executionArn, startedAt } = startExecution(service, request);
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
  DescribeStateMachine: operation(
    { stateMachineArn: arn, includedData },
    ({ store }, { stateMachineArn }) => {
      const machine = findMachine(store, stateMachineArn);
      return describeMachine(machine, store.machines.definition(machine.definitionHash));
    },
  ),
  ListStateMachines: operation(pageFields, ({ store }, request) => listMachines(store, request)),
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
  DescribeMapRun: operation({ mapRunArn: arn }, ({ store }, { mapRunArn }) => {
    const mapRun = findMapRun(store, mapRunArn);
    const parent = store.executions.get(mapRun.executionId);
    return describeMapRun(mapRun, parent?.arn ?? '', store.mapRuns.tally(mapRunArn));
  }),
  ListMapRuns: operation({ ...pageFields, executionArn: arn }, ({ store }, request) =>
    listMapRuns(store, request),
  ),
};

/** Also what an EventBridge rule or a schedule does when it fires. */
export function startExecution(
  service: Service,
  request: {
    readonly stateMachineArn: string;
    readonly name?: string | undefined;
    readonly input?: string | undefined;
  },
): ExecutionRecord {
  const machine = findMachine(service.store, request.stateMachineArn);
  const name = request.name ?? service.newId();
  if (!isValidName(name)) {
    throw refuse('InvalidName', name);
  }
  return service.executor.start(machine, name, checkInput(request.input ?? '{}', service.payloadBytes));
}

function dropUndefined(failure: { error?: string | undefined; cause?: string | undefined }): {
  error?: string;
  cause?: string;
} {
  return {
    ...(failure.error !== undefined && { error: failure.error }),
    ...(failure.cause !== undefined && { cause: failure.cause }),
  };
}
