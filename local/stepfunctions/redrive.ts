import type { ExecutionStatus } from './records.ts';

/** AWS would let a failed execution be redriven; here nothing can be. */
export function describeRedrive(status: ExecutionStatus): {
  redriveCount: 0;
  redriveStatus: 'NOT_REDRIVABLE';
  redriveStatusReason: string;
} {
  return {
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason:
      status === 'RUNNING' || status === 'SUCCEEDED'
        ? `Execution is ${status} and cannot be redriven`
        : 'RedriveExecution is not supported locally',
  };
}
