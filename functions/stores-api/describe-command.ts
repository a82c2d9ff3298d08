import { type Restore, type StoreCommand, targetOf } from '../../shared/domain/restore.ts';

/** A command as the gateway is told it: `mountId` is the gateway's own mount, whatever mount the point came from. */
export function describeCommand(command: StoreCommand, { mountId: pointMountId, ...restore }: Restore) {
  const { mountId } = targetOf({ ...restore, mountId: pointMountId });
  return {
    ...restore,
    ...command,
    mountId,
    ...(mountId !== pointMountId && { sourceMountId: pointMountId }),
  };
}
