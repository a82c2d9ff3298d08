import { lambdaNotification } from '../sns/notification.ts';
import type { SendMessage } from '../sqs/server.ts';
import type { Caller, IsCallerAllowed } from './caller.ts';
import type { Delivery } from './delivery-store.ts';
import type { DeliveryFailure } from './delivery-target.ts';

/** What targets are called through. What is absent cannot be a target. */
export interface TargetConnections {
  /** An event invocation; settles when Lambda has stored the event. */
  readonly invokeAsync: (functionArn: string, payload: string) => Promise<void>;
  /** StartExecution; rejects or throws with an Error whose `name` is Step Functions'. */
  readonly startExecution: (stateMachineArn: string, name: string, input: string) => unknown;
  readonly sendMessage: SendMessage;
  readonly publish: PublishMessage;
  /** PutEvents of an AWS service; throws when the bus is not there. */
  readonly putServiceEvent: (event: ServiceEvent) => void;
  /** Absent: everybody may call everything. */
  readonly isCallerAllowed?: IsCallerAllowed;
}

/** Publishes for another service; the message is stored when this returns. Throws with SNS's error names. */
export type PublishMessage = (message: {
  readonly topicArn: string;
  readonly body: string;
  readonly caller: Caller;
}) => void;

/** What a service puts on a bus, in the words of PutEvents. */
export interface ServiceEvent {
  readonly busArn: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

type TargetKind = 'function' | 'state-machine' | 'queue' | 'topic' | 'bus';

const TARGET_ARNS: readonly (readonly [TargetKind, RegExp])[] = [
  ['function', /^arn:aws:lambda:[^:]+:\d+:function:[\w-]+$/],
  ['state-machine', /^arn:aws:states:[^:]+:\d+:stateMachine:[^:]+$/],
  ['queue', /^arn:aws:sqs:[^:]+:\d+:[\w-]+$/],
  ['topic', /^arn:aws:sns:[^:]+:\d+:[\w-]+$/],
  ['bus', /^arn:aws:events:[^:]+:\d+:event-bus\/[\w./-]+$/],
];

export const findTargetKind = (arn: string): TargetKind | undefined =>
  TARGET_ARNS.find(([, pattern]) => pattern.test(arn))?.[0];

/** @throws Error for a target of a rule or schedule that cannot be called here. */
export const requireTargetKind = (arn: string): TargetKind => {
  const kind = findTargetKind(arn);
  if (kind !== undefined && kind !== 'bus') return kind;
  throw new Error(
    `the target ${arn} is not supported by the local EventBridge: use a function, a state machine, ` +
      'a standard queue or a standard topic',
  );
};

/** Hands a delivery over once. */
export const callTarget = async (
  delivery: Delivery,
  connections: TargetConnections,
): Promise<DeliveryFailure | undefined> => {
  try {
    await call(delivery, connections);
    return undefined;
  } catch (error) {
    const { name: code, message } = error instanceof Error ? error : new Error(String(error));
    // An attempt before a crash started it already.
    if (code === 'ExecutionAlreadyExists') return undefined;
    return { code, message, isPermanent: PERMANENT_ERRORS.has(code) };
  }
};

const PERMANENT_ERRORS = new Set([
  ...['AccessDenied', 'AccessDeniedException', 'AuthorizationError'],
  ...['ResourceNotFoundException', 'StateMachineDoesNotExist', 'QueueDoesNotExist', 'NotFound'],
  ...['InvalidMessageContents', 'InvalidParameterValue', 'InvalidParameter', 'InvalidExecutionInput'],
  ...['InvalidRequestContentException', 'RequestTooLargeException'],
]);

const call = async (delivery: Delivery, connections: TargetConnections): Promise<void> => {
  const { id, target, payload, attributes } = delivery;
  const { arn, caller, origin } = target;
  switch (findTargetKind(arn)) {
    case 'function':
      requireRole(connections, caller, 'lambda:InvokeFunction', arn);
      return connections.invokeAsync(
        arn,
        origin.kind === 'subscription' ? lambdaNotification(payload, origin.arn) : payload,
      );
    case 'state-machine':
      requireRole(connections, caller, 'states:StartExecution', arn);
      // The name is the same for each attempt, so that an execution is started once.
      await connections.startExecution(arn, id, payload);
      return;
    case 'queue':
      return connections.sendMessage({ queueArn: arn, id, body: payload, attributes, caller });
    case 'topic':
      return connections.publish({ topicArn: arn, body: payload, caller });
    case 'bus':
      return connections.putServiceEvent({
        ...(JSON.parse(payload) as Omit<ServiceEvent, 'busArn'>),
        busArn: arn,
      });
    case undefined:
      throw new Error(`${arn} cannot be called by the local AWS`);
  }
};

/** A function says by its permissions which services may call it; those are not looked at here. */
const requireRole = (
  { isCallerAllowed }: TargetConnections,
  caller: Caller,
  action: string,
  arn: string,
): void => {
  if (caller.kind !== 'role' || isCallerAllowed?.(caller, action, arn, undefined) !== false) return;
  const error = new Error(`${caller.arn} is not authorized to perform: ${action} on resource: ${arn}`);
  error.name = 'AccessDeniedException';
  throw error;
};
