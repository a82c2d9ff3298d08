import { constants } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { RestoreOwners } from '../../../shared/domain/restore.ts';
import { MoverError } from '../errors.ts';
import { hasErrno } from './restore-destination.ts';

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Whom an entry belongs to after the restore. */
export function ownerAfter({ uid, gid }: Owner, owners: RestoreOwners | undefined): Owner {
  if (owners === undefined) return { uid, gid };
  if ('allTo' in owners) return owners.allTo;
  return { uid: owners.uids[uid] ?? uid, gid: owners.gids[gid] ?? gid };
}

/**
 * Throws RESTORE_OWNER_REFUSED when the store may not give files to those that they are to belong to. It is tried with
 * a file at the very place: capabilities, user namespaces and NFS servers that squash root all have a say.
 */
export async function requireOwners(owners: RestoreOwners | undefined, scratch: string): Promise<void> {
  if (owners === undefined) return;
  const handle = await open(scratch, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    for (const owner of targetsOf(owners)) await tryOwner(handle, owner);
  } finally {
    await handle.close();
    await rm(scratch, { force: true });
  }
}

/** -1 leaves what is: a map of users says nothing of groups. */
const targetsOf = (owners: RestoreOwners): Owner[] =>
  'allTo' in owners
    ? [owners.allTo]
    : [
        ...Object.values(owners.uids).map((uid) => ({ uid, gid: -1 })),
        ...Object.values(owners.gids).map((gid) => ({ uid: -1, gid })),
      ];

async function tryOwner(handle: FileHandle, { uid, gid }: Owner): Promise<void> {
  const { uid: ownUid, gid: ownGid } = await handle.stat();
  try {
    await handle.chown(uid === -1 ? ownUid : uid, gid === -1 ? ownGid : gid);
  } catch (error) {
    if (!hasErrno(error, 'EPERM') && !hasErrno(error, 'EINVAL')) throw error;
    const whom = [...(uid === -1 ? [] : [`user ${uid}`]), ...(gid === -1 ? [] : [`group ${gid}`])].join(', ');
    throw new MoverError(
      'RESTORE_OWNER_REFUSED',
      '',
      `the gateway may not give files to ${whom}: run it as root (or with CAP_CHOWN, on a file system that allows it), or order the restore without owners`,
      error,
    );
  }
}
