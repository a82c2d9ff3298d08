import { deleteBucketEncryption, getBucketEncryption, putBucketEncryption } from './bucket-encryption.ts';
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './bucket-lifecycle.ts';
import { getObjectLockConfiguration, putObjectLockConfiguration } from './bucket-lock.ts';
import { getBucketNotification, putBucketNotification } from './bucket-notification.ts';
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from './bucket-policy.ts';
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts';
import { getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { createBucket, deleteBucket } from './create-bucket.ts';
import { deleteObjects } from './delete-objects.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads } from './list-uploads.ts';
import { BODY_HEADERS, CHECKED_WITH_BODY, type Operation } from './operation.ts';
import { bucketPermission, createBucketPermissions, listPermissions } from './permissions.ts';
import { deletePublicAccessBlock, getPublicAccessBlock, putPublicAccessBlock } from './public-access.ts';

const LISTING = ['prefix', 'delimiter', 'encoding-type'];

/** One part of a bucket's configuration, named by a query parameter. */
const configuration = (
  method: 'GET' | 'PUT' | 'DELETE',
  mark: string,
  action: `s3:${string}`,
  run: Operation['run'],
  headers: readonly string[] = [],
): Operation => ({
  method,
  isOn: 'bucket',
  marks: [mark],
  headers: method === 'PUT' ? [...BODY_HEADERS, ...headers] : headers,
  permissions: bucketPermission(action),
  run,
});

/** Operations on the account and on a bucket as a whole. */
export const BUCKET_OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: {
    method: 'GET',
    isOn: 'account',
    parameters: ['prefix', 'max-buckets', 'continuation-token', 'bucket-region'],
    permissions: () => [{ action: 's3:ListAllMyBuckets' }],
    run: listBuckets,
  },
  HeadBucket: {
    method: 'HEAD',
    isOn: 'bucket',
    permissions: bucketPermission('s3:ListBucket'),
    run: headBucket,
  },
  GetBucketLocation: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['location'],
    permissions: bucketPermission('s3:GetBucketLocation'),
    run: getBucketLocation,
  },
  GetBucketVersioning: configuration('GET', 'versioning', 's3:GetBucketVersioning', getBucketVersioning),
  PutBucketVersioning: configuration('PUT', 'versioning', 's3:PutBucketVersioning', putBucketVersioning),
  GetBucketPolicy: configuration('GET', 'policy', 's3:GetBucketPolicy', getBucketPolicy),
  PutBucketPolicy: configuration('PUT', 'policy', 's3:PutBucketPolicy', putBucketPolicy),
  DeleteBucketPolicy: configuration('DELETE', 'policy', 's3:DeleteBucketPolicy', deleteBucketPolicy),
  GetBucketNotificationConfiguration: configuration(
    'GET',
    'notification',
    's3:GetBucketNotification',
    getBucketNotification,
  ),
  PutBucketNotificationConfiguration: configuration(
    'PUT',
    'notification',
    's3:PutBucketNotification',
    putBucketNotification,
    ['skip-destination-validation'],
  ),
  GetBucketEncryption: configuration(
    'GET',
    'encryption',
    's3:GetEncryptionConfiguration',
    getBucketEncryption,
  ),
  PutBucketEncryption: configuration(
    'PUT',
    'encryption',
    's3:PutEncryptionConfiguration',
    putBucketEncryption,
  ),
  DeleteBucketEncryption: configuration(
    'DELETE',
    'encryption',
    's3:PutEncryptionConfiguration',
    deleteBucketEncryption,
  ),
  GetPublicAccessBlock: configuration(
    'GET',
    'publicAccessBlock',
    's3:GetBucketPublicAccessBlock',
    getPublicAccessBlock,
  ),
  PutPublicAccessBlock: configuration(
    'PUT',
    'publicAccessBlock',
    's3:PutBucketPublicAccessBlock',
    putPublicAccessBlock,
  ),
  DeletePublicAccessBlock: configuration(
    'DELETE',
    'publicAccessBlock',
    's3:PutBucketPublicAccessBlock',
    deletePublicAccessBlock,
  ),
  GetObjectLockConfiguration: configuration(
    'GET',
    'object-lock',
    's3:GetBucketObjectLockConfiguration',
    getObjectLockConfiguration,
  ),
  PutObjectLockConfiguration: configuration(
    'PUT',
    'object-lock',
    's3:PutBucketObjectLockConfiguration',
    putObjectLockConfiguration,
  ),
  GetBucketLifecycleConfiguration: configuration(
    'GET',
    'lifecycle',
    's3:GetLifecycleConfiguration',
    getBucketLifecycle,
  ),
  PutBucketLifecycleConfiguration: configuration(
    'PUT',
    'lifecycle',
    's3:PutLifecycleConfiguration',
    putBucketLifecycle,
    ['transition-default-minimum-object-size'],
  ),
  DeleteBucketLifecycle: configuration(
    'DELETE',
    'lifecycle',
    's3:PutLifecycleConfiguration',
    deleteBucketLifecycle,
  ),
  ListObjectVersions: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['versions'],
    parameters: [...LISTING, 'max-keys', 'key-marker', 'version-id-marker'],
    headers: ['optional-object-attributes'],
    permissions: listPermissions('s3:ListBucketVersions'),
    run: listObjectVersions,
  },
  ListMultipartUploads: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['uploads'],
    parameters: [...LISTING, 'max-uploads', 'key-marker', 'upload-id-marker'],
    permissions: bucketPermission('s3:ListBucketMultipartUploads'),
    run: listMultipartUploads,
  },
  ListObjectsV2: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['list-type=2'],
    parameters: [...LISTING, 'max-keys', 'continuation-token', 'start-after', 'fetch-owner'],
    headers: ['optional-object-attributes'],
    permissions: listPermissions('s3:ListBucket'),
    run: listObjectsV2,
  },
  ListObjects: {
    method: 'GET',
    isOn: 'bucket',
    parameters: [...LISTING, 'max-keys', 'marker'],
    headers: ['optional-object-attributes'],
    permissions: listPermissions('s3:ListBucket'),
    run: listObjects,
  },
  DeleteObjects: {
    method: 'POST',
    isOn: 'bucket',
    marks: ['delete'],
    headers: [...BODY_HEADERS, 'bypass-governance-retention'],
    permissions: CHECKED_WITH_BODY,
    run: deleteObjects,
  },
  CreateBucket: {
    method: 'PUT',
    isOn: 'bucket',
    createsBucket: true,
    headers: [...BODY_HEADERS, 'bucket-object-lock-enabled', 'object-ownership'],
    permissions: createBucketPermissions,
    run: createBucket,
  },
  DeleteBucket: {
    method: 'DELETE',
    isOn: 'bucket',
    permissions: bucketPermission('s3:DeleteBucket'),
    run: deleteBucket,
  },
};
