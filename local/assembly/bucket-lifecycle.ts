import * as z from 'zod';
import { type LifecycleConfiguration, MINIMUM_SIZES, transitionClass } from '../s3/lifecycle-rules.ts';
import { integer } from './properties.ts';

/** The names that CloudFormation gives to some classes beside S3's own. */
const storageClass = z
  .string()
  .transform((name) => (name === 'Glacier' ? 'GLACIER' : name))
  .transform((name, context) => {
    try {
      return transitionClass(name);
    } catch {
      context.addIssue(`${name} is not a storage class that objects are moved to`);
      return z.NEVER;
    }
  });

const transition = z
  .strictObject({ StorageClass: storageClass, TransitionInDays: integer })
  .transform(({ StorageClass, TransitionInDays }) => ({
    storageClass: StorageClass,
    days: TransitionInDays,
  }));

const noncurrentTransition = z
  .strictObject({
    StorageClass: storageClass,
    TransitionInDays: integer,
    NewerNoncurrentVersions: integer.optional(),
  })
  .transform(({ StorageClass, TransitionInDays, NewerNoncurrentVersions }) => ({
    storageClass: StorageClass,
    days: TransitionInDays,
    newerVersions: NewerNoncurrentVersions,
  }));

const noncurrentExpiration = z
  .strictObject({ NoncurrentDays: integer, NewerNoncurrentVersions: integer.optional() })
  .transform(({ NoncurrentDays, NewerNoncurrentVersions }) => ({
    days: NoncurrentDays,
    newerVersions: NewerNoncurrentVersions,
  }));

const ruleSchema = z.strictObject({
  Id: z.string().optional(),
  Status: z.enum(['Enabled', 'Disabled']),
  Prefix: z.string().optional(),
  TagFilters: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
  ObjectSizeGreaterThan: integer.optional(),
  ObjectSizeLessThan: integer.optional(),
  Transitions: z.array(transition).optional(),
  NoncurrentVersionTransitions: z.array(noncurrentTransition).optional(),
  NoncurrentVersionExpiration: noncurrentExpiration.optional(),
  NoncurrentVersionExpirationInDays: integer.optional(),
  AbortIncompleteMultipartUpload: z.strictObject({ DaysAfterInitiation: integer }).optional(),
});

/** LifecycleConfiguration of a template. What the local S3 does not carry out is refused by its name. */
export const lifecycleSchema = z
  .strictObject({
    Rules: z.array(ruleSchema),
    TransitionDefaultMinimumObjectSize: z.enum(MINIMUM_SIZES).default(MINIMUM_SIZES[0]),
  })
  .transform(
    ({ Rules, TransitionDefaultMinimumObjectSize }): LifecycleConfiguration => ({
      rules: Rules.map(toRule),
      minimumSize: TransitionDefaultMinimumObjectSize,
    }),
  );

const toRule = (rule: z.infer<typeof ruleSchema>, index: number): LifecycleConfiguration['rules'][number] => {
  const olderForm = rule.NoncurrentVersionExpirationInDays;
  return {
    id: rule.Id ?? `rule-${index + 1}`,
    isEnabled: rule.Status === 'Enabled',
    filter: {
      prefix: rule.Prefix,
      tags: rule.TagFilters && Object.fromEntries(rule.TagFilters.map(({ Key, Value }) => [Key, Value])),
      sizeGreaterThan: rule.ObjectSizeGreaterThan,
      sizeLessThan: rule.ObjectSizeLessThan,
    },
    transitions: rule.Transitions,
    noncurrentTransitions: rule.NoncurrentVersionTransitions,
    noncurrentExpiration:
      rule.NoncurrentVersionExpiration ?? (olderForm === undefined ? undefined : { days: olderForm }),
    abortUploadsAfterDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  };
};
