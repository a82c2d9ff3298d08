import type { Bucket } from '../bucket-registry.ts';
import type { PublicAccessBlock } from '../options.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { checkChildren, malformed, type ParsedXml, parseXml, textOf, toXml } from '../xml.ts';

const ALL_BLOCKED: PublicAccessBlock = {
  blockPublicAcls: true,
  ignorePublicAcls: true,
  blockPublicPolicy: true,
  restrictPublicBuckets: true,
};

/**
 * What is blocked, or undefined when the configuration was deleted. Nothing here is ever public: there are no
 * ACLs, and anonymous requests are refused. So of the four only BlockPublicPolicy changes an answer.
 */
export function publicAccessBlockOf({ publicAccessBlock }: Bucket): PublicAccessBlock | undefined {
  return publicAccessBlock === 'none' ? undefined : (publicAccessBlock ?? ALL_BLOCKED);
}

export function getPublicAccessBlock(call: S3Call, service: S3Service): S3Answer {
  const block = publicAccessBlockOf(service.buckets.get(call.bucket));
  if (block === undefined) {
    throw new S3Error(
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
      { details: { BucketName: call.bucket } },
    );
  }
  const body = toXml('PublicAccessBlockConfiguration', {
    BlockPublicAcls: block.blockPublicAcls,
    IgnorePublicAcls: block.ignorePublicAcls,
    BlockPublicPolicy: block.blockPublicPolicy,
    RestrictPublicBuckets: block.restrictPublicBuckets,
  });
  return { status: 200, body };
}

export async function putPublicAccessBlock(call: S3Call, service: S3Service): Promise<S3Answer> {
  const document = parseXml(await readDocument(call), 'PublicAccessBlockConfiguration', []);
  checkChildren(document, [
    'BlockPublicAcls',
    'IgnorePublicAcls',
    'BlockPublicPolicy',
    'RestrictPublicBuckets',
  ]);
  const publicAccessBlock = {
    blockPublicAcls: readSwitch(document, 'BlockPublicAcls'),
    ignorePublicAcls: readSwitch(document, 'IgnorePublicAcls'),
    blockPublicPolicy: readSwitch(document, 'BlockPublicPolicy'),
    restrictPublicBuckets: readSwitch(document, 'RestrictPublicBuckets'),
  };
  service.buckets.change(call.bucket, { publicAccessBlock });
  return { status: 200 };
}

export function deletePublicAccessBlock(call: S3Call, service: S3Service): S3Answer {
  service.buckets.change(call.bucket, { publicAccessBlock: 'none' });
  return { status: 204 };
}

function readSwitch(document: ParsedXml, name: string): boolean {
  const value = textOf(document, name)?.toLowerCase() ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw malformed(`${name} must be true or false`);
}
