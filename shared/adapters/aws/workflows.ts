import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { Instant } from '../../domain/instant.ts';
import type { RebuildExecution, Workflows } from '../../ports/workflows.ts';
import { translateFailures } from '../failures.ts';

/** What Step Functions takes as a cause, in characters. */
const maxCauseLength = 32_768;

/**
 * Workflows as Standard state machines. A function that starts only one of them needs no ARN of the other; starting
 * one whose ARN was not given throws.
 */
export const createAwsWorkflows = ({
  client,
  commitStateMachineArn,
  restoreStateMachineArn,
  requestStateMachineArn,
  rebuildStateMachineArn,
  retentionStateMachineArn,
  reclaimStateMachineArn,
  auditStateMachineArn,
}: {
  readonly client: SFNClient;
  readonly commitStateMachineArn?: string | undefined;
  readonly restoreStateMachineArn?: string | undefined;
  readonly requestStateMachineArn?: string | undefined;
  readonly rebuildStateMachineArn?: string | undefined;
  readonly retentionStateMachineArn?: string | undefined;
  readonly reclaimStateMachineArn?: string | undefined;
  readonly auditStateMachineArn?: string | undefined;
}): Workflows =>
  translateFailures<Workflows>('workflows', {
    startCommit: ({ uploadId, attempt }) =>
      start(client, requireArn(commitStateMachineArn, 'commitStateMachineArn'), `${uploadId}-${attempt}`, {
        uploadId,
        attempt,
      }),
    startRestore: ({ restoreId }) =>
      start(client, requireArn(restoreStateMachineArn, 'restoreStateMachineArn'), restoreId, { restoreId }),
    startRequest: ({ requestId }) =>
      start(client, requireArn(requestStateMachineArn, 'requestStateMachineArn'), requestId, { requestId }),
    startRetention: ({ scheduledAt }) =>
      start(client, requireArn(retentionStateMachineArn, 'retentionStateMachineArn'), nameOf(scheduledAt), {
        scheduledAt,
      }),
    startReclaim: ({ scheduledAt }) =>
      start(client, requireArn(reclaimStateMachineArn, 'reclaimStateMachineArn'), nameOf(scheduledAt), {
        scheduledAt,
      }),
    startAudit: ({ scheduledAt }) =>
      start(client, requireArn(auditStateMachineArn, 'auditStateMachineArn'), nameOf(scheduledAt), {
        scheduledAt,
      }),
    startRebuild: ({ rebuildId, mode, by }) =>
      start(client, requireArn(rebuildStateMachineArn, 'rebuildStateMachineArn'), rebuildId, { mode, by }),
    findRebuild: (rebuildId) =>
      findExecution(client, requireArn(rebuildStateMachineArn, 'rebuildStateMachineArn'), rebuildId),
    succeedTask: (taskToken, output) =>
      answer(client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }))),
    failTask: (taskToken, { code, cause }) =>
      answer(
        client.send(
          new SendTaskFailureCommand({ taskToken, error: code, cause: cause.slice(0, maxCauseLength) }),
        ),
      ),
    heartbeat: (taskToken) => answer(client.send(new SendTaskHeartbeatCommand({ taskToken }))),
  });

/** A name of an execution has no colons. */
const nameOf = (scheduledAt: Instant): string => scheduledAt.replaceAll(':', '-');

function requireArn(arn: string | undefined, name: string): string {
  if (arn !== undefined) return arn;
  throw new Error(`${name} was not given to this function's workflows`);
}

/** Starts an execution under a name that is its own for 90 days: starting it again changes nothing. */
async function start(client: SFNClient, stateMachineArn: string, name: string, input: object): Promise<void> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

async function findExecution(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
): Promise<RebuildExecution | undefined> {
  const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  try {
    const { status, output, error, cause } = await client.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    if (status === 'RUNNING') return { state: 'running' };
    if (status === 'SUCCEEDED') return { state: 'completed', output: JSON.parse(output ?? 'null') };
    return { state: 'failed', code: error ?? String(status), reason: cause ?? '' };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** A token's task that has ended, by its time-out or by an earlier answer, waits no more. */
async function answer(sending: Promise<unknown>): Promise<'sent' | 'gone'> {
  try {
    await sending;
    return 'sent';
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist) return 'gone';
    throw error;
  }
}
