import type { Json, JsonObject } from '../json.ts';
import type { ExecutionRecord } from '../records.ts';
import { describeRedrive } from '../redrive.ts';

/** How a report writes what DescribeExecution gives as text and as a date. */
export interface ReportStyle {
  readonly payload: (text: string) => Json;
  readonly time: (millis: number) => Json;
}

/** What is known of an execution, with the names that Step Functions uses in results instead of the API's. */
export function reportExecution(execution: ExecutionRecord, style: ReportStyle): JsonObject {
  const { error, cause, output, stoppedAt } = execution;
  const { redriveCount, redriveStatus, redriveStatusReason } = describeRedrive(execution.status);
  return {
    ...(cause !== null && { Cause: cause }),
    ...(error !== null && { Error: error }),
    ExecutionArn: execution.arn,
    Input: style.payload(execution.input),
    InputDetails: { Included: true },
    Name: execution.name,
    ...(output !== null && { Output: style.payload(output), OutputDetails: { Included: true } }),
    RedriveCount: redriveCount,
    RedriveStatus: redriveStatus,
    RedriveStatusReason: redriveStatusReason,
    StartDate: style.time(execution.startedAt),
    StateMachineArn: execution.machineArn,
    Status: execution.status,
    ...(stoppedAt !== null && { StopDate: style.time(stoppedAt) }),
  };
}

/** In the results of a Map run: payloads as they are stored, times as text. */
export const MAP_RESULT_STYLE: ReportStyle = {
  payload: (text) => text,
  time: (millis) => new Date(millis).toISOString(),
};
