import * as z from 'zod';
import { maxObjectNumber } from '../domain/vault/keys.ts';
import {
  count,
  expire,
  instant,
  mountId,
  ordinal,
  requestId,
  sha256,
  storeId,
  text,
  uploadId,
} from './primitives.ts';
import { readersAndStore, route } from './route.ts';

export const upload = z.object({
  uploadId,
  mountId,
  storeId,
  state: z.enum(['open', 'committing', 'committed', 'closing', 'closed']),
  snapshotId: z.string(),
  snapName: z.string(),
  fence: ordinal,
  parent: z.object({ uploadId, manifestSha256: sha256 }).optional(),
  damagedPacks: z
    .array(z.object({ owner: uploadId, number: ordinal }))
    .optional()
    .meta({ description: 'Packs of the parent that must not be referenced; their content is stored again.' }),
  avoidsParent: z.literal(true).optional().meta({
    description: 'Nothing of the parent may be referenced: its tables are damaged, or too much of it.',
  }),
  requestedAt: instant,
  openedAt: instant,
  deadline: instant,
  leaseUntil: instant,
  refusal: z.object({ code: z.string(), message: z.string() }).optional(),
  closeReason: z.string().optional(),
});

export const openUploadRequest = z.strictObject({
  snapshotId: z
    .ulid()
    .meta({ description: "The gateway's id of the snapshot; opening twice answers the same upload." }),
  snapName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/),
  requestedAt: instant,
  expire: expire.optional(),
  request: z
    .strictObject({ requestId, fence: ordinal })
    .optional()
    .meta({ description: 'The request that the snapshot was made for, and its hand-over.' }),
});

/** S3's limit of a single PUT is 5 GiB; nothing of ours comes near it. */
const maxObjectBytes = 5 * 2 ** 30;

export const uploadObject = z
  .strictObject({
    kind: z.enum(['pack', 'map', 'log', 'manifest']),
    number: count.max(maxObjectNumber).meta({ description: '0 for the manifest; all else counts from 1.' }),
    sha256,
    sizeBytes: z.int().min(1).max(maxObjectBytes),
  })
  .refine(({ kind, number }) => (kind === 'manifest') === (number === 0), {
    path: ['number'],
    message: 'must be 0 for the manifest and at least 1 for all else',
  })
  // The same rule for those who read the document.
  .meta({
    if: { properties: { kind: { const: 'manifest' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nothing awaits this object
    then: { properties: { number: { const: 0 } } },
    else: { properties: { number: { minimum: 1 } } },
  });

export const signUploadRequest = z.strictObject({
  fence: ordinal,
  objects: z.array(uploadObject).min(1).max(500),
});
export const signUploadResponse = z.object({
  expiresAt: instant,
  urls: z.array(z.object({ key: z.string(), url: z.string(), headers: z.record(z.string(), z.string()) })),
});

export const signParentRequest = z.strictObject({
  fence: ordinal,
  objects: z
    .array(z.strictObject({ kind: z.enum(['map', 'pack']), owner: uploadId, number: ordinal }))
    .max(500)
    .meta({ description: "What the parent's tables name." }),
});
export const signParentResponse = z.object({
  expiresAt: instant,
  manifest: z.object({ url: z.string() }),
  objects: z
    .array(
      z.object({
        url: z.string(),
        range: z.object({ from: count, to: count }).optional().meta({
          description:
            'The only bytes that the URL gives, `to` excluded: the end of a pack, with its frame table.',
        }),
      }),
    )
    .meta({ description: 'In the order asked.' }),
});

export const commitUploadRequest = z.strictObject({
  fence: ordinal,
  manifestSha256: sha256,
  manifestBytes: z.int().min(1).max(maxObjectBytes),
});

export const signLateLogRequest = z.strictObject({
  sha256,
  storedBytes: z.int().min(1).max(maxObjectBytes),
  codec: z.enum(['none', 'zstd']),
  rawBytes: count,
  mountpoint: text(1024),
  platform: z.enum(['linux', 'windows']),
  fileName: text(255),
  receivedAt: instant,
});
export const signLateLogResponse = z.object({
  number: ordinal,
  expiresAt: instant,
  key: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
});

export const abortUploadRequest = z.strictObject({ reason: text(500) });

export const uploadRoutes = {
  openUpload: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/uploads',
    area: 'uploads-api',
    roles: ['store'],
    summary: 'Open the upload of a snapshot; pins the head of the mount as its parent.',
    params: z.object({ mountId }),
    body: openUploadRequest,
    status: 201,
    response: upload,
  }),
  showUpload: route({
    method: 'GET',
    path: '/v1/uploads/{uploadId}',
    area: 'uploads-api',
    roles: readersAndStore,
    summary: 'Show an upload. `committed` means: recorded, journaled, restorable.',
    params: z.object({ uploadId }),
    status: 200,
    response: upload,
  }),
  signUpload: route({
    method: 'POST',
    path: '/v1/uploads/{uploadId}/urls',
    area: 'uploads-api',
    roles: ['store'],
    summary: 'Sign PUT URLs for up to 500 objects.',
    params: z.object({ uploadId }),
    body: signUploadRequest,
    status: 200,
    response: signUploadResponse,
  }),
  signParent: route({
    method: 'POST',
    path: '/v1/uploads/{uploadId}/parent-urls',
    area: 'uploads-api',
    roles: ['store'],
    summary:
      "Sign GETs of the manifest, map bundles and frame tables of an open upload's parent, for a store that lost its copies.",
    params: z.object({ uploadId }),
    body: signParentRequest,
    status: 200,
    response: signParentResponse,
  }),
  commitUpload: route({
    method: 'POST',
    path: '/v1/uploads/{uploadId}/commit',
    area: 'uploads-api',
    roles: ['store'],
    summary: 'Ask for the commit; follow it with showUpload.',
    params: z.object({ uploadId }),
    body: commitUploadRequest,
    status: 202,
    response: upload,
  }),
  signLateLog: route({
    method: 'POST',
    path: '/v1/uploads/{uploadId}/late-logs',
    area: 'uploads-api',
    roles: ['store'],
    summary: 'Sign the PUT of a log that comes after the commit; once it is stored, file maps are made anew.',
    params: z.object({ uploadId }),
    body: signLateLogRequest,
    status: 201,
    response: signLateLogResponse,
  }),
  abortUpload: route({
    method: 'POST',
    path: '/v1/uploads/{uploadId}/abort',
    area: 'uploads-api',
    roles: ['operator', 'admin', 'store'],
    summary: 'Give an open upload up; its mount is free at once.',
    params: z.object({ uploadId }),
    body: abortUploadRequest,
    status: 200,
    response: upload,
  }),
} as const;
