import * as z from 'zod';
import { validatePolicy } from '../iam/validate-policy.ts';
import type { PolicyDocument } from '../services.ts';
import { invalidValue, notSupported, SqsError } from './sqs-error.ts';

/** Attributes of a queue as texts, as the API has them. Those that are not set are absent. */
export type QueueAttributes = Readonly<Record<string, string>>;

/** What the attributes mean. */
export interface QueueSettings {
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitSeconds: number;
  readonly retentionSeconds: number;
  readonly maximumMessageBytes: number;
  readonly redrive?: RedrivePolicy;
  readonly redriveAllow?: RedriveAllowPolicy;
  readonly policy?: PolicyDocument;
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

export type RedriveAllowPolicy = z.infer<typeof redriveAllowSchema>;

/** Ranges and defaults, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const NUMBERS = {
  VisibilityTimeout: { min: 0, max: 43_200, default: 30 },
  DelaySeconds: { min: 0, max: 900, default: 0 },
  ReceiveMessageWaitTimeSeconds: { min: 0, max: 20, default: 0 },
  MessageRetentionPeriod: { min: 60, max: 1_209_600, default: 345_600 },
  MaximumMessageSize: { min: 1_024, max: 1_048_576, default: 1_048_576 },
} as const;

/** Encryption at rest does not show in the API beyond these. */
const ENCRYPTION = ['SqsManagedSseEnabled', 'KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds'];
const DOCUMENTS = ['RedrivePolicy', 'RedriveAllowPolicy', 'Policy'];
const FIFO = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const QUEUE_ARN = /^arn:aws:sqs:[\w-]+:\d{12}:[\w-]{1,80}$/;

const redriveSchema = z.strictObject({
  deadLetterTargetArn: z.string().regex(QUEUE_ARN, 'it is not the ARN of a standard queue'),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});
const redriveAllowSchema = z
  .strictObject({
    redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
    sourceQueueArns: z.array(z.string()).min(1).max(10).optional(),
  })
  .refine(
    ({ redrivePermission, sourceQueueArns }) =>
      (redrivePermission === 'byQueue') === (sourceQueueArns !== undefined),
    'sourceQueueArns is given if, and only if, redrivePermission is byQueue',
  );

/**
 * Changes attributes; an empty text removes a policy.
 * @throws SqsError for a name or value that SQS refuses or that is not supported here.
 */
export const changeAttributes = (attributes: QueueAttributes, changes: QueueAttributes): QueueAttributes => {
  const changed = new Map(Object.entries(attributes));
  for (const [name, value] of Object.entries(changes)) {
    requireValidAttribute(name, value);
    if (value === '' && DOCUMENTS.includes(name)) changed.delete(name);
    else changed.set(name, value);
  }
  return Object.fromEntries(changed);
};

const requireValidAttribute = (name: string, value: string): void => {
  if (FIFO.includes(name)) throw notSupported(`A FIFO queue (attribute ${name})`);
  if (name in NUMBERS) readNumber(name as keyof typeof NUMBERS, { [name]: value });
  else if (DOCUMENTS.includes(name)) {
    if (value !== '') readDocument(name, value);
  } else if (!ENCRYPTION.includes(name)) {
    throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  }
};

/** The settings of attributes that `changeAttributes` made. */
export const readSettings = (attributes: QueueAttributes): QueueSettings => {
  const documentOf = (name: string) => {
    const text = attributes[name];
    return text === undefined ? undefined : readDocument(name, text);
  };
  const redrive = documentOf('RedrivePolicy');
  const redriveAllow = documentOf('RedriveAllowPolicy');
  const policy = documentOf('Policy');
  return {
    visibilityTimeoutSeconds: readNumber('VisibilityTimeout', attributes),
    delaySeconds: readNumber('DelaySeconds', attributes),
    receiveWaitSeconds: readNumber('ReceiveMessageWaitTimeSeconds', attributes),
    retentionSeconds: readNumber('MessageRetentionPeriod', attributes),
    maximumMessageBytes: readNumber('MaximumMessageSize', attributes),
    ...(redrive !== undefined && { redrive: redrive as RedrivePolicy }),
    ...(redriveAllow !== undefined && { redriveAllow: redriveAllow as RedriveAllowPolicy }),
    ...(policy !== undefined && { policy: policy as PolicyDocument }),
  };
};

/** The attributes with their defaults, as GetQueueAttributes answers them. */
export const withDefaults = (attributes: QueueAttributes): QueueAttributes => ({
  ...Object.fromEntries(Object.entries(NUMBERS).map(([name, range]) => [name, String(range.default)])),
  SqsManagedSseEnabled: attributes.KmsMasterKeyId === undefined ? 'true' : 'false',
  ...attributes,
});

const readNumber = (name: keyof typeof NUMBERS, attributes: QueueAttributes): number => {
  const { min, max, default: fallback } = NUMBERS[name];
  const text = attributes[name];
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}: ${min} to ${max}.`);
};

const readDocument = (name: string, text: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidValue(name, text, 'It is not JSON.');
  }
  if (name === 'Policy') return readPolicy(value as PolicyDocument);
  const parsed = (name === 'RedrivePolicy' ? redriveSchema : redriveAllowSchema).safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidValue(name, text, z.prettifyError(parsed.error));
};

/** Condition keys that are known when a message comes in; a policy with another key is refused. */
export const POLICY_CONDITION_KEYS = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
];

const readPolicy = (policy: PolicyDocument): PolicyDocument => {
  try {
    validatePolicy(policy, { kind: 'resource', service: 'sqs', conditionKeys: POLICY_CONDITION_KEYS });
    return policy;
  } catch (error) {
    throw new SqsError(
      'InvalidAttributeValue',
      `Invalid value for the parameter Policy: ${(error as Error).message}`,
    );
  }
};
