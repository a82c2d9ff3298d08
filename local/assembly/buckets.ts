import * as z from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import { LOCK_MODES } from '../s3/object-lock.ts';
import type { BucketConfig } from '../s3/server.ts';
import type { PolicyDocument } from '../services.ts';
import { lifecycleSchema } from './bucket-lifecycle.ts';
import { describeResource, integer, parseProperties, policyDocument, withoutEffect } from './properties.ts';

const encryptionSchema = z.object({
  ServerSideEncryptionConfiguration: z.array(
    z.object({
      ServerSideEncryptionByDefault: z
        .strictObject({
          SSEAlgorithm: z.enum(['AES256', 'aws:kms']),
          KMSMasterKeyID: z.string().optional(),
        })
        .optional(),
      BucketKeyEnabled: z.boolean().optional(),
    }),
  ),
});

const lockSchema = z.strictObject({
  ObjectLockEnabled: z.literal('Enabled').optional(),
  Rule: z
    .strictObject({
      DefaultRetention: z.union([
        z.strictObject({ Mode: z.enum(LOCK_MODES), Days: integer.min(1) }),
        z.strictObject({ Mode: z.enum(LOCK_MODES), Years: integer.min(1) }),
      ]),
    })
    .optional(),
});

const publicAccessSchema = z
  .strictObject({
    BlockPublicAcls: z.boolean().default(false),
    IgnorePublicAcls: z.boolean().default(false),
    BlockPublicPolicy: z.boolean().default(false),
    RestrictPublicBuckets: z.boolean().default(false),
  })
  .transform((block) => ({
    blockPublicAcls: block.BlockPublicAcls,
    ignorePublicAcls: block.IgnorePublicAcls,
    blockPublicPolicy: block.BlockPublicPolicy,
    restrictPublicBuckets: block.RestrictPublicBuckets,
  }));

const bucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  VersioningConfiguration: z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  BucketEncryption: encryptionSchema.optional(),
  NotificationConfiguration: z
    .strictObject({
      EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: z.boolean().default(true) }).optional(),
    })
    .optional(),
  LifecycleConfiguration: lifecycleSchema.optional(),
  ObjectLockEnabled: z.boolean().default(false),
  ObjectLockConfiguration: lockSchema.optional(),
  PublicAccessBlockConfiguration: publicAccessSchema.optional(),
  ...withoutEffect('OwnershipControls', 'Tags', 'MetricsConfigurations'),
});

const bucketPolicySchema = z.strictObject({ Bucket: z.string(), PolicyDocument: policyDocument });

const notificationsSchema = z.strictObject({
  BucketName: z.string(),
  NotificationConfiguration: z.strictObject({ EventBridgeConfiguration: z.strictObject({}).optional() }),
  ...withoutEffect('ServiceToken', 'Managed', 'SkipDestinationValidation'),
});

/** The buckets with their policies and notifications, which templates hold apart from them. */
export const readBuckets = ({ resources }: Deployment): readonly BucketConfig[] => {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const policies = readPolicies(ofType('AWS::S3::BucketPolicy'));
  const notifying = new Set(
    ofType('Custom::S3BucketNotifications')
      .map((resource) => parseProperties(resource, notificationsSchema))
      .filter((properties) => properties.NotificationConfiguration.EventBridgeConfiguration !== undefined)
      .map((properties) => properties.BucketName),
  );
  return ofType('AWS::S3::Bucket').map((resource) => {
    const { name } = resource;
    const properties = parseProperties(resource, bucketSchema);
    const policy = policies.get(name);
    const eventBridge = properties.NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled;
    const lifecycle = properties.LifecycleConfiguration;
    const publicAccessBlock = properties.PublicAccessBlockConfiguration;
    return {
      name,
      // A lock brings versioning along, as it does in AWS.
      versioning: properties.VersioningConfiguration?.Status === 'Enabled' || properties.ObjectLockEnabled,
      eventBridge: eventBridge === true || notifying.has(name),
      ...(policy !== undefined && { policy }),
      ...readEncryption(properties.BucketEncryption),
      ...readLock(resource, properties),
      ...(lifecycle !== undefined && { lifecycle }),
      ...(publicAccessBlock !== undefined && { publicAccessBlock }),
    };
  });
};

const readEncryption = (
  encryption: z.infer<typeof encryptionSchema> | undefined,
): Pick<BucketConfig, 'encryption' | 'kmsKeyId' | 'bucketKey'> => {
  const rule = encryption?.ServerSideEncryptionConfiguration[0];
  const { SSEAlgorithm, KMSMasterKeyID } = rule?.ServerSideEncryptionByDefault ?? {};
  return {
    ...(SSEAlgorithm !== undefined && { encryption: SSEAlgorithm }),
    ...(KMSMasterKeyID !== undefined && { kmsKeyId: KMSMasterKeyID }),
    ...(rule?.BucketKeyEnabled !== undefined && { bucketKey: rule.BucketKeyEnabled }),
  };
};

const readLock = (
  resource: DeployedResource,
  { ObjectLockEnabled, ObjectLockConfiguration, VersioningConfiguration }: z.infer<typeof bucketSchema>,
): Pick<BucketConfig, 'objectLock'> => {
  if (!ObjectLockEnabled) {
    if (ObjectLockConfiguration === undefined) return {};
    throw new Error(
      `${describeResource(resource)}: ObjectLockConfiguration needs ObjectLockEnabled: true beside it`,
    );
  }
  if (VersioningConfiguration?.Status === 'Suspended') {
    throw new Error(`${describeResource(resource)}: ObjectLockEnabled needs versioning, which is suspended`);
  }
  const retention = ObjectLockConfiguration?.Rule?.DefaultRetention;
  if (retention === undefined) return { objectLock: {} };
  const period = 'Days' in retention ? { days: retention.Days } : { years: retention.Years };
  return { objectLock: { defaultRetention: { mode: retention.Mode, ...period } } };
};

const readPolicies = (resources: readonly DeployedResource[]): ReadonlyMap<string, PolicyDocument> => {
  const policies = new Map<string, PolicyDocument>();
  for (const resource of resources) {
    const { Bucket, PolicyDocument } = parseProperties(resource, bucketPolicySchema);
    if (policies.has(Bucket)) {
      throw new Error(
        `${describeResource(resource)}: bucket ${Bucket} has another policy already, S3 keeps one`,
      );
    }
    policies.set(Bucket, PolicyDocument as PolicyDocument);
  }
  return policies;
};
