import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { findTargetKind } from '../delivery/target-call.ts';
import { isRaw, requireValidSubscriptionAttributes } from './attributes.ts';
import { attributeMap, type Operation, pageOf, parseInput, requireTopic } from './operation.ts';
import { mapEntries } from './query-protocol.ts';
import { invalidParameter, notSupported, SnsError } from './sns-error.ts';
import type { Subscription, TopicStore } from './topic-store.ts';

const subscribeSchema = z.strictObject({
  TopicArn: z.string(),
  Protocol: z.string(),
  Endpoint: z.string().default(''),
  Attributes: attributeMap.default({}),
  /** All subscriptions are confirmed at once, so that there always is an ARN to return. */
  ReturnSubscriptionArn: z.string().optional(),
});

export const subscribe: Operation = (state, input) => {
  const { TopicArn, Protocol, Endpoint, Attributes } = parseInput(subscribeSchema, input);
  const topic = requireTopic(state, TopicArn);
  requireValidSubscription({ protocol: Protocol, endpoint: Endpoint, attributes: Attributes });
  const known = state.store
    .subscriptions(topic.arn)
    .find(({ protocol, endpoint }) => protocol === Protocol && endpoint === Endpoint);
  if (known === undefined) {
    const arn = `${topic.arn}:${randomUUID()}`;
    state.store.putSubscription(
      { ...{ arn, topicArn: topic.arn, protocol: Protocol, endpoint: Endpoint }, attributes: Attributes },
      'api',
    );
    return { SubscriptionArn: arn };
  }
  if (Object.entries(Attributes).some(([name, value]) => known.attributes[name] !== value)) {
    throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
  }
  return { SubscriptionArn: known.arn };
};

/** Protocols that leave this machine; what they would carry is written to a file. */
const OUTBOUND: ReadonlyMap<string, RegExp> = new Map([
  ['http', /^http:\/\/./],
  ['https', /^https:\/\/./],
  ['email', /^[^@\s]+@[^@\s]+$/],
  ['email-json', /^[^@\s]+@[^@\s]+$/],
  ['sms', /^\+?[\d\s()-]{3,}$/],
]);

export const isOutbound = (protocol: string): boolean => OUTBOUND.has(protocol);

/** @throws InvalidParameter */
export const requireValidSubscription = ({
  protocol,
  endpoint,
  attributes,
}: Pick<Subscription, 'protocol' | 'endpoint' | 'attributes'>): void => {
  const outbound = OUTBOUND.get(protocol);
  const isFunction = protocol === 'lambda';
  if (outbound === undefined && !isFunction && protocol !== 'sqs')
    throw notSupported(`The protocol ${protocol}`);
  const isEndpoint =
    outbound?.test(endpoint) ?? findTargetKind(endpoint) === (isFunction ? 'function' : 'queue');
  if (!isEndpoint) throw invalidParameter(`${protocol} endpoint: ${endpoint}`);
  requireValidSubscriptionAttributes(attributes);
  if (isRaw(attributes) && !['sqs', 'http', 'https'].includes(protocol)) {
    throw invalidParameter(`RawMessageDelivery is not for the protocol ${protocol}`);
  }
};

const subscriptionOnly = z.strictObject({ SubscriptionArn: z.string() });

/** Succeeds for a subscription that is not there. */
export const unsubscribe: Operation = ({ store }, input) => {
  const { SubscriptionArn } = parseInput(subscriptionOnly, input);
  if (!/^arn:aws:sns:[^:]+:\d+:[^:]+:[^:]+$/.test(SubscriptionArn)) throw invalidParameter('SubscriptionArn');
  store.removeSubscription(SubscriptionArn);
  return {};
};

const tokenField = { NextToken: z.string().optional() };

export const listSubscriptions: Operation = ({ store }, input) => {
  const { NextToken } = parseInput(z.strictObject(tokenField), input);
  return listPage(store.subscriptions(), NextToken);
};

export const listSubscriptionsByTopic: Operation = (state, input) => {
  const schema = z.strictObject({ TopicArn: z.string(), ...tokenField });
  const { TopicArn, NextToken } = parseInput(schema, input);
  return listPage(state.store.subscriptions(requireTopic(state, TopicArn).arn), NextToken);
};

const listPage = (subscriptions: readonly Subscription[], token: string | undefined) => {
  const { page, ...next } = pageOf(subscriptions, token);
  return { Subscriptions: page.map(describe), ...next };
};

const describe = ({ arn, topicArn, protocol, endpoint }: Subscription) => ({
  SubscriptionArn: arn,
  Owner: topicArn.split(':')[4] ?? '',
  Protocol: protocol,
  Endpoint: endpoint,
  TopicArn: topicArn,
});

export const getSubscriptionAttributes: Operation = ({ store }, input) => {
  const subscription = requireSubscription(store, parseInput(subscriptionOnly, input).SubscriptionArn);
  const Attributes = mapEntries({
    RawMessageDelivery: 'false',
    ...subscription.attributes,
    ...describe(subscription),
    PendingConfirmation: 'false',
    ConfirmationWasAuthenticated: 'true',
  });
  return { Attributes };
};

export const setSubscriptionAttributes: Operation = ({ store }, input) => {
  const schema = subscriptionOnly.extend({
    AttributeName: z.string(),
    AttributeValue: z.string().default(''),
  });
  const { SubscriptionArn, AttributeName, AttributeValue } = parseInput(schema, input);
  const subscription = requireSubscription(store, SubscriptionArn);
  const changed = new Map(Object.entries(subscription.attributes)).set(AttributeName, AttributeValue);
  // A policy that is set to nothing is none.
  if (AttributeValue === '') changed.delete(AttributeName);
  const attributes = Object.fromEntries(changed);
  requireValidSubscription({ ...subscription, attributes });
  store.putSubscription({ ...subscription, attributes }, 'api');
  return {};
};

const requireSubscription = (store: TopicStore, arn: string): Subscription => {
  const subscription = store.findSubscription(arn);
  if (subscription === undefined) throw new SnsError('NotFound', 'Subscription does not exist', 404);
  return subscription;
};
