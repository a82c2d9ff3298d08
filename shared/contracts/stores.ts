import * as z from 'zod';
import { protocolVersions } from '../domain/protocol-version.ts';
import {
  count,
  credentialId,
  expire,
  instant,
  line,
  mountId,
  ordinal,
  pageOf,
  pageQuery,
  resourceName,
  restoreId,
  role,
  sha256,
  storeId,
  uploadId,
} from './primitives.ts';
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

/** Newest version of the gateway protocol that this code speaks. */
export const protocolVersion = protocolVersions.newest;

/**
 * Who speaks: the newest version of the gateway protocol that the gateway knows, and the oldest where that is another.
 * Requests of gateways are open: within one version of the protocol, a newer gateway may send more fields than we know.
 * What they mean may change, and values of known fields may be added, only with another version or by a capability.
 */
const gatewayIdentity = {
  protocolVersion: z.int(),
  oldestProtocolVersion: z.int().optional(),
  gatewayVersion: line(60),
};

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

/** Ties each poll to the one before: two gateways with one token cannot both continue the chain. */
export const pollLink = z.object({
  bootId: z.uuid().meta({ description: 'Made at each start of the process.' }),
  pollNumber: ordinal,
  pollId: z.uuid().meta({ description: 'A repeat, because no answer came, keeps it.' }),
  afterPollId: z.uuid().exactOptional().meta({ description: 'The last poll that was answered.' }),
});

/** A figure that the gateway does not know is left out. */
const mountReport = z.object({
  mountId,
  state: z.enum(['ready', 'inconsistent', 'withdrawn']).meta({
    description: '`withdrawn`: marked for delete, uploaded, and neither exported nor used any more.',
  }),
  deleteFence: ordinal
    .optional()
    .meta({ description: 'Of the mark by which it was withdrawn; given with `withdrawn`.' }),
  reason: line(500)
    .optional()
    .meta({ description: 'Why it is inconsistent, or what its deletion waits for.' }),
  exportState: z.enum(['exported', 'failed', 'unmanaged']).optional(),
  freeBytes: count.optional(),
  totalBytes: count.optional(),
  pendingSnapshots: count.optional(),
  oldestPendingAt: instant.optional(),
  timeToFullSeconds: count.optional(),
  backupStartedAt: instant.optional(),
  quotaBytes: count.optional().meta({ description: 'In force on the store.' }),
});

const storeState = z.enum(['active', 'decommissioning', 'decommissioned']);

export const pollRequest = z.object({
  ...gatewayIdentity,
  link: pollLink.optional(),
  capabilities: z.array(line(60)).max(50),
  storeState: storeState
    .optional()
    .meta({ description: 'The state that the gateway acts by: what it last learned.' }),
  unfinishedWork: count.optional().meta({
    description: 'Snapshots of all mounts, listed or not, that are not committed, and restores not reported.',
  }),
  mounts: z.array(mountReport).max(1000),
});

/** What a command tells the gateway to do; everything else it asks for with the ids. */
export const stageRestoreCommand = z.object({
  commandId: z.string(),
  kind: z.literal('stage-restore'),
  fence: ordinal,
  deadline: instant,
  restoreId,
  jobId: ordinal,
  mountId,
  recoveryPointId: uploadId,
  manifestSha256: sha256,
});
export const storeCommand = z.discriminatedUnion('kind', [stageRestoreCommand]);

export const pollResponse = z.object({
  protocolVersion: z.int().min(1).meta({ description: 'The version that is spoken from here on.' }),
  serviceTime: instant,
  pollAfterSeconds: z.int().min(1),
  storeState: storeState.optional(),
  mounts: z.array(
    z.object({
      mountId,
      name: resourceName,
      expire,
      maxPendingSnapshots: count,
      state: z.enum(['active', 'marked-for-delete']).optional(),
      deleteFence: ordinal.optional().meta({ description: 'Of the mark for delete.' }),
      quotaBytes: count.optional().meta({ description: '0: no limit. Absent: leave what stands.' }),
      lastSnapName: z
        .string()
        .optional()
        .meta({ description: 'Of the head, for a gateway whose journal may not know it.' }),
    }),
  ),
  commands: z.array(storeCommand),
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
