/**
 * Condition keys that `authorize.ts` puts into a request's context where AWS has them. A policy with any other
 * key is refused when it is loaded. A star stands for the key of a tag.
 */
export const S3_CONDITION_KEYS = [
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:ResourceAccount',
  'aws:SecureTransport',
  'aws:SourceIp',
  'aws:ViaAWSService',
  's3:ExistingObjectTag/*',
  's3:ObjectCreationOperation',
  's3:RequestObjectTag/*',
  's3:ResourceAccount',
  's3:TlsVersion',
  's3:VersionId',
  's3:authType',
  's3:delimiter',
  's3:if-match',
  's3:if-none-match',
  's3:max-keys',
  's3:object-lock-legal-hold',
  's3:object-lock-mode',
  's3:object-lock-remaining-retention-days',
  's3:object-lock-retain-until-date',
  's3:prefix',
  's3:signatureAge',
  's3:signatureversion',
  's3:x-amz-acl',
  's3:x-amz-content-sha256',
  's3:x-amz-copy-source',
  's3:x-amz-metadata-directive',
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-storage-class',
] as const;

type Listed = (typeof S3_CONDITION_KEYS)[number];
type TagKey = `s3:${'Existing' | 'Request'}ObjectTag/${string}`;

export type S3ConditionKey = Exclude<Listed, `${string}/*`> | TagKey;
