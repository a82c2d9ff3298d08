import type { Alert } from '../domain/alerts/alert.ts';
import type { BackupRequest } from '../domain/backup-request.ts';
import type { UploadId } from '../domain/ids.ts';
import type { RecoveryPoint } from '../domain/recovery-point.ts';
import type { Restore } from '../domain/restore.ts';

/** What is announced to the outside, at least once. */
export type ServiceEvent =
  | { readonly type: 'Recovery Point Created'; readonly recoveryPoint: RecoveryPoint }
  | {
      readonly type: 'Backup Request Ended';
      readonly request: Pick<
        BackupRequest,
        'requestId' | 'storeId' | 'mountId' | 'database' | 'kind' | 'state' | 'reason'
      > & { readonly recoveryPointId?: UploadId };
    }
  | {
      readonly type: 'Restore Ended';
      readonly restore: Pick<Restore, 'restoreId' | 'jobId' | 'mountId' | 'state' | 'reason'>;
    }
  /** Repeated: while a critical one stays open. The first two are mailed. */
  | {
      readonly type: 'Alert Raised' | 'Alert Repeated' | 'Alert Closed';
      readonly alert: Alert;
    };

export interface Events {
  publish(event: ServiceEvent): Promise<void>;
}
