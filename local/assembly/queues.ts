import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { QueueConfig } from '../sqs/server.ts';
import { describeResource, parseProperties, policyDocument, withoutEffect } from './properties.ts';

const number = z.coerce.string();
const document = z.union([z.string(), z.record(z.string(), z.unknown())]);

const queueSchema = z.strictObject({
  QueueName: z.string().optional(),
  FifoQueue: z.literal(false, 'FIFO queues are not supported by the local AWS').optional(),
  DelaySeconds: number.optional(),
  MaximumMessageSize: number.optional(),
  MessageRetentionPeriod: number.optional(),
  ReceiveMessageWaitTimeSeconds: number.optional(),
  VisibilityTimeout: number.optional(),
  SqsManagedSseEnabled: z.boolean().transform(String).optional(),
  KmsMasterKeyId: z.string().optional(),
  KmsDataKeyReusePeriodSeconds: number.optional(),
  RedrivePolicy: document.optional(),
  RedriveAllowPolicy: document.optional(),
  ...withoutEffect('Tags'),
});

const policySchema = z.strictObject({ Queues: z.array(z.string()), PolicyDocument: policyDocument });

/** The queues with their policies, which templates hold apart from them. */
export const readQueues = ({ resources }: Deployment): readonly QueueConfig[] => {
  const policies = readPolicies(resources.filter(({ type }) => type === 'AWS::SQS::QueuePolicy'));
  return resources
    .filter(({ type }) => type === 'AWS::SQS::Queue')
    .map((resource) => {
      const {
        QueueName: _,
        FifoQueue: __,
        Tags: ___,
        ...attributes
      } = parseProperties(resource, queueSchema);
      const Policy = policies.get(resource.ref);
      return { name: resource.name, attributes: asTexts({ ...attributes, Policy }) };
    });
};

/** By the URL of the queue. */
const readPolicies = (resources: readonly DeployedResource[]): ReadonlyMap<string, unknown> => {
  const policies = new Map<string, unknown>();
  for (const resource of resources) {
    const { Queues, PolicyDocument } = parseProperties(resource, policySchema);
    for (const url of Queues) {
      if (policies.has(url)) {
        throw new Error(
          `${describeResource(resource)}: queue ${url} has another policy already, SQS keeps one`,
        );
      }
      policies.set(url, PolicyDocument);
    }
  }
  return policies;
};

/** Attributes as the API has them: texts, also where the template has JSON. */
export const asTexts = (attributes: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
