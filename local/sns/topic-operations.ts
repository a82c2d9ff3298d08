import * as z from 'zod';
import { requireValidTopicAttributes } from './attributes.ts';
import { attributeMap, type Operation, pageOf, parseInput, requireTopic } from './operation.ts';
import { mapEntries } from './query-protocol.ts';
import { invalidParameter, notSupported } from './sns-error.ts';

const createSchema = z.strictObject({ Name: z.string(), Attributes: attributeMap.default({}) });

export const createTopic: Operation = ({ store, arnPrefix }, input) => {
  const { Tags, ...rest } = input;
  if (Array.isArray(Tags) && Tags.length > 0) throw notSupported('A topic with tags');
  const { Name, Attributes } = parseInput(createSchema, rest);
  if (Name.endsWith('.fifo') || Attributes.FifoTopic === 'true') throw notSupported('A FIFO topic');
  if (!/^[\w-]{1,256}$/.test(Name)) throw invalidParameter('Topic Name');
  requireValidTopicAttributes(Attributes);
  const arn = `${arnPrefix}${Name}`;
  const known = store.findTopic(arn);
  if (known === undefined) store.putTopic({ arn, attributes: Attributes });
  else if (Object.entries(Attributes).some(([name, value]) => known.attributes[name] !== value)) {
    throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
  }
  return { TopicArn: arn };
};

const topicOnly = z.strictObject({ TopicArn: z.string() });

/** Succeeds for a topic that is not there. */
export const deleteTopic: Operation = ({ store }, input) => {
  store.removeTopic(parseInput(topicOnly, input).TopicArn);
  return {};
};

export const listTopics: Operation = ({ store }, input) => {
  const { NextToken: token } = parseInput(z.strictObject({ NextToken: z.string().optional() }), input);
  const { page, ...next } = pageOf(store.topics(), token);
  return { Topics: page.map(({ arn }) => ({ TopicArn: arn })), ...next };
};

export const getTopicAttributes: Operation = (state, input) => {
  const topic = requireTopic(state, parseInput(topicOnly, input).TopicArn);
  const Attributes = mapEntries({
    DisplayName: '',
    ...topic.attributes,
    TopicArn: topic.arn,
    Owner: topic.arn.split(':')[4] ?? '',
    SubscriptionsConfirmed: String(state.store.subscriptions(topic.arn).length),
    SubscriptionsPending: '0',
    SubscriptionsDeleted: '0',
  });
  return { Attributes };
};

export const setTopicAttributes: Operation = (state, input) => {
  const schema = topicOnly.extend({ AttributeName: z.string(), AttributeValue: z.string().default('') });
  const { TopicArn, AttributeName, AttributeValue } = parseInput(schema, input);
  const topic = requireTopic(state, TopicArn);
  const change = { [AttributeName]: AttributeValue };
  requireValidTopicAttributes(change);
  state.store.putTopic({ ...topic, attributes: { ...topic.attributes, ...change } });
  return {};
};
