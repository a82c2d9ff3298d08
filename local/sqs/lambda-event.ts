import { attributesMd5, type MessageAttribute, md5 } from './message-attributes.ts';
import type { StoredMessage } from './message-store.ts';
import { receiptHandleOf } from './receipt-handle.ts';

/** The event that a function receives for messages of a queue. */
export const lambdaEvent = (
  messages: readonly StoredMessage[],
  queueArn: string,
  systemAttributesOf: (message: StoredMessage) => Readonly<Record<string, string>>,
): string =>
  JSON.stringify({
    Records: messages.map((message) => {
      const attributesHash = attributesMd5(message.attributes);
      return {
        messageId: message.id,
        receiptHandle: receiptHandleOf(message),
        body: message.body,
        attributes: systemAttributesOf(message),
        messageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([name, attribute]) => [name, describeAttribute(attribute)]),
        ),
        ...(attributesHash !== undefined && { md5OfMessageAttributes: attributesHash }),
        md5OfBody: md5(message.body),
        eventSource: 'aws:sqs',
        eventSourceARN: queueArn,
        awsRegion: queueArn.split(':')[3],
      };
    }),
  });

const describeAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttribute): object => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

/** A function takes 6 MiB; what each message adds to its body and attributes is far below this reserve. */
const MAX_EVENT_BYTES = 6_291_456;
const BYTES_AROUND_MESSAGE = 2_000;

/** Parts of a batch that each fit into one event. */
export const splitBySize = (messages: readonly StoredMessage[]): readonly (readonly StoredMessage[])[] => {
  const parts: StoredMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = Buffer.byteLength(JSON.stringify([message.body, message.attributes])) + BYTES_AROUND_MESSAGE;
    if (bytes + size > MAX_EVENT_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(message);
    bytes += size;
  }
  return parts;
};
