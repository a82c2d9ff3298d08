import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalidParameter } from './sqs-error.ts';

/** Attributes of a message as SQS's API has them; binary values are base64 text. */
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}

export const attributesSchema = z.record(
  z.string(),
  z.strictObject({
    DataType: z.string(),
    StringValue: z.string().optional(),
    BinaryValue: z.string().optional(),
    StringListValues: z.array(z.string()).max(0, 'string lists are not implemented by SQS').optional(),
    BinaryListValues: z.array(z.string()).max(0, 'binary lists are not implemented by SQS').optional(),
  }),
);

const MAX_ATTRIBUTES = 10;
const MAX_NAME = 256;

/** Attributes of type String, as other services add them to their messages. */
export const textAttributes = (texts: Readonly<Record<string, string>>): MessageAttributes =>
  Object.fromEntries(
    Object.entries(texts).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );

/** @throws SqsError for what SQS refuses, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html */
export const requireValidAttributes = (
  attributes: MessageAttributes,
  maximum: number = MAX_ATTRIBUTES,
): void => {
  const names = Object.keys(attributes);
  if (names.length > maximum) {
    throw invalidParameter(
      `Number of message attributes [${names.length}] exceeds the allowed maximum [${maximum}].`,
    );
  }
  for (const [name, attribute] of Object.entries(attributes)) {
    const problem = findNameProblem(name) ?? findValueProblem(name, attribute);
    if (problem !== undefined) throw invalidParameter(problem);
  }
};

const findNameProblem = (name: string): string | undefined => {
  if (name.length > MAX_NAME || !/^[\w.-]+$/.test(name) || /^\.|\.\.|\.$/.test(name)) {
    return `The message attribute name '${name}' is invalid: use letters, digits, _, - and single dots inside.`;
  }
  return /^(aws|amazon)\./i.test(name)
    ? `The message attribute name '${name}' starts with a reserved prefix.`
    : undefined;
};

const findValueProblem = (
  name: string,
  { DataType, StringValue, BinaryValue }: MessageAttribute,
): string | undefined => {
  const [type] = DataType.split('.');
  if (!['String', 'Number', 'Binary'].includes(type ?? '') || DataType.length > MAX_NAME) {
    return `The type of message attribute '${name}' is invalid: its prefix must be String, Number or Binary.`;
  }
  const [value, other] = type === 'Binary' ? [BinaryValue, StringValue] : [StringValue, BinaryValue];
  if (value === undefined || value === '' || other !== undefined) {
    return `The message attribute '${name}' must contain one non-empty value of its type '${DataType}'.`;
  }
  if (type === 'Number' && !(value.trim() !== '' && Number.isFinite(Number(value)))) {
    return `The value '${value}' of message attribute '${name}' is not a number.`;
  }
  return undefined;
};

/** What the attributes count towards a message's size: names, types and values. */
export const attributesSize = (attributes: MessageAttributes): number =>
  Object.entries(attributes).reduce(
    (sum, [name, attribute]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + valueBytes(attribute).length,
    0,
  );

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const STRING_MARK = Buffer.from([1]);
const BINARY_MARK = Buffer.from([2]);

/** MD5 over the attributes sorted by name, each part with its length before it; undefined when there are none. */
export const attributesMd5 = (attributes: MessageAttributes): string | undefined => {
  // By code units, not by a locale.
  const names = Object.keys(attributes).sort((a, b) => (a < b ? -1 : 1));
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const update = (part: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    hash.update(length).update(part);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    update(Buffer.from(name));
    update(Buffer.from(attribute.DataType));
    hash.update(attribute.BinaryValue === undefined ? STRING_MARK : BINARY_MARK);
    update(valueBytes(attribute));
  }
  return hash.digest('hex');
};

const valueBytes = ({ StringValue = '', BinaryValue }: MessageAttribute): Buffer =>
  BinaryValue === undefined ? Buffer.from(StringValue) : Buffer.from(BinaryValue, 'base64');
