import type { S3Answer, S3Call } from '../s3-call.ts';
import { isoDate, type S3Service } from '../s3-service.ts';
import { toXml } from '../xml.ts';
import { ownerElement } from './owner.ts';

export function listBuckets(_call: S3Call, service: S3Service): S3Answer {
  const buckets = service.buckets.list().map(({ name, created }) => ({
    Name: name,
    CreationDate: isoDate(created),
  }));
  const body = toXml('ListAllMyBucketsResult', {
    Owner: ownerElement(service),
    Buckets: { Bucket: buckets },
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

export function getBucketVersioning(call: S3Call, service: S3Service): S3Answer {
  const { versioning } = service.buckets.get(call.bucket);
  const body = toXml('VersioningConfiguration', { Status: versioning === 'Off' ? undefined : versioning });
  return { status: 200, body };
}
