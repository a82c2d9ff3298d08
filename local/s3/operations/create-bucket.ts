import type { BucketSettings } from '../options.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { checkChildren, parseXml, textOf } from '../xml.ts';

const US_EAST_1 = 'us-east-1';

export async function createBucket(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseOwnership(call.headers.get('x-amz-object-ownership'));
  refuseOtherRegion(await readLocation(call), service.region);
  const hasLock = readFlag('x-amz-bucket-object-lock-enabled', call);
  const settings: BucketSettings = hasLock ? { objectLock: {} } : {};
  // The one region where AWS still takes a repetition for a success.
  const isRepeated = service.region === US_EAST_1 && service.buckets.find(call.bucket) !== undefined;
  if (!isRepeated) service.buckets.create(call.bucket, settings, service.clock());
  return { status: 200, headers: { location: `/${call.bucket}` } };
}

/** An empty bucket goes with its configuration, and with uploads that nobody completed. */
export async function deleteBucket({ bucket }: S3Call, service: S3Service): Promise<S3Answer> {
  const { database, buckets, versions, uploads, bodies } = service;
  if (versions.hasAny(bucket)) {
    const details = { BucketName: bucket };
    throw buckets.get(bucket).versioning === 'Off'
      ? new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', { details })
      : new S3Error(
          'BucketNotEmpty',
          'The bucket you tried to delete is not empty. You must delete all versions in the bucket.',
          { details },
        );
  }
  const freed = database.transaction(() => {
    const parts = uploads.list(bucket).flatMap(({ id }) => uploads.remove(id));
    buckets.remove(bucket);
    return parts;
  });
  await bodies.remove(freed);
  return { status: 204 };
}

async function readLocation(call: S3Call): Promise<string | undefined> {
  const hasBody = call.headers.has('content-length') || call.headers.has('transfer-encoding');
  const text = hasBody ? await readDocument(call) : '';
  if (text.trim() === '') return undefined;
  const document = parseXml(text, 'CreateBucketConfiguration', []);
  checkChildren(document, ['LocationConstraint'], ['Location', 'Bucket', 'Tags']);
  return textOf(document, 'LocationConstraint');
}

/** This endpoint stands for one region, and so do those of AWS. */
function refuseOtherRegion(location: string | undefined, region: string): void {
  if (location === US_EAST_1 || location === '') {
    throw new S3Error('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      details: { LocationConstraint: location },
    });
  }
  const isLegacyName = location === 'EU' && region === 'eu-west-1';
  if ((location ?? US_EAST_1) === region || isLegacyName) return;
  throw new S3Error(
    'IllegalLocationConstraintException',
    `The ${location ?? 'unspecified'} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  );
}

function refuseOwnership(ownership: string | undefined): void {
  if (ownership === undefined || ownership === 'BucketOwnerEnforced') return;
  if (ownership === 'BucketOwnerPreferred' || ownership === 'ObjectWriter') {
    throw new S3Error(
      'NotImplemented',
      `The object ownership ${ownership} is not implemented: there are no ACLs.`,
    );
  }
  throw new S3Error('InvalidArgument', `Invalid x-amz-object-ownership header: ${ownership}`, {
    details: { ArgumentName: 'x-amz-object-ownership' },
  });
}

function readFlag(name: string, { headers }: S3Call): boolean {
  const value = headers.get(name)?.toLowerCase() ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new S3Error('InvalidArgument', `${name} must be true or false`, { details: { ArgumentName: name } });
}
