import { mayUseSnapshot, type Restore, type StoreCommand, targetOf } from '../../shared/domain/restore.ts';

/** A command as the gateway is told it: `mountId` is the gateway's own mount, whatever mount the point came from. */
export function describeCommand({ kind, ...command }: StoreCommand, restore: Restore) {
  const { mountId } = targetOf(restore);
  const told = { ...restore, ...command, mountId };
  if (kind === 'remove-staged') return { ...told, kind };
  return {
    ...told,
    kind,
    ...(restore.state === 'thawing' && { isThawing: true }),
    ...(mountId !== restore.mountId && { sourceMountId: restore.mountId }),
    ...(mayUseSnapshot(restore) && { mayUseSnapshot: true }),
  };
}
