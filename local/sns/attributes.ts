import * as z from 'zod';
import { findTargetKind } from '../delivery/target-call.ts';
import { validatePolicy } from '../iam/validate-policy.ts';
import type { PolicyDocument } from '../services.ts';
import { POLICY_CONDITION_KEYS } from '../sqs/queue-attributes.ts';
import { compileFilterPolicy, type FilterScope } from './filter-policy.ts';
import { invalidParameter, notSupported } from './sns-error.ts';

export type Attributes = Readonly<Record<string, string>>;

const MESSAGE_SIZE = { min: 1_024, max: 1_048_576, default: 262_144 };

/** Taken and given back; they mean nothing on one machine. */
const TOPIC_ATTRIBUTES_WITHOUT_EFFECT = [
  'DisplayName',
  'KmsMasterKeyId',
  'SignatureVersion',
  'TracingConfig',
];

/** @throws InvalidParameter that names what SNS refuses or what is not supported here. */
export const requireValidTopicAttributes = (attributes: Attributes): void => {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'Policy') readPolicy(value);
    else if (name === 'MaximumMessageSize') readMessageSize(value);
    else if (name === 'FifoTopic' && value === 'false') continue;
    else if (!TOPIC_ATTRIBUTES_WITHOUT_EFFECT.includes(name))
      throw notSupported(`The attribute ${name} of a topic`);
  }
};

const readMessageSize = (text: string): number => {
  const bytes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (bytes >= MESSAGE_SIZE.min && bytes <= MESSAGE_SIZE.max) return bytes;
  throw invalidParameter(`MaximumMessageSize: ${MESSAGE_SIZE.min} to ${MESSAGE_SIZE.max}`);
};

export const maximumMessageBytes = ({ MaximumMessageSize }: Attributes): number =>
  MaximumMessageSize === undefined ? MESSAGE_SIZE.default : readMessageSize(MaximumMessageSize);

export const policyOfTopic = ({ Policy }: Attributes): PolicyDocument | undefined =>
  Policy === undefined ? undefined : readPolicy(Policy);

const readPolicy = (text: string): PolicyDocument => {
  try {
    const policy = JSON.parse(text) as PolicyDocument;
    validatePolicy(policy, { kind: 'resource', service: 'sns', conditionKeys: POLICY_CONDITION_KEYS });
    return policy;
  } catch (error) {
    throw invalidParameter(`Policy: ${(error as Error).message}`);
  }
};

/** @throws InvalidParameter that names what SNS refuses or what is not supported here. */
export const requireValidSubscriptionAttributes = (attributes: Attributes): void => {
  const { RawMessageDelivery, RedrivePolicy, FilterPolicy, FilterPolicyScope, ...others } = attributes;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw notSupported(`The attribute ${unknown} of a subscription`);
  if (RawMessageDelivery !== undefined && !/^(true|false)$/i.test(RawMessageDelivery)) {
    throw invalidParameter('RawMessageDelivery: true or false');
  }
  if (FilterPolicyScope !== undefined && !['MessageAttributes', 'MessageBody'].includes(FilterPolicyScope)) {
    throw invalidParameter('FilterPolicyScope: MessageAttributes or MessageBody');
  }
  readRedrivePolicy({ RedrivePolicy });
  filterOf({ FilterPolicy, FilterPolicyScope });
};

type Given<Name extends string> = Readonly<Partial<Record<Name, string | undefined>>>;

/** Whether the subscription wants a message. */
export const filterOf = ({ FilterPolicy, FilterPolicyScope }: Given<'FilterPolicy' | 'FilterPolicyScope'>) =>
  compileFilterPolicy(FilterPolicy || '{}', (FilterPolicyScope ?? 'MessageAttributes') as FilterScope);

const redriveSchema = z.strictObject({ deadLetterTargetArn: z.string() });

/** ARN of the dead-letter queue; an empty policy is none. */
export const readRedrivePolicy = ({ RedrivePolicy }: Given<'RedrivePolicy'>): string | undefined => {
  if (!RedrivePolicy) return undefined;
  const parsed = redriveSchema.safeParse(parseJson(RedrivePolicy));
  if (!parsed.success || findTargetKind(parsed.data.deadLetterTargetArn) !== 'queue') {
    throw invalidParameter('RedrivePolicy: deadLetterTargetArn must be the ARN of a standard queue');
  }
  return parsed.data.deadLetterTargetArn;
};

export const isRaw = ({ RawMessageDelivery }: Attributes): boolean =>
  RawMessageDelivery?.toLowerCase() === 'true';

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
