import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { checkCallers } from '../delivery/caller.ts';
import { findTargetKind } from '../delivery/target-call.ts';
import { type LocalEvents, startEvents } from '../events/server.ts';
import type { EventDelivery } from '../lambda/event-record.ts';
import type { LocalLambda } from '../lambda/server.ts';
import type { EventDestinations } from '../lambda/service.ts';
import { type LocalSns, startSns } from '../sns/server.ts';
import type { MessageAttributes } from '../sqs/message-attributes.ts';
import { type LocalSqs, startSqs } from '../sqs/server.ts';
import type { LocalStepFunctions } from '../stepfunctions/server.ts';
import { eventBusAccess, queueAccess, schedulerAccess, topicAccess } from './messaging-access.ts';
import { authenticatorOf, clockOf, keep, type StartOptions } from './start-options.ts';

const callerCheckOf = ({ plan }: StartOptions) => checkCallers(plan.rolePolicies, plan.deployment.accountId);

export const startQueues = async (options: StartOptions): Promise<LocalSqs> => {
  const { plan, ports, dataDirectory, publicEndpoints } = options;
  const { region, accountId } = plan.deployment;
  const policyOf = (arn: string) => sqs.policyOf(arn);
  const sqs: LocalSqs = keep(
    options,
    await startSqs({
      ...{ region, accountId, port: ports('sqs'), directory: join(dataDirectory, 'sqs') },
      authenticate: authenticatorOf(options, 'sqs', queueAccess(plan.deployment), policyOf),
      isCallerAllowed: callerCheckOf(options),
      ...(publicEndpoints?.sqs !== undefined && { publicEndpoint: publicEndpoints.sqs }),
      ...clockOf(options),
    }),
  );
  sqs.putQueues(plan.queues);
  return sqs;
};

export const startTopics = async (
  options: StartOptions,
  { invokeAsync }: LocalLambda,
  { sendMessage }: LocalSqs,
): Promise<LocalSns> => {
  const { plan, ports, dataDirectory } = options;
  const { region, accountId } = plan.deployment;
  const policyOf = (arn: string) => sns.policyOf(arn);
  const sns: LocalSns = keep(
    options,
    await startSns({
      ...{ region, accountId, port: ports('sns'), directory: join(dataDirectory, 'sns') },
      logDirectory: join(dataDirectory, 'logs'),
      authenticate: authenticatorOf(options, 'sns', topicAccess(plan.deployment), policyOf),
      isCallerAllowed: callerCheckOf(options),
      ...{ invokeAsync, sendMessage, ...plan.topics, ...clockOf(options) },
    }),
  );
  return sns;
};

interface Messengers {
  readonly lambda: LocalLambda;
  readonly sqs: LocalSqs;
  readonly sns: LocalSns;
  readonly stepFunctions: LocalStepFunctions;
}

export const startRules = async (
  options: StartOptions,
  { lambda, sqs, sns, stepFunctions }: Messengers,
): Promise<LocalEvents> => {
  const { plan, ports, dataDirectory } = options;
  const { region, accountId } = plan.deployment;
  const events = await startEvents({
    ...{ region, accountId, directory: join(dataDirectory, 'events') },
    ...{ port: ports('events'), schedulerPort: ports('scheduler') },
    ...{ invokeAsync: lambda.invokeAsync, sendMessage: sqs.sendMessage, publish: sns.publish },
    startExecution: (arn, name, input) => stepFunctions.startExecution(arn, name, input),
    authenticate: authenticatorOf(options, 'events', eventBusAccess(plan.deployment)),
    authenticateScheduler: authenticatorOf(options, 'scheduler', schedulerAccess(plan.deployment)),
    isCallerAllowed: callerCheckOf(options),
    ...plan.events,
    ...clockOf(options),
  });
  return keep(options, events);
};

/** Gives the queues that functions consume to them. Ends before the functions do. */
export const startEventSources = (
  { plan, started }: StartOptions,
  { invoke }: LocalLambda,
  sqs: LocalSqs,
): void => {
  for (const config of plan.eventSources) {
    const source = sqs.startEventSource(config, invoke);
    started.defer(() => source.close());
  }
};

/** Where Lambda's dead letters and records of events go. */
export const eventDestinations = (
  { sendMessage }: LocalSqs,
  sns: Promise<LocalSns>,
  events: Promise<LocalEvents>,
): EventDestinations => ({
  accepts: (arn) => ['queue', 'topic', 'bus'].includes(findTargetKind(arn) ?? ''),
  deliver: async ({ targetArn, body, attributes }) => {
    const caller = { kind: 'lambda' } as const;
    const message = { body, attributes: describeAttributes(attributes), caller };
    switch (findTargetKind(targetArn)) {
      case 'queue':
        return sendMessage({ ...message, id: randomUUID(), queueArn: targetArn });
      case 'topic':
        return (await sns).publish({ ...message, topicArn: targetArn });
      case 'bus':
        return (await events).putServiceEvent(invocationResult(targetArn, body));
    }
  },
});

/** Lambda gives the error code of a dead letter as a number. */
const describeAttributes = (attributes: EventDelivery['attributes']): MessageAttributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [
      name,
      { DataType: name === 'ErrorCode' ? 'Number' : 'String', StringValue },
    ]),
  );

const invocationResult = (busArn: string, record: string) => {
  const detail = JSON.parse(record) as { requestContext: { functionArn: string; condition: string } };
  const { functionArn, condition } = detail.requestContext;
  return {
    busArn,
    source: 'lambda',
    detailType: `Lambda Function Invocation Result - ${condition === 'Success' ? 'Success' : 'Failure'}`,
    resources: [busArn, functionArn],
    detail,
  };
};
