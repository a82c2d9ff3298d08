import type * as z from 'zod';
import type { makeBackupCommand } from '../../shared/contracts/backup-commands.ts';
import type { BackupRequest } from '../../shared/domain/backup-request.ts';

/** A request as its store is told of it. */
export function describeRequest(request: BackupRequest): z.input<typeof makeBackupCommand> {
  const { commandId = '', requestId, backupNumber, mountId, database, content } = request;
  const { fence, deadline, level, parentId, parentLevel, expire } = request;
  return {
    ...{
      kind: 'make-backup',
      commandId,
      fence,
      deadline,
      requestId,
      backupNumber,
      mountId,
      database,
      content,
    },
    ...(level !== undefined && { level }),
    ...(parentId !== undefined && { parentId, isDifferential: parentLevel === level }),
    ...(expire !== undefined && { expire }),
  };
}
