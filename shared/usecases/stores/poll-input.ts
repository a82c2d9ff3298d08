import type { AgentDatabase } from '../../domain/backup-request.ts';
import type { MountId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { StoreReport } from '../../domain/mount.ts';

/** The states of a store that its gateway knows. */
export type ServedState = 'active' | 'decommissioning' | 'decommissioned';

/** What a gateway says of one mount. */
export type ReportedMount = Omit<StoreReport, 'at'> & {
  readonly mountId: MountId;
  readonly deleteFence?: number | undefined;
};

export interface PollInput {
  readonly storeId: StoreId;
  /** Whether its chain of polls shows that the gateway's journal knows all that the service knows of it. */
  readonly isJournalCurrent: boolean;
  readonly idleSeconds: number;
  readonly protocolVersion: number;
  readonly oldestProtocolVersion?: number | undefined;
  readonly gatewayVersion: string;
  readonly capabilities: readonly string[];
  /** By the store's clock. */
  readonly sentAt?: Instant | undefined;
  /** The state that the gateway acts by. */
  readonly storeState?: ServedState | undefined;
  /** Snapshots and restores that it has not brought to their end; absent where it does not say. */
  readonly unfinishedWork?: number | undefined;
  /** What its agent is configured for; absent where it is none. */
  readonly databases?: readonly AgentDatabase[] | undefined;
  readonly mounts: readonly ReportedMount[];
}
