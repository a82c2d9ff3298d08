import { readInteger, type S3Answer, type S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';
import { isoDate } from '../times.ts';
import { toXml } from '../xml.ts';
import { ownerElement } from './owner.ts';

/** Most buckets of one answer. */
const MAX_BUCKETS = 10_000;

/** AWS pages only when asked to. */
export function listBuckets(call: S3Call, service: S3Service): S3Answer {
  const prefix = call.query.get('prefix') ?? '';
  const token = call.query.get('continuation-token');
  const maxBuckets = readInteger('max-buckets', call.query.get('max-buckets'), MAX_BUCKETS, MAX_BUCKETS);
  const region = call.query.get('bucket-region') ?? service.region;
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  const matching = service.buckets
    .list()
    .filter(({ name }) => name.startsWith(prefix) && name > after && region === service.region);
  const page = matching.slice(0, maxBuckets);
  const last = page.length < matching.length ? page.at(-1) : undefined;
  const body = toXml('ListAllMyBucketsResult', {
    Owner: ownerElement(service),
    Buckets: {
      Bucket: page.map(({ name, created }) => ({
        Name: name,
        CreationDate: isoDate(created),
        BucketRegion: service.region,
      })),
    },
    Prefix: prefix === '' ? undefined : prefix,
    ContinuationToken: last && Buffer.from(last.name).toString('base64url'),
  });
  return { status: 200, body };
}

export function headBucket(_call: S3Call, service: S3Service): S3Answer {
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': service.region, 'x-amz-access-point-alias': 'false' },
  };
}

/** The first region has no name here, as ever. */
export function getBucketLocation(_call: S3Call, service: S3Service): S3Answer {
  const content = service.region === 'us-east-1' ? {} : { '#text': service.region };
  return { status: 200, body: toXml('LocationConstraint', content) };
}
