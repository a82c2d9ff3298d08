import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type ArchiveClass, coldTag } from '../shared/domain/archive/archive-class.ts';

/** Signed URLs are made just in time; an older one was kept by somebody. */
const maxSignatureAgeMillis = 15 * 60_000;

interface VaultBucketProps {
  readonly deletingRoleName: string;
  readonly hasLock: boolean;
  /** Where tagged packs go; absent: nowhere. */
  readonly archiveClass?: ArchiveClass | undefined;
}

/** The bucket of the vault, and the denies that hold against every principal, whatever its own policies allow. */
export function createVaultBucket(
  scope: Construct,
  id: string,
  encryptionKey: IKey,
  { deletingRoleName, hasLock, archiveClass }: VaultBucketProps,
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
    // Nothing in the vault ever expires by a rule: what goes is named by a plan and deleted by version.
    ...(archiveClass && { lifecycleRules: [archiveRule(archiveClass)] }),
  });
  for (const statement of vaultDenies(bucket, deletingRoleName)) bucket.addToResourcePolicy(statement);
  // The bucket stays when the stack is deleted; so must what protects it.
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN);
  // The property of the L2 construct would bring a Lambda of CDK's own along for this one setting.
  const resource = bucket.node.defaultChild as CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

/** By the tag alone: only packs are ever tagged, and only one role may. They move with S3's next daily run. */
const archiveRule = (archiveClass: ArchiveClass): LifecycleRule => ({
  id: 'archive-cold-packs',
  prefix: 'v1/mounts/',
  tagFilters: { [coldTag.key]: coldTag.value },
  transitions: [{ storageClass: new StorageClass(archiveClass), transitionAfter: Duration.days(0) }],
});

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
    // What is tagged is moved to the archive: tables and logs must be read at any time.
    new PolicyStatement({
      sid: 'OnlyPacksAreTagged',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      notResources: [bucket.arnForObjects('v1/mounts/*/uploads/*/packs/*')],
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
