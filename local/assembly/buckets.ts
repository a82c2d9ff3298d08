import { z } from 'zod';
import type { DeployedResource, Deployment } from '../cloudformation/deployment.ts';
import type { BucketConfig } from '../s3/server.ts';
import type { PolicyDocument } from '../services.ts';
import { describeResource, parseProperties, policyDocument, withoutEffect } from './properties.ts';

/** Rules that make storage cheaper. Those that delete objects are refused: nothing here would carry them out. */
const lifecycleRule = z.strictObject({
  Status: z.string(),
  ...withoutEffect('Id', 'Prefix', 'TagFilters', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'),
  ...withoutEffect('AbortIncompleteMultipartUpload', 'Transitions', 'NoncurrentVersionTransitions'),
});

const bucketSchema = z.strictObject({
  BucketName: z.string().optional(),
  VersioningConfiguration: z.strictObject({ Status: z.enum(['Enabled', 'Suspended']) }).optional(),
  BucketEncryption: z
    .object({
      ServerSideEncryptionConfiguration: z.array(
        z.object({
          ServerSideEncryptionByDefault: z.object({ SSEAlgorithm: z.enum(['AES256', 'aws:kms']) }).optional(),
        }),
      ),
    })
    .optional(),
  NotificationConfiguration: z
    .strictObject({
      EventBridgeConfiguration: z.strictObject({ EventBridgeEnabled: z.boolean().default(true) }).optional(),
    })
    .optional(),
  LifecycleConfiguration: z
    .strictObject({ Rules: z.array(lifecycleRule), ...withoutEffect('TransitionDefaultMinimumObjectSize') })
    .optional(),
  ...withoutEffect('PublicAccessBlockConfiguration', 'OwnershipControls', 'Tags', 'MetricsConfigurations'),
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
    const encryption =
      properties.BucketEncryption?.ServerSideEncryptionConfiguration[0]?.ServerSideEncryptionByDefault;
    const policy = policies.get(name);
    const eventBridge = properties.NotificationConfiguration?.EventBridgeConfiguration?.EventBridgeEnabled;
    return {
      name,
      versioning: properties.VersioningConfiguration?.Status === 'Enabled',
      eventBridge: eventBridge === true || notifying.has(name),
      ...(policy !== undefined && { policy }),
      ...(encryption !== undefined && { encryption: encryption.SSEAlgorithm }),
    };
  });
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
