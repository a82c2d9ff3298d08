import * as z from 'zod';
import { gatewayIdentity, pollRequest, pollResponse } from './poll.ts';
import { credentialId, instant, line, pageOf, pageQuery, resourceName, role, storeId } from './primitives.ts';
import { readers, readersAndStore, route } from './route.ts';

export const activationCode = z.object({
  code: z.string().meta({ description: 'Shown once; single use.' }),
  expiresAt: instant,
});

export const store = z.object({
  storeId,
  name: resourceName,
  state: z.enum(['registered', 'active', 'decommissioning', 'decommissioned']),
  createdAt: instant,
  activatedAt: instant.optional(),
  lastSeenAt: instant.optional(),
  gatewayVersion: z.string().optional(),
  capabilities: z.array(z.string()).optional(),
  decommissioningAt: instant.optional(),
  decommissionedAt: instant.optional(),
  replacedAt: instant.optional().meta({ description: 'When new hardware took the store over.' }),
  forked: z.object({ detectedAt: instant, reason: z.string() }).optional().meta({
    description:
      'Two gateways, or one from an old image, used the token of this store: it takes no orders and uploads nothing until a new activation code was used.',
  }),
});

export const createStoreRequest = z.strictObject({ name: resourceName });
export const decommissionStoreRequest = z.strictObject({
  gatewayIsLost: z.boolean().default(false).meta({
    description: 'The gateway will never report again: end at once and give up whatever it did not upload.',
  }),
});
export const createStoreResponse = store.extend({ activation: activationCode });

export const activateRequest = z.object({
  code: z.string().min(20).max(200),
  ...gatewayIdentity,
  storeId: storeId.optional().meta({
    description: 'The store that the data directory belongs to already: a code of another is not used up.',
  }),
});
export const activateResponse = z.object({
  storeId,
  name: resourceName,
  token: z.string().meta({ description: 'Shown once. Send it as `Authorization: Bearer`.' }),
});

export const tokenStatus = z.object({
  status: z.enum(['in-force', 'replaced', 'revoked', 'unknown']),
  since: instant.optional(),
});

export const credential = z.object({
  credentialId,
  role,
  storeId: storeId.optional(),
  description: z.string(),
  createdAt: instant,
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
});
export const createCredentialRequest = z.strictObject({
  role: role.exclude(['store']),
  description: line(200),
  expiresInDays: z.int().min(1).max(3650).optional(),
});
export const createCredentialResponse = credential.extend({
  apiKey: z
    .string()
    .meta({ description: 'Shown once. `Authorization: Bearer <apiKey>`, or Basic with `id:secret`.' }),
});

export const storeRoutes = {
  createStore: route({
    method: 'POST',
    path: '/v1/stores',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Register a store and get its first activation code.',
    body: createStoreRequest,
    status: 201,
    response: createStoreResponse,
  }),
  listStores: route({
    method: 'GET',
    path: '/v1/stores',
    area: 'stores-api',
    roles: readers,
    summary: 'List stores.',
    query: pageQuery,
    status: 200,
    response: pageOf(store),
  }),
  showStore: route({
    method: 'GET',
    path: '/v1/stores/{storeId}',
    area: 'stores-api',
    roles: readersAndStore,
    summary: 'Show a store.',
    params: z.object({ storeId }),
    status: 200,
    response: store,
  }),
  createActivationCode: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/activation-codes',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Make a new activation code; using it replaces the token of the store.',
    params: z.object({ storeId }),
    status: 201,
    response: activationCode,
  }),
  activateStore: route({
    method: 'POST',
    path: '/v1/activate',
    area: 'stores-api',
    roles: 'public',
    summary: 'Turn an activation code into a store token, once.',
    body: activateRequest,
    status: 200,
    response: activateResponse,
  }),
  replaceStore: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/replacement',
    area: 'stores-api',
    roles: ['admin'],
    summary:
      'Make an activation code by which new hardware takes the store over; using it ends the old token.',
    params: z.object({ storeId }),
    status: 201,
    response: activationCode,
  }),
  decommissionStore: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/decommission',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Take a store out of service: no more backups; it ends when all that is pending is uploaded.',
    params: z.object({ storeId }),
    body: decommissionStoreRequest,
    status: 202,
    response: store,
  }),
  recommissionStore: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/recommission',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Take a store back into service while it is still decommissioning.',
    params: z.object({ storeId }),
    status: 200,
    response: store,
  }),
  describeToken: route({
    method: 'POST',
    path: '/v1/token-status',
    area: 'stores-api',
    roles: 'public',
    summary: 'Tell the holder of a store token that is refused what became of it.',
    body: z.strictObject({ token: z.string().min(1).max(200) }),
    status: 200,
    response: tokenStatus,
  }),
  pollStore: route({
    method: 'POST',
    path: '/v1/stores/{storeId}/poll',
    area: 'stores-api',
    roles: ['store'],
    summary: 'Heartbeat of a gateway: capabilities and mounts go up, mounts and commands come down.',
    params: z.object({ storeId }),
    body: pollRequest,
    status: 200,
    response: pollResponse,
  }),
  createCredential: route({
    method: 'POST',
    path: '/v1/credentials',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Make an API key.',
    body: createCredentialRequest,
    status: 201,
    response: createCredentialResponse,
  }),
  listCredentials: route({
    method: 'GET',
    path: '/v1/credentials',
    area: 'stores-api',
    roles: ['admin', 'auditor'],
    summary: 'List API keys and store tokens, without their secrets.',
    query: pageQuery,
    status: 200,
    response: pageOf(credential),
  }),
  revokeCredential: route({
    method: 'DELETE',
    path: '/v1/credentials/{credentialId}',
    area: 'stores-api',
    roles: ['admin'],
    summary: 'Revoke an API key or store token; takes effect within a minute.',
    params: z.object({ credentialId }),
    status: 204,
  }),
} as const;
