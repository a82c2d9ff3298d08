import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { Subscription, Topic } from '../sns/topic-store.ts';
import { describeResource, parseProperties, policyDocument, withoutEffect } from './properties.ts';
import { asTexts } from './queues.ts';

export interface TopicsPlan {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
}

const json = z.union([z.string(), z.record(z.string(), z.unknown())]);

const topicSchema = z.strictObject({
  TopicName: z.string().optional(),
  FifoTopic: z.literal(false, 'FIFO topics are not supported by the local AWS').optional(),
  DisplayName: z.string().optional(),
  KmsMasterKeyId: z.string().optional(),
  SignatureVersion: z.string().optional(),
  TracingConfig: z.string().optional(),
  MaximumMessageSize: z.coerce.string().optional(),
  Subscription: z.array(z.strictObject({ Endpoint: z.string(), Protocol: z.string() })).default([]),
  ...withoutEffect('Tags'),
});

const subscriptionSchema = z.strictObject({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string(),
  RawMessageDelivery: z.union([z.boolean(), z.string()]).optional(),
  RedrivePolicy: json.optional(),
  FilterPolicy: json.optional(),
  FilterPolicyScope: z.string().optional(),
  // All subscriptions are in the one region there is.
  ...withoutEffect('Region'),
});

const policySchema = z.strictObject({ Topics: z.array(z.string()), PolicyDocument: policyDocument });

/** The topics with their policies and subscriptions, which templates hold apart from them. */
export const readTopics = ({ resources }: Deployment): TopicsPlan => {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const policies = readPolicies(ofType('AWS::SNS::TopicPolicy'));
  const topics = ofType('AWS::SNS::Topic').map((resource) => readTopic(resource, policies));
  return {
    topics: topics.map(({ topic }) => topic),
    subscriptions: [
      ...topics.flatMap(({ subscriptions }) => subscriptions),
      ...ofType('AWS::SNS::Subscription').map((resource) =>
        readSubscription(
          resource,
          topics.map(({ topic }) => topic),
        ),
      ),
    ],
  };
};

const readTopic = (resource: DeployedResource, policies: ReadonlyMap<string, unknown>) => {
  const {
    TopicName: _,
    FifoTopic: __,
    Tags: ___,
    Subscription: inline,
    ...attributes
  } = parseProperties(resource, topicSchema);
  const topicArn = resource.ref;
  return {
    topic: { arn: topicArn, attributes: asTexts({ ...attributes, Policy: policies.get(topicArn) }) },
    subscriptions: inline.map(({ Endpoint, Protocol }, index) => ({
      ...{ arn: `${topicArn}:${resource.logicalId}-${index}`, topicArn },
      ...{ protocol: Protocol, endpoint: Endpoint, attributes: {} },
    })),
  };
};

const readSubscription = (resource: DeployedResource, topics: readonly Topic[]): Subscription => {
  const {
    TopicArn,
    Protocol,
    Endpoint,
    Region: _,
    ...attributes
  } = parseProperties(resource, subscriptionSchema);
  if (!topics.some(({ arn }) => arn === TopicArn)) {
    throw new Error(`${describeResource(resource)}: there is no topic ${TopicArn} in the app`);
  }
  return {
    ...{ arn: `${TopicArn}:${resource.name}`, topicArn: TopicArn },
    ...{ protocol: Protocol, endpoint: Endpoint, attributes: asTexts(attributes) },
  };
};

/** By the ARN of the topic. */
const readPolicies = (resources: readonly DeployedResource[]): ReadonlyMap<string, unknown> => {
  const policies = new Map<string, unknown>();
  for (const resource of resources) {
    const { Topics, PolicyDocument } = parseProperties(resource, policySchema);
    for (const arn of Topics) {
      if (policies.has(arn)) {
        throw new Error(
          `${describeResource(resource)}: topic ${arn} has another policy already, SNS keeps one`,
        );
      }
      policies.set(arn, PolicyDocument);
    }
  }
  return policies;
};
