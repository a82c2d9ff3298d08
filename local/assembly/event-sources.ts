import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import { evaluate } from '../iam/evaluate.ts';
import type { PolicyDocument } from '../services.ts';
import type { EventSourceConfig } from '../sqs/event-source.ts';
import { readSettings } from '../sqs/queue-attributes.ts';
import type { QueueConfig } from '../sqs/server.ts';
import type { FunctionPlan } from './functions.ts';
import { describeResource, integer, parseProperties, withoutEffect } from './properties.ts';

const mappingSchema = z.strictObject({
  FunctionName: z.string(),
  EventSourceArn: z
    .string()
    .regex(/^arn:aws:sqs:/, 'the local AWS has event source mappings for SQS queues only'),
  Enabled: z.boolean().default(true),
  BatchSize: integer.min(1).max(10_000).default(10),
  MaximumBatchingWindowInSeconds: integer.min(0).max(300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: integer.min(2).max(1_000).optional() }).optional(),
  ...withoutEffect('Tags', 'MetricsConfig'),
});

/** Lambda begins with five batches at the same time and adds more under load; here it stays at that. */
const DEFAULT_CONCURRENCY = 5;

const LARGE_BATCH = 10;
const NEEDED_ACTIONS = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

interface Neighbours {
  readonly functions: readonly FunctionPlan[];
  readonly queues: readonly QueueConfig[];
  readonly rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>;
}

/** The mappings between queues and functions. Those that are disabled are left out. */
export const readEventSources = (
  { resources }: Deployment,
  neighbours: Neighbours,
): readonly EventSourceConfig[] =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .flatMap((resource) => readEventSource(resource, resources, neighbours));

const readEventSource = (
  resource: DeployedResource,
  resources: readonly DeployedResource[],
  { functions, queues, rolePolicies }: Neighbours,
): readonly EventSourceConfig[] => {
  const mapping = parseProperties(resource, mappingSchema);
  const { FunctionName, EventSourceArn: queueArn, BatchSize, MaximumBatchingWindowInSeconds } = mapping;
  const refuse = (reason: string) => new Error(`${describeResource(resource)}: ${reason}`);
  const target = functions.find(({ name, arn }) => [name, arn].includes(FunctionName));
  if (target === undefined) throw refuse(`there is no function ${FunctionName} in the app`);
  const queueName = resources.find(({ attributes }) => attributes.Arn === queueArn)?.name;
  const queue = queues.find(({ name }) => name === queueName);
  if (queue === undefined) throw refuse(`there is no queue ${queueArn} in the app`);

  if (BatchSize > LARGE_BATCH && MaximumBatchingWindowInSeconds === 0) {
    throw refuse(`a BatchSize above ${LARGE_BATCH} needs a MaximumBatchingWindowInSeconds of at least 1`);
  }
  const { visibilityTimeoutSeconds } = readSettings(queue.attributes);
  if (visibilityTimeoutSeconds < target.timeoutSeconds) {
    throw refuse(
      `the queue's visibility timeout (${visibilityTimeoutSeconds} s) is less than the function's timeout (${target.timeoutSeconds} s)`,
    );
  }
  const missing = NEEDED_ACTIONS.find((action) => !isAllowed(target.roleArn, action, queueArn, rolePolicies));
  if (missing !== undefined) throw refuse(`the function's role is not allowed ${missing} on ${queueArn}`);
  if (!mapping.Enabled) return [];
  return [
    {
      ...{ queueArn, functionArn: target.arn, batchSize: BatchSize },
      batchingWindowSeconds: MaximumBatchingWindowInSeconds,
      reportsBatchItemFailures: mapping.FunctionResponseTypes.length > 0,
      maximumConcurrency: mapping.ScalingConfig?.MaximumConcurrency ?? DEFAULT_CONCURRENCY,
    },
  ];
};

const isAllowed = (
  principalArn: string,
  action: string,
  resource: string,
  rolePolicies: Neighbours['rolePolicies'],
): boolean =>
  evaluate({ principalArn, action, resource, context: {} }, rolePolicies.get(principalArn) ?? [], undefined)
    .allowed;
