import * as z from 'zod';
import { protocolVersions } from '../domain/protocol-version.ts';
import { agentDatabase, makeBackupCommand } from './backup-commands.ts';
import {
  count,
  expire,
  instant,
  line,
  mountId,
  ordinal,
  resourceName,
  restoreId,
  sha256,
  uploadId,
} from './primitives.ts';
import { cloneOf, restoreOwners, restorePaths } from './restores.ts';
import { takeSnapshotCommand } from './snapshot-orders.ts';

/** Newest version of the gateway protocol that this code speaks. */
export const protocolVersion = protocolVersions.newest;

/**
 * Who speaks: the newest version of the gateway protocol that the gateway knows, and the oldest where that is another.
 * Requests of gateways are open: within one version of the protocol, a newer gateway may send more fields than we know.
 * What they mean may change, and values of known fields may be added, only with another version or by a capability.
 */
export const gatewayIdentity = {
  protocolVersion: z.int(),
  oldestProtocolVersion: z.int().optional(),
  gatewayVersion: line(60),
};

/** Ties each poll to the one before: two gateways with one token cannot both continue the chain. */
export const pollLink = z.object({
  bootId: z.uuid().meta({ description: 'Made at each start of the process.' }),
  pollNumber: ordinal,
  pollId: z.uuid().meta({ description: 'A repeat, because no answer came, keeps it.' }),
  afterPollId: z.uuid().exactOptional().meta({ description: 'The last poll that was answered.' }),
});

/** Of one mount; what clones are made of may outlast what the configuration of a gateway asks for. */
export const maxKeptPoints = 50;

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
  exportPath: line(4096).optional().meta({ description: 'Its root, as clients mount it.' }),
  keptPoints: z.array(uploadId).max(maxKeptPoints).optional().meta({
    description: 'Recovery points whose snapshots are still on the store: clones are made of them there.',
  }),
});

const storeState = z.enum(['active', 'decommissioning', 'decommissioned']);

export const pollRequest = z.object({
  ...gatewayIdentity,
  link: pollLink.optional(),
  capabilities: z.array(line(60)).max(50),
  // Nothing is decided by it: what cannot be read must not keep a store from its work.
  sentAt: instant
    .optional()
    .catch(undefined)
    .meta({ description: "By the store's clock; one that is off is told of." }),
  storeState: storeState
    .optional()
    .meta({ description: 'The state that the gateway acts by: what it last learned.' }),
  unfinishedWork: count.optional().meta({
    description:
      'Snapshots of all mounts, listed or not, that are not committed, late logs not stored, and restores not reported.',
  }),
  databases: z
    .array(agentDatabase)
    .max(1000)
    .optional()
    .meta({ description: 'What its agent is configured for.' }),
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
  mountId: mountId.meta({ description: 'The mount that the files go to.' }),
  sourceMountId: mountId
    .exactOptional()
    .meta({ description: 'The mount of the point, under which its objects lie, where it is another.' }),
  recoveryPointId: uploadId,
  manifestSha256: sha256,
  paths: restorePaths.exactOptional(),
  owners: restoreOwners.exactOptional(),
  clone: cloneOf.exactOptional(),
  isThawing: z.boolean().exactOptional().meta({
    description: 'Not now: what it needs is frozen. What is staged stays, and a newer fence orders it again.',
  }),
  mayUseSnapshot: z.boolean().exactOptional().meta({
    description:
      'Where the snapshot that the point was uploaded from is still on the store the clone may be made of it, which `progress.fromSnapshot` then says.',
  }),
});
/** To remove what a restore has staged: its folder `restores/{jobId}`, or that of the clone, and nothing else. */
export const removeStagedCommand = z.object({
  commandId: z.string(),
  kind: z.literal('remove-staged'),
  fence: ordinal,
  deadline: instant,
  restoreId,
  jobId: ordinal,
  mountId,
  clone: cloneOf.exactOptional(),
});
export const storeCommand = z.discriminatedUnion('kind', [
  stageRestoreCommand,
  removeStagedCommand,
  makeBackupCommand,
  takeSnapshotCommand,
]);

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
