import type { Permission } from '../authorize.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';
import { getBucketLocation, getBucketVersioning, headBucket, listBuckets } from './buckets.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, readDeleteRequest } from './delete-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart-upload.ts';
import { getObjectAttributes } from './object-attributes.ts';
import {
  attributesPermissions,
  bucketPermission,
  creationPermissions,
  deletePermissions,
  listPermissions,
  objectPermission,
  preparationPermissions,
  readPermissions,
} from './permissions.ts';
import { putObject } from './put-object.ts';

export interface Operation {
  readonly method: string;
  /** Query parameters that must be there, one with its value. */
  readonly marks?: readonly string[];
  readonly isOn: 'account' | 'bucket' | 'object';
  /** Header that must be there. */
  readonly markHeader?: string;
  /** Further query parameters that are carried out; any other is refused by name. */
  readonly parameters?: readonly string[];
  /** x-amz-* headers that are carried out, without that prefix; any other is refused by name. */
  readonly headers?: readonly string[];
  /** Conditions of a write that are enforced; reads understand all of them. */
  readonly conditions?: readonly string[];
  readonly permissions: (call: S3Call) => readonly Permission[];
  readonly run: (call: S3Call, service: S3Service) => S3Answer | Promise<S3Answer>;
}

const LISTING = ['prefix', 'delimiter', 'encoding-type'];
const OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];
const BODY_HEADERS = [
  'checksum-crc32',
  'checksum-crc32c',
  'checksum-crc64nvme',
  'checksum-sha1',
  'checksum-sha256',
  'decoded-content-length',
  'sdk-checksum-algorithm',
  'trailer',
];
const ATTRIBUTE_HEADERS = ['acl', 'meta-*', 'storage-class'];
const COPY_HEADERS = [
  'checksum-algorithm',
  'copy-source',
  'copy-source-if-match',
  'copy-source-if-modified-since',
  'copy-source-if-none-match',
  'copy-source-if-unmodified-since',
  'metadata-directive',
];

/** Everything this server does. The first entry that fits a request is taken, so the more special stand first. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: {
    method: 'GET',
    isOn: 'account',
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
  GetBucketVersioning: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['versioning'],
    permissions: bucketPermission('s3:GetBucketVersioning'),
    run: getBucketVersioning,
  },
  ListObjectVersions: {
    method: 'GET',
    isOn: 'bucket',
    marks: ['versions'],
    parameters: [...LISTING, 'max-keys', 'key-marker', 'version-id-marker'],
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
    permissions: listPermissions('s3:ListBucket'),
    run: listObjectsV2,
  },
  DeleteObjects: {
    method: 'POST',
    isOn: 'bucket',
    marks: ['delete'],
    headers: BODY_HEADERS,
    // Checked for each object that the body names.
    permissions: () => [],
    run: deleteObjects,
  },
  GetObjectAttributes: {
    method: 'GET',
    isOn: 'object',
    marks: ['attributes'],
    parameters: ['versionId'],
    headers: ['object-attributes', 'max-parts', 'part-number-marker'],
    permissions: attributesPermissions,
    run: getObjectAttributes,
  },
  ListParts: {
    method: 'GET',
    isOn: 'object',
    marks: ['uploadId'],
    parameters: ['max-parts', 'part-number-marker'],
    permissions: objectPermission('s3:ListMultipartUploadParts'),
    run: listParts,
  },
  GetObject: {
    method: 'GET',
    isOn: 'object',
    parameters: ['versionId', 'partNumber', ...OVERRIDES],
    headers: ['checksum-mode'],
    permissions: readPermissions,
    run: getObject,
  },
  HeadObject: {
    method: 'HEAD',
    isOn: 'object',
    parameters: ['versionId', 'partNumber', ...OVERRIDES],
    headers: ['checksum-mode'],
    permissions: readPermissions,
    run: getObject,
  },
  UploadPart: {
    method: 'PUT',
    isOn: 'object',
    marks: ['uploadId', 'partNumber'],
    headers: BODY_HEADERS,
    permissions: preparationPermissions,
    run: uploadPart,
  },
  CopyObject: {
    method: 'PUT',
    isOn: 'object',
    markHeader: 'x-amz-copy-source',
    headers: [...ATTRIBUTE_HEADERS, ...COPY_HEADERS],
    conditions: ['if-match', 'if-none-match'],
    permissions: creationPermissions,
    run: copyObject,
  },
  PutObject: {
    method: 'PUT',
    isOn: 'object',
    headers: [...BODY_HEADERS, ...ATTRIBUTE_HEADERS],
    conditions: ['if-match', 'if-none-match'],
    permissions: creationPermissions,
    run: putObject,
  },
  CreateMultipartUpload: {
    method: 'POST',
    isOn: 'object',
    marks: ['uploads'],
    headers: [...ATTRIBUTE_HEADERS, 'checksum-algorithm', 'checksum-type'],
    permissions: preparationPermissions,
    run: createMultipartUpload,
  },
  CompleteMultipartUpload: {
    method: 'POST',
    isOn: 'object',
    marks: ['uploadId'],
    headers: [...BODY_HEADERS, 'checksum-type', 'mp-object-size'],
    conditions: ['if-match', 'if-none-match'],
    permissions: creationPermissions,
    run: completeMultipartUpload,
  },
  AbortMultipartUpload: {
    method: 'DELETE',
    isOn: 'object',
    marks: ['uploadId'],
    permissions: objectPermission('s3:AbortMultipartUpload'),
    run: abortMultipartUpload,
  },
  DeleteObject: {
    method: 'DELETE',
    isOn: 'object',
    parameters: ['versionId'],
    conditions: ['if-match'],
    permissions: (call) => deletePermissions(call.bucket, readDeleteRequest(call)),
    run: deleteObject,
  },
};
