import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Signed URLs are made just in time; an older one was kept by somebody. */
const maxSignatureAgeMillis = 15 * 60_000;

/** The bucket of the vault, and the denies that hold against every principal, whatever its own policies allow. */
export function createVaultBucket(
  scope: Construct,
  id: string,
  encryptionKey: IKey,
  { deletingRoleName, hasLock }: { readonly deletingRoleName: string; readonly hasLock: boolean },
): Bucket {
  const bucket = new Bucket(scope, id, {
    versioned: true,
    // No default retention: garbage would be locked as well. Each commit locks what its point needs.
    ...(hasLock && { objectLockEnabled: true }),
    encryption: BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: true,
    enforceSSL: true,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  for (const statement of vaultDenies(bucket, deletingRoleName)) bucket.addToResourcePolicy(statement);
  // The bucket stays when the stack is deleted; so must what protects it.
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  // The property of the L2 construct would bring a Lambda of CDK's own along for this one setting.
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

function vaultDenies(bucket: Bucket, deletingRoleName: string): PolicyStatement[] {
  const deletingRole = Stack.of(bucket).formatArn({
    ...{ service: 'iam', region: '', resource: 'role', resourceName: deletingRoleName },
  });
  const deny = (
    sid: string,
    actions: string[],
    conditions: Record<string, Record<string, string | number>>,
  ) =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions,
      resources: [bucket.arnForObjects('*')],
      conditions,
    });
  return [
    // Nothing is overwritten, ever. Multipart uploads cannot carry the condition on their parts, so this ends them too.
    deny('PutsAreConditional', ['s3:PutObject'], { Null: { 's3:if-none-match': 'true' } }),
    deny('NoCopies', ['s3:PutObject'], { Null: { 's3:x-amz-copy-source': 'false' } }),
    // Nobody lays delete markers: what is deleted is deleted by version, as a stored list or a closed upload says.
    deny('NoDeleteMarkers', ['s3:DeleteObject'], {}),
    deny('OneRoleDeletes', ['s3:DeleteObjectVersion'], {
      ArnNotEquals: { 'aws:PrincipalArn': deletingRole },
    }),
    // Journals, plans and lists of deletions stay for ever, whoever asks.
    new PolicyStatement({
      sid: 'OnlyUploadsAreDeleted',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:DeleteObjectVersion'],
      notResources: [bucket.arnForObjects('v1/mounts/*/uploads/*')],
    }),
    // A governance lock is as good as nobody's right to pass it by; this one cannot be granted.
    deny('NoLockIsPassedBy', ['s3:BypassGovernanceRetention'], {}),
    deny('NoReplicas', ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'], {}),
    deny('SignedUrlsAreFresh', ['s3:*'], {
      StringEquals: { 's3:authType': 'REST-QUERY-STRING' },
      NumericGreaterThan: { 's3:signatureAge': maxSignatureAgeMillis },
    }),
  ];
}
