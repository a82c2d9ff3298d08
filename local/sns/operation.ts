import * as z from 'zod';
import type { DeliveryQueue } from '../delivery/delivery-queue.ts';
import type { LocalClock } from '../services.ts';
import type { FormValue, XmlValue } from './query-protocol.ts';
import { invalidParameter, noSuchTopic } from './sns-error.ts';
import type { Topic, TopicStore } from './topic-store.ts';

/** What the operations of SNS work on. */
export interface SnsState {
  readonly store: TopicStore;
  readonly deliveries: DeliveryQueue;
  readonly clock: LocalClock;
  /** `arn:aws:sns:REGION:ACCOUNT:` */
  readonly arnPrefix: string;
  readonly endpoint: () => string;
  /** Keeps what would be sent out of this machine. */
  readonly writeOutbound: (topicArn: string, message: object) => void;
}

export type Operation = (
  state: SnsState,
  input: Readonly<Record<string, FormValue>>,
) => Readonly<Record<string, XmlValue | undefined>>;

/**
 * Reads the parameters of an operation, all of them known.
 * @throws InvalidParameter that names what is missing, wrong or not supported.
 */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidParameter(z.prettifyError(parsed.error));
};

/** A list of the query protocol, which writes an empty one as an empty text. */
export const formList = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (value === '' ? [] : value), z.array(item));

/** A map of the query protocol: a list of keys and values. */
export const attributeMap = formList(
  z.strictObject({ key: z.string(), value: z.string().default('') }),
).transform((entries) => Object.fromEntries(entries.map(({ key, value }) => [key, value])));

/** @throws NotFound */
export const requireTopic = ({ store, arnPrefix }: SnsState, arn: string): Topic => {
  if (!/^arn:aws:sns:[^:]+:\d+:[\w-]+$/.test(arn))
    throw invalidParameter(`TopicArn Reason: ${arn} is no ARN of a topic`);
  const topic = arn.startsWith(arnPrefix) ? store.findTopic(arn) : undefined;
  if (topic === undefined) throw noSuchTopic();
  return topic;
};

const PAGE_SIZE = 100;

/** A page of items in ascending order of their ARNs; the token is the last ARN of the page before. */
export const pageOf = <Item extends { readonly arn: string }>(
  items: readonly Item[],
  token: string | undefined,
): { readonly page: readonly Item[]; readonly NextToken?: string } => {
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  const rest = items.filter(({ arn }) => arn > after);
  const page = rest.slice(0, PAGE_SIZE);
  const last = page.at(-1)?.arn ?? '';
  return { page, ...(rest.length > page.length && { NextToken: Buffer.from(last).toString('base64url') }) };
};
