import { type Decision, evaluate } from '../iam/evaluate.ts';
import type { S3ConditionKey } from './condition-keys.ts';
import { LOCK_MODES, type Retention } from './object-lock.ts';
import { readTaggingHeader, type Tags } from './object-tags.ts';
import type { S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Service } from './s3-service.ts';
import { DAY_MILLISECONDS, isoDate } from './times.ts';

/** Something a caller must be allowed to do. */
export interface Permission {
  readonly action: `s3:${string}`;
  /** Absent for permissions on the account. */
  readonly bucket?: string;
  /** Absent for permissions on the bucket. */
  readonly key?: string;
  /** Condition keys that AWS has for this action only. */
  readonly context?: Context;
}

export type Context = Partial<Record<S3ConditionKey, string | undefined>>;

/** Throws AccessDenied, saying which statement or lack of one is the reason. */
export function authorize(call: S3Call, service: S3Service, permission: Permission): void {
  const decision = decide(call, service, permission);
  if (decision.allowed) return;
  const { principalArn } = call.authentication.caller;
  throw new S3Error(
    'AccessDenied',
    `User: ${principalArn} is not authorized to perform: ${permission.action} on resource: "${resourceArn(permission)}" (${decision.by})`,
  );
}

export function decide(call: S3Call, service: S3Service, permission: Permission): Decision {
  const { caller } = call.authentication;
  const { action, bucket } = permission;
  if (caller.principalArn.endsWith(':root') && POLICY_ACTIONS.includes(action)) {
    return { allowed: true, by: 'the root of the account can always mend a bucket policy' };
  }
  // A bucket that is still to be made has no policy.
  const policy = bucket === undefined ? undefined : service.buckets.find(bucket)?.policy;
  return evaluate(
    {
      principalArn: caller.principalArn,
      action,
      resource: resourceArn(permission),
      context: {
        ...requestContext(call, service),
        ...existingTags(service, permission),
        ...permission.context,
      },
    },
    caller.policies,
    policy,
  );
}

const POLICY_ACTIONS = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'];

/** Actions for which AWS fills s3:ExistingObjectTag, each also with `Version` in its name. */
const TAG_AWARE_ACTIONS =
  /^s3:(GetObject(Version)?(Tagging|Attributes)?|(Put|Delete)Object(Version)?Tagging)$/;

function existingTags(service: S3Service, { action, bucket, key, context }: Permission): Context {
  if (bucket === undefined || key === undefined || !TAG_AWARE_ACTIONS.test(action)) return {};
  const versionId = context?.['s3:VersionId'];
  const version =
    versionId === undefined
      ? service.versions.current(bucket, key)
      : service.versions.byId(bucket, key, versionId);
  return version === undefined || version.isDeleteMarker ? {} : tagContext('Existing', version.tags);
}

/** Condition keys for the tags that an object has or that a request brings. */
export function tagContext(kind: 'Existing' | 'Request', tags: Tags = {}): Context {
  return Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`s3:${kind}ObjectTag/${key}`, value]),
  );
}

/** Condition keys for the retention that a request brings. */
export function retentionContext(retention: Partial<Retention>, now: number): Context {
  const { mode, until = Number.NaN } = retention;
  if (Number.isNaN(until)) return { 's3:object-lock-mode': mode };
  return {
    's3:object-lock-mode': mode,
    's3:object-lock-remaining-retention-days': String(Math.ceil((until - now) / DAY_MILLISECONDS)),
    's3:object-lock-retain-until-date': isoDate(until),
  };
}

/** Condition keys of writes. AWS fills if-match and if-none-match for operations that enforce them only. */
export function writeContext(call: S3Call, isObjectCreation: boolean): Context {
  const { headers } = call;
  return {
    's3:ObjectCreationOperation': String(isObjectCreation),
    's3:if-match': headers.get('if-match')?.replaceAll('"', ''),
    's3:if-none-match': headers.get('if-none-match')?.replaceAll('"', ''),
    's3:x-amz-acl': headers.get('x-amz-acl'),
    's3:x-amz-copy-source': headers.get('x-amz-copy-source'),
    's3:x-amz-metadata-directive': headers.get('x-amz-metadata-directive'),
    's3:x-amz-server-side-encryption': headers.get('x-amz-server-side-encryption'),
    's3:x-amz-server-side-encryption-aws-kms-key-id': headers.get(
      'x-amz-server-side-encryption-aws-kms-key-id',
    ),
    's3:x-amz-storage-class': headers.get('x-amz-storage-class'),
    's3:object-lock-legal-hold': headers.get('x-amz-object-lock-legal-hold'),
    ...lockContext(call),
    ...tagContext('Request', readTaggingHeader(headers.get('x-amz-tagging'))),
  };
}

function lockContext({ headers, now }: S3Call): Context {
  const mode = LOCK_MODES.find((one) => one === headers.get('x-amz-object-lock-mode'));
  const until = Date.parse(headers.get('x-amz-object-lock-retain-until-date') ?? '');
  return mode === undefined ? {} : retentionContext({ mode, until }, now);
}

export function listContext(call: S3Call): Context {
  return {
    's3:prefix': call.query.get('prefix'),
    's3:delimiter': call.query.get('delimiter'),
    's3:max-keys': call.query.get('max-keys'),
  };
}

function requestContext(call: S3Call, service: S3Service): Context {
  const { authType, caller, signature } = call.authentication;
  const isPresigned = authType === 'REST-QUERY-STRING';
  return {
    'aws:CurrentTime': isoDate(call.now),
    'aws:EpochTime': String(Math.floor(call.now / 1000)),
    'aws:PrincipalAccount': caller.principalArn.split(':')[4],
    'aws:PrincipalArn': caller.principalArn,
    'aws:PrincipalIsAWSService': 'false',
    'aws:ResourceAccount': service.accountId,
    // Loopback is plain HTTP and leaves no machine. Policies that demand TLS are meant for the way to AWS, so
    // they are evaluated as if TLS were used; otherwise the deployed policy would refuse everything here.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': call.sourceIp,
    'aws:ViaAWSService': 'false',
    's3:ResourceAccount': service.accountId,
    's3:TlsVersion': '1.3',
    's3:authType': authType,
    // AWS documents the age for presigned requests only; others are bound by the skew of 15 minutes.
    's3:signatureAge': isPresigned ? String(Math.max(0, call.now - signature.signedAt)) : undefined,
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:x-amz-content-sha256': call.headers.get('x-amz-content-sha256'),
  };
}

function resourceArn({ bucket, key }: Permission): string {
  if (bucket === undefined) return '*';
  return key === undefined ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}
