import { randomUUID } from 'node:crypto';
import { SNS_RETRY_POLICY } from '../delivery/delivery-target.ts';
import { attributesSize, type MessageAttributes } from '../sqs/message-attributes.ts';
import { filterOf, isRaw, maximumMessageBytes, readRedrivePolicy } from './attributes.ts';
import { notificationOf, type PublishedMessage } from './notification.ts';
import type { SnsState } from './operation.ts';
import { invalidParameter } from './sns-error.ts';
import { isOutbound } from './subscription-operations.ts';
import type { Subscription, Topic } from './topic-store.ts';

/** What is published: one text for all protocols, or one for some of them beside the default. */
export interface NewMessage {
  readonly text: string;
  readonly textOf?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly attributes: MessageAttributes;
}

/** @throws InvalidParameter */
export const requireValidMessage = ({ attributes }: Topic, message: NewMessage): void => {
  const { text, subject } = message;
  if (text === '') throw invalidParameter('Empty message');
  const bytes = messageSize(message);
  if (bytes > maximumMessageBytes(attributes)) throw invalidParameter('Message too long');
  // ASCII without control characters, and no blank at the start.
  if (subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(subject)) throw invalidParameter('Subject');
};

export const messageSize = ({ text, textOf = {}, attributes }: NewMessage): number =>
  [text, ...Object.values(textOf)].reduce((sum, each) => sum + Buffer.byteLength(each), 0) +
  attributesSize(attributes);

/** Stores the message for each subscription; it is delivered afterwards. Answers its id. */
export const publishMessage = (state: SnsState, topic: Topic, message: NewMessage): string => {
  const id = randomUUID();
  state.store.database.transaction(() => {
    for (const subscription of state.store.subscriptions(topic.arn)) {
      publishTo(state, subscription, {
        ...{ id, topicArn: topic.arn, publishedAt: state.clock(), attributes: message.attributes },
        text: message.textOf?.[subscription.protocol] ?? message.text,
        ...(message.subject !== undefined && { subject: message.subject }),
      });
    }
  });
  state.deliveries.wake();
  return id;
};

const publishTo = (state: SnsState, subscription: Subscription, message: PublishedMessage): void => {
  const { arn, topicArn, protocol, endpoint, attributes } = subscription;
  if (!filterOf(attributes)(message)) return;
  const notification = notificationOf(message, arn, state.endpoint());
  if (isOutbound(protocol)) {
    const sent: unknown = isRaw(attributes) ? message.text : JSON.parse(notification);
    state.writeOutbound(topicArn, {
      time: new Date(message.publishedAt).toISOString(),
      protocol,
      endpoint,
      sent,
    });
    return;
  }
  const deadLetterQueueArn = readRedrivePolicy(attributes);
  const isRawQueue = isRaw(attributes);
  state.deliveries.add({
    target: {
      arn: endpoint,
      caller: { kind: 'service', principal: 'sns.amazonaws.com', sourceArn: topicArn },
      origin: { kind: 'subscription', arn },
      retryPolicy: { ...SNS_RETRY_POLICY, ...(deadLetterQueueArn !== undefined && { deadLetterQueueArn }) },
    },
    payload: isRawQueue ? message.text : notification,
    ...(isRawQueue && { attributes: message.attributes }),
  });
};
