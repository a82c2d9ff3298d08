import { decodeTime } from 'ulid';
import type { Database } from '../database.ts';
import type { RequestId } from '../ids.ts';
import { type Instant, toInstant } from '../instant.ts';
import type { RecoveryPoint } from '../recovery-point.ts';

/** What names a backup of a database: the same while it is made and ever after. */
interface BackupIdentity {
  readonly number: number;
  /** The name of the database, as the names of its backups begin. */
  readonly label: string;
  readonly at: Instant;
  /** As it was requested; absent where the point was not requested, and what its logs say counts. */
  readonly requestedLevel?: number;
}

type Named = Pick<Database, 'databaseId' | 'name' | 'uniqueName'>;

/** The name that people call a database by. */
export const databaseName = ({ databaseId, name }: Named): string => name ?? databaseId;

/** Whether a name, such as that in a gateway's configuration, means the database. Oracle's names know no case. */
export const isNamed = ({ name, uniqueName }: Named, text: string): boolean =>
  [name, uniqueName].some((each) => each?.toLowerCase() === text.toLowerCase());

/** When a backup was asked for, which its name says, is in the id of its request. */
export const requestTime = (requestId: RequestId): Instant => toInstant(decodeTime(requestId.slice(-26)));

/**
 * A requested backup has the number of its request. One that a script began has the milliseconds in the id of its point: as stable, and
 * so large that no count of requests comes there.
 */
export function identifyBackup(database: Named, point: RecoveryPoint): BackupIdentity {
  const { request, recoveryPointId, takenAt } = point;
  if (request === undefined || !isNamed(database, request.database)) {
    return { number: decodeTime(recoveryPointId), label: databaseName(database), at: takenAt };
  }
  const { backupNumber: number, database: label, requestId, level } = request;
  return {
    ...{ number, label, at: requestTime(requestId) },
    ...(level !== undefined && { requestedLevel: level }),
  };
}
