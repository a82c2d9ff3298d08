import * as z from 'zod';
import type { CommandId } from '../domain/ids.ts';
import { idPatterns } from '../domain/ids.ts';
import { instant, line, mountId, text, uploadId } from './primitives.ts';
import { readersAndStore, route } from './route.ts';

const commandId = z
  .string()
  .regex(idPatterns.command, 'is no CommandId, such as cmd-01ARZ3NDEKTSV4RRFFQ69G5FAV')
  .transform((id) => id as CommandId)
  .meta({ title: 'CommandId' });

/** Brought down by a poll: to freeze what lies in the mount, and to upload it. */
export const takeSnapshotCommand = z.object({
  commandId,
  kind: z.literal('take-snapshot'),
  deadline: instant,
  mountId,
});

export const snapshotOrder = z.object({
  commandId,
  mountId,
  state: z.enum(['ordered', 'frozen', 'failed', 'completed']).meta({
    description:
      '`frozen`: it is uploaded like any snapshot of the mount; `completed`: it is a recovery point.',
  }),
  requestedAt: instant,
  requestedBy: z.string(),
  deadline: instant,
  snapName: z.string().optional(),
  recoveryPointId: uploadId.optional(),
  takenAt: instant.optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
});

export const snapshotResultRequest = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('frozen'), snapName: line(100) }),
  z.strictObject({ outcome: z.literal('failed'), code: line(60), reason: text(500) }),
]);

const ofOrder = z.object({ mountId, commandId });

export const snapshotOrderRoutes = {
  orderSnapshot: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/snapshots',
    area: 'mounts-api',
    roles: ['operator', 'admin'],
    summary: 'Freeze what lies in a mount and upload it, without a backup.',
    params: z.object({ mountId }),
    status: 202,
    response: snapshotOrder,
  }),
  showSnapshotOrder: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/snapshots/{commandId}',
    area: 'mounts-api',
    roles: readersAndStore,
    summary: 'Show the newest order of a snapshot, with the recovery point that it became.',
    params: ofOrder,
    status: 200,
    response: snapshotOrder,
  }),
  reportSnapshotOrder: route({
    method: 'POST',
    path: '/v1/mounts/{mountId}/snapshots/{commandId}/result',
    area: 'mounts-api',
    roles: ['store'],
    summary: 'What a store says of the order of a snapshot.',
    params: ofOrder,
    body: snapshotResultRequest,
    status: 200,
    response: snapshotOrder,
  }),
} as const;
