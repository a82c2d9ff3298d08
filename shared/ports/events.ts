import type { RecoveryPoint } from '../domain/recovery-point.ts';
import type { Restore } from '../domain/restore.ts';

/** What is announced to the outside, at least once. */
export type ServiceEvent =
  | { readonly type: 'Recovery Point Created'; readonly recoveryPoint: RecoveryPoint }
  | {
      readonly type: 'Restore Ended';
      readonly restore: Pick<Restore, 'restoreId' | 'jobId' | 'mountId' | 'state' | 'reason'>;
    };

export interface Events {
  publish(event: ServiceEvent): Promise<void>;
}
