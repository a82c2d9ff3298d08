import type { EventEnvelope } from '../services.ts';
import type { Home } from './arns.ts';
import type { ExecutionRecord } from './records.ts';
import { describeRedrive } from './redrive.ts';

/** AWS leaves payloads out of an event beyond this, so that the event fits into EventBridge's 256 KB. */
const MAX_PAYLOAD_BYTES = 248 * 1024;

/** 'Step Functions Execution Status Change', as EventBridge gets it from AWS. */
export function describeStatusChange(execution: ExecutionRecord, home: Home, id: string): EventEnvelope {
  const { output, stoppedAt } = execution;
  const outputBytes = output === null ? 0 : measureEscaped(output);
  const hasOutput = output !== null && outputBytes <= MAX_PAYLOAD_BYTES;
  const hasInput = measureEscaped(execution.input) + outputBytes <= MAX_PAYLOAD_BYTES;
  return {
    version: '0',
    id,
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: home.accountId,
    time: new Date(stoppedAt ?? execution.startedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: home.region,
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machineArn,
      name: execution.name,
      status: execution.status,
      startDate: execution.startedAt,
      stopDate: stoppedAt,
      input: hasInput ? execution.input : null,
      output: hasOutput ? output : null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      ...describeRedrive(execution.status),
      redriveDate: null,
      inputDetails: { included: hasInput },
      outputDetails: output === null ? null : { included: hasOutput },
      error: execution.error,
      cause: execution.cause,
    },
  };
}

function measureEscaped(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
