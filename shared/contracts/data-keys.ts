import * as z from 'zod';
import { keyIdPattern } from '../domain/vault/encryption/data-key.ts';
import { mountId, ordinal, uploadId } from './primitives.ts';
import { readersAndStore, route } from './route.ts';

const dataKey = z.object({
  generation: ordinal.max(2 ** 32 - 1).meta({
    description:
      'Which data key of the mount: 1 for the first. Several entries are the same key under several wrapping keys.',
  }),
  firstUploadId: uploadId.meta({ description: 'The upload that the data key was made for.' }),
  keyId: z
    .string()
    .regex(keyIdPattern)
    .meta({ description: 'The wrapping key, which stays with the customer.' }),
  wrapped: z.base64().min(1).max(2048).meta({
    description: 'The data key, encrypted under the wrapping key: of no use to who does not have that.',
  }),
});

const dataKeys = z.object({ items: z.array(dataKey) });

/** `number`: its place among the mount's, so that of two who store at once one is told. */
export const storeDataKeyRequest = dataKey.extend({ number: ordinal }).strict();

export const dataKeyRoutes = {
  listDataKeys: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/data-keys',
    area: 'mounts-api',
    roles: readersAndStore,
    summary:
      'List the wrapped data keys of a mount that is encrypted on its site, in the order in which they were stored.',
    params: z.object({ mountId }),
    status: 200,
    response: dataKeys,
  }),
  storeDataKey: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/data-keys',
    area: 'mounts-api',
    roles: ['admin', 'store'],
    summary:
      'Store a wrapped data key of a mount. None is ever changed or removed; the same again changes nothing.',
    params: z.object({ mountId }),
    body: storeDataKeyRequest,
    status: 201,
    response: dataKeys,
  }),
} as const;
