import { statementsOf, textList } from '../../iam/evaluate.ts';
import { PolicyError } from '../../iam/validate-policy.ts';
import type { PolicyDocument, PolicyStatement } from '../../services.ts';
import { type Bucket, checkBucketPolicy } from '../bucket-registry.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { publicAccessBlockOf } from './public-access.ts';

/** AWS's limit. */
const MAX_POLICY_BYTES = 20 * 1024;

export function getBucketPolicy(call: S3Call, service: S3Service): S3Answer {
  const { policy } = service.buckets.get(call.bucket);
  if (policy !== undefined) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(policy) };
  }
  throw new S3Error('NoSuchBucketPolicy', 'The bucket policy does not exist', {
    details: { BucketName: call.bucket },
  });
}

export async function putBucketPolicy(call: S3Call, service: S3Service): Promise<S3Answer> {
  const policy = parsePolicy(await readDocument(call));
  try {
    checkBucketPolicy(policy);
  } catch (cause) {
    throw cause instanceof PolicyError ? malformedPolicy(cause.message) : cause;
  }
  const bucket = service.buckets.get(call.bucket);
  refuseForeignStatements(policy, bucket);
  refusePublicPolicy(policy, bucket);
  service.buckets.change(call.bucket, { policy });
  return { status: 204 };
}

export function deleteBucketPolicy(call: S3Call, service: S3Service): S3Answer {
  service.buckets.change(call.bucket, { policy: undefined });
  return { status: 204 };
}

function parsePolicy(text: string): PolicyDocument {
  if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
    throw malformedPolicy('Policy exceeds the maximum allowed document size.');
  }
  let parsed: unknown;
  try {
    parsed = text.startsWith('{') ? JSON.parse(text) : undefined;
  } catch {
    parsed = undefined;
  }
  if (parsed !== undefined) return parsed as PolicyDocument;
  throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
}

/** A bucket's policy speaks of S3, this bucket and its objects only; AWS does not store another. */
function refuseForeignStatements(policy: PolicyDocument, { name }: Bucket): void {
  const own = `arn:aws:s3:::${name}`;
  for (const { Action, NotAction, Resource, NotResource } of statementsOf(policy)) {
    const actions = [...textList(Action), ...textList(NotAction)];
    const isForeign = (action: string) => action !== '*' && !/^s3:[A-Za-z*?]+$/i.test(action);
    if (actions.some(isForeign)) throw malformedPolicy('Policy has invalid action');
    const resources = [...textList(Resource), ...textList(NotResource)];
    if (resources.some((one) => one !== own && !one.startsWith(`${own}/`))) {
      throw malformedPolicy('Policy has invalid resource');
    }
  }
}

function refusePublicPolicy(policy: PolicyDocument, bucket: Bucket): void {
  if (!publicAccessBlockOf(bucket)?.blockPublicPolicy || !statementsOf(policy).some(isPublic)) return;
  throw new S3Error(
    'AccessDenied',
    'The policy allows access to everybody, and public policies are blocked by the BlockPublicPolicy block public access setting.',
  );
}

/** A condition is taken for a bound of the circle; anonymous requests are refused here in any case. */
function isPublic({ Effect, Principal, Condition }: PolicyStatement): boolean {
  const names =
    typeof Principal === 'object' && Principal !== null && 'AWS' in Principal ? [Principal.AWS].flat() : [];
  return Effect === 'Allow' && Condition === undefined && (Principal === '*' || names.includes('*'));
}

function malformedPolicy(message: string): S3Error {
  return new S3Error('MalformedPolicy', message);
}
