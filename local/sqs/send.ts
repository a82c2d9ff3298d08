import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import {
  attributesMd5,
  attributesSchema,
  attributesSize,
  type MessageAttributes,
  md5,
  requireValidAttributes,
} from './message-attributes.ts';
import type { Queue } from './queue-registry.ts';
import { invalidParameter, invalidValue, missingParameter, SqsError } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

export const sendFields = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().optional(),
  MessageAttributes: attributesSchema.optional(),
  MessageSystemAttributes: attributesSchema.optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
};

export type SendEntry = z.infer<z.ZodObject<typeof sendFields>>;

/** A message that was checked, with what SendMessage answers. */
export interface CheckedMessage {
  readonly sizeBytes: number;
  readonly answer: SendAnswer;
  store(): void;
}

export interface SendAnswer {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly MD5OfMessageSystemAttributes?: string;
}

const MAX_DELAY_SECONDS = 900;
/** Characters of XML 1.0; all others are refused. */
const ALLOWED_TEXT = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/**
 * Checks a message before anything is stored, so that a batch can refuse some of its entries.
 * @throws SqsError
 */
export const checkMessage = (
  { messages, clock, home }: SqsState,
  queue: Queue,
  entry: SendEntry,
  id: string = randomUUID(),
): CheckedMessage => {
  const { MessageBody: body, MessageAttributes: attributes = {} } = entry;
  requireValidBody(body);
  requireValidAttributes(attributes);
  const delaySeconds = readDelay(entry, queue);
  const system = readSystemAttributes(entry);
  const sizeBytes = Buffer.byteLength(body) + attributesSize(attributes);
  if (sizeBytes > queue.settings.maximumMessageBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.settings.maximumMessageBytes} bytes.`,
    );
  }
  const message = { id, body, attributes, system: { ...system, SenderId: home.accountId } };
  const attributesHash = attributesMd5(attributes);
  const systemHash = attributesMd5(entry.MessageSystemAttributes ?? {});
  return {
    sizeBytes,
    answer: {
      MessageId: id,
      MD5OfMessageBody: md5(body),
      ...(attributesHash !== undefined && { MD5OfMessageAttributes: attributesHash }),
      ...(systemHash !== undefined && { MD5OfMessageSystemAttributes: systemHash }),
    },
    store: () => {
      const sentAt = clock();
      messages.add(queue.name, message, sentAt, sentAt + delaySeconds * 1_000);
    },
  };
};

/** What another service sends. It is stored when this returns; the same id is stored once. */
export const sendInternally = (
  state: SqsState,
  queue: Queue,
  message: { readonly id: string; readonly body: string; readonly attributes: MessageAttributes },
): void => {
  const { id, body: MessageBody, attributes: MessageAttributes } = message;
  checkMessage(state, queue, { MessageBody, MessageAttributes: { ...MessageAttributes } }, id).store();
  state.receivers.attemptAll();
};

const requireValidBody = (body: string): void => {
  if (body === '') throw missingParameter('MessageBody');
  if (!ALLOWED_TEXT.test(body)) {
    throw new SqsError('InvalidMessageContents', 'The message has characters that SQS does not allow.');
  }
};

const readDelay = ({ DelaySeconds, MessageDeduplicationId }: SendEntry, queue: Queue): number => {
  if (MessageDeduplicationId !== undefined) {
    throw invalidValue(
      'MessageDeduplicationId',
      MessageDeduplicationId,
      'The request includes a parameter that is not valid for this queue type.',
    );
  }
  if (DelaySeconds === undefined) return queue.settings.delaySeconds;
  if (DelaySeconds >= 0 && DelaySeconds <= MAX_DELAY_SECONDS) return DelaySeconds;
  throw invalidValue('DelaySeconds', DelaySeconds, `DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`);
};

const readSystemAttributes = ({
  MessageSystemAttributes = {},
  MessageGroupId,
}: SendEntry): Record<string, string> => {
  const { AWSTraceHeader, ...others } = MessageSystemAttributes;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalidParameter(`Message system attribute name '${unknown}' is invalid: use AWSTraceHeader.`);
  }
  return {
    ...(AWSTraceHeader?.StringValue !== undefined && { AWSTraceHeader: AWSTraceHeader.StringValue }),
    // In a standard queue it only makes groups fair to each other; there is no contention here to be fair about.
    ...(MessageGroupId !== undefined && { MessageGroupId }),
  };
};
