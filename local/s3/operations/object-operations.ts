import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject, readDeleteRequest } from './delete-object.ts';
import { getObject } from './get-object.ts';
import { listParts } from './list-uploads.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart-upload.ts';
import { getObjectAttributes } from './object-attributes.ts';
import {
  getObjectLegalHold,
  getObjectRetention,
  putObjectLegalHold,
  putObjectRetention,
} from './object-retention.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { BODY_HEADERS, CHECKED_WITH_BODY, type Operation } from './operation.ts';
import {
  attributesPermissions,
  creationPermissions,
  deletePermissions,
  objectPermission,
  preparationPermissions,
  readPermissions,
  tagPermissions,
} from './permissions.ts';
import { putObject } from './put-object.ts';
import { restoreObject } from './restore-object.ts';

const OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];
const ATTRIBUTE_HEADERS = [
  'acl',
  'meta-*',
  'object-lock-legal-hold',
  'object-lock-mode',
  'object-lock-retain-until-date',
  'server-side-encryption',
  'server-side-encryption-aws-kms-key-id',
  'server-side-encryption-bucket-key-enabled',
  'storage-class',
  'tagging',
];
const COPY_HEADERS = [
  'checksum-algorithm',
  'copy-source',
  'copy-source-if-match',
  'copy-source-if-modified-since',
  'copy-source-if-none-match',
  'copy-source-if-unmodified-since',
  'metadata-directive',
  'tagging-directive',
];

/** Operations on an object or an upload. The more special stand first. */
export const OBJECT_OPERATIONS: Readonly<Record<string, Operation>> = {
  GetObjectTagging: {
    method: 'GET',
    isOn: 'object',
    marks: ['tagging'],
    parameters: ['versionId'],
    permissions: tagPermissions('Get'),
    run: getObjectTagging,
  },
  PutObjectTagging: {
    method: 'PUT',
    isOn: 'object',
    marks: ['tagging'],
    parameters: ['versionId'],
    headers: BODY_HEADERS,
    permissions: CHECKED_WITH_BODY,
    run: putObjectTagging,
  },
  DeleteObjectTagging: {
    method: 'DELETE',
    isOn: 'object',
    marks: ['tagging'],
    parameters: ['versionId'],
    permissions: tagPermissions('Delete'),
    run: deleteObjectTagging,
  },
  GetObjectRetention: {
    method: 'GET',
    isOn: 'object',
    marks: ['retention'],
    parameters: ['versionId'],
    permissions: objectPermission('s3:GetObjectRetention'),
    run: getObjectRetention,
  },
  PutObjectRetention: {
    method: 'PUT',
    isOn: 'object',
    marks: ['retention'],
    parameters: ['versionId'],
    headers: [...BODY_HEADERS, 'bypass-governance-retention'],
    permissions: CHECKED_WITH_BODY,
    run: putObjectRetention,
  },
  GetObjectLegalHold: {
    method: 'GET',
    isOn: 'object',
    marks: ['legal-hold'],
    parameters: ['versionId'],
    permissions: objectPermission('s3:GetObjectLegalHold'),
    run: getObjectLegalHold,
  },
  PutObjectLegalHold: {
    method: 'PUT',
    isOn: 'object',
    marks: ['legal-hold'],
    parameters: ['versionId'],
    headers: BODY_HEADERS,
    permissions: CHECKED_WITH_BODY,
    run: putObjectLegalHold,
  },
  RestoreObject: {
    method: 'POST',
    isOn: 'object',
    marks: ['restore'],
    parameters: ['versionId'],
    headers: BODY_HEADERS,
    permissions: objectPermission('s3:RestoreObject'),
    run: restoreObject,
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
    headers: ['bypass-governance-retention'],
    conditions: ['if-match'],
    permissions: (call) => deletePermissions(call.bucket, readDeleteRequest(call)),
    run: deleteObject,
  },
};
