import type { MessageAttributes } from '../sqs/message-attributes.ts';

/** A message as it was published, for one protocol. */
export interface PublishedMessage {
  readonly id: string;
  readonly topicArn: string;
  readonly text: string;
  readonly subject?: string;
  readonly attributes: MessageAttributes;
  readonly publishedAt: number;
}

/**
 * The JSON that subscribers without raw delivery receive. It is not signed: there is no certificate of AWS here that
 * a subscriber could check it with.
 */
export const notificationOf = (
  message: PublishedMessage,
  subscriptionArn: string,
  endpoint: string,
): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: message.topicArn,
    ...(message.subject !== undefined && { Subject: message.subject }),
    Message: message.text,
    Timestamp: new Date(message.publishedAt).toISOString(),
    SignatureVersion: '1',
    Signature: 'not-signed',
    SigningCertURL: `${endpoint}/SimpleNotificationService.pem`,
    UnsubscribeURL: `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`,
    ...(Object.keys(message.attributes).length > 0 && {
      MessageAttributes: describeAttributes(message.attributes),
    }),
  });

const describeAttributes = (attributes: MessageAttributes): object =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: BinaryValue ?? StringValue },
    ]),
  );

interface Notification {
  readonly Subject?: string;
  readonly SigningCertURL: string;
  readonly UnsubscribeURL: string;
  readonly MessageAttributes?: object;
}

/** The event that a subscribed function receives for a notification. */
export const lambdaNotification = (notification: string, subscriptionArn: string): string => {
  const { SigningCertURL, UnsubscribeURL, Subject, MessageAttributes, ...rest } = JSON.parse(
    notification,
  ) as Notification;
  const Sns = {
    ...rest,
    Subject: Subject ?? null,
    // Written so in this event only.
    SigningCertUrl: SigningCertURL,
    UnsubscribeUrl: UnsubscribeURL,
    MessageAttributes: MessageAttributes ?? {},
  };
  return JSON.stringify({
    Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn, Sns }],
  });
};
