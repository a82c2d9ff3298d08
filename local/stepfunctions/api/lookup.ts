import { isStatesArn } from '../arns.ts';
import type { ExecutionRecord, MapRun } from '../records.ts';
import type { Machine } from '../store/machine-store.ts';
import type { Store } from '../store/store.ts';
import { refuse } from './errors.ts';

export function findMachine(store: Store, arn: string): Machine {
  checkArn(arn, 'stateMachine');
  const machine = store.machines.find(arn);
  if (machine === undefined) {
    throw refuse('StateMachineDoesNotExist', arn);
  }
  return machine;
}

export function findExecution(store: Store, arn: string): ExecutionRecord {
  checkArn(arn, 'execution');
  const execution = store.executions.find(arn);
  if (execution === undefined) {
    throw refuse('ExecutionDoesNotExist', arn);
  }
  return execution;
}

export function findMapRun(store: Store, arn: string): MapRun {
  checkArn(arn, 'mapRun');
  const mapRun = store.mapRuns.find(arn);
  if (mapRun === undefined) {
    throw refuse('ResourceNotFound', arn);
  }
  return mapRun;
}

function checkArn(arn: string, kind: 'stateMachine' | 'execution' | 'mapRun'): void {
  if (!isStatesArn(arn, kind)) {
    throw refuse(
      'InvalidArn',
      arn.startsWith('arn:') ? `Not the ARN of a ${kind}: ${arn}` : `Invalid ARN prefix: ${arn}`,
    );
  }
}
