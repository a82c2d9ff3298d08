import { compilePattern } from '../events/event-pattern.ts';
import { isRecord } from '../events/pattern-operators.ts';
import type { MessageAttribute } from '../sqs/message-attributes.ts';
import type { PublishedMessage } from './notification.ts';
import { invalidParameter } from './sns-error.ts';

export type FilterScope = 'MessageAttributes' | 'MessageBody';

/**
 * Whether a subscription wants a message. The operators are those of event patterns.
 * @throws InvalidParameter
 */
export const compileFilterPolicy = (
  policy: string,
  scope: FilterScope,
): ((message: Pick<PublishedMessage, 'text' | 'attributes'>) => boolean) => {
  const pattern = parseJson(policy);
  if (!isRecord(pattern)) throw invalidParameter('FilterPolicy: it is not a JSON object');
  // An empty policy lets everything through.
  if (Object.keys(pattern).length === 0) return () => true;
  const nested = Object.entries(pattern).find(([, value]) => !Array.isArray(value));
  if (scope === 'MessageAttributes' && nested !== undefined) {
    throw invalidParameter(`FilterPolicy: "${nested[0]}" must be a list`);
  }
  let matches: (value: unknown) => boolean;
  try {
    matches = compilePattern(pattern);
  } catch (error) {
    throw invalidParameter(`FilterPolicy: ${(error as Error).message}`);
  }
  return ({ text, attributes }) => {
    if (scope === 'MessageAttributes') {
      const values = Object.entries(attributes).map(([name, attribute]) => [
        name,
        valueOfAttribute(attribute),
      ]);
      return matches(Object.fromEntries(values));
    }
    const body = parseJson(text);
    return isRecord(body) && matches(body);
  };
};

/** Binary attributes are not looked at. */
const valueOfAttribute = ({ DataType, StringValue = '' }: MessageAttribute): unknown => {
  if (DataType === 'Number') return Number(StringValue);
  if (DataType === 'String.Array') return parseJson(StringValue);
  return DataType.startsWith('Binary') ? undefined : StringValue;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
