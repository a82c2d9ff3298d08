import type { InvokeFunction } from '../services.ts';
import type { DeliveryFailure } from './delivery-target.ts';

/** What targets are called through. */
export interface TargetConnections {
  readonly invoke: InvokeFunction;
  /** StartExecution; rejects or throws with an Error whose `name` is Step Functions'. */
  readonly startExecution: (stateMachineArn: string, name: string, input: string) => unknown;
}

/** @throws Error for a target that the local EventBridge cannot call. */
export const requireTargetKind = (arn: string): 'function' | 'state-machine' => {
  if (/^arn:aws:lambda:[^:]+:\d+:function:[\w-]+$/.test(arn)) return 'function';
  if (/^arn:aws:states:[^:]+:\d+:stateMachine:[^:]+$/.test(arn)) return 'state-machine';
  throw new Error(
    `the target ${arn} is not supported by the local EventBridge: use a function or a state machine`,
  );
};

/** Hands a payload over once. `name` is the same for each attempt, so that an execution is started once. */
export const callTarget = async (
  arn: string,
  name: string,
  payload: string,
  { invoke, startExecution }: TargetConnections,
): Promise<DeliveryFailure | undefined> => {
  const isFunction = requireTargetKind(arn) === 'function';
  try {
    if (isFunction) return describeResult(await invoke(arn, payload));
    await startExecution(arn, name, payload);
    return undefined;
  } catch (error) {
    const { name: code, message } = error instanceof Error ? error : new Error(String(error));
    // An attempt before a crash started it already.
    if (code === 'ExecutionAlreadyExists') return undefined;
    return { kind: code === 'TooManyRequestsException' ? 'throttled' : 'refused', code, message };
  }
};

const describeResult = ({ functionError, payload }: Awaited<ReturnType<InvokeFunction>>) =>
  functionError === undefined
    ? undefined
    : { kind: 'function' as const, code: functionError, message: payload };
