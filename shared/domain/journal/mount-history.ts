import { ServiceError } from '../../errors.ts';
import type { MountId } from '../ids.ts';
import type { Mount } from '../mount.ts';
import type { RecoveryPoint } from '../recovery-point.ts';
import { isLive } from '../recovery-point.ts';
import type { Hold } from '../retention/hold.ts';
import type { ScheduleDefinition } from '../schedule/schedule.ts';
import type { Upload } from '../upload.ts';
import { applyEntry, type HistoryDraft } from './apply-entry.ts';
import type { ReadEntry } from './read-entry.ts';

/** All that a mount's journal says of it: what the catalog is rebuilt from, and what it must equal. */
export interface MountHistory {
  /** As after the last entry; `journal.stored` is its number. */
  readonly mount: Mount;
  readonly storeName: string | undefined;
  /** In the order of the line, tombstones included. */
  readonly points: readonly RecoveryPoint[];
  /** Those that became points or were given up. What was only opened is in no journal. */
  readonly uploads: readonly Upload[];
  /** Those in force on the mount or points of it; and those of databases that touch it. */
  readonly holds: readonly Hold[];
  readonly schedules: readonly ScheduleDefinition[];
}

/**
 * Replays a whole journal. The entries are a checked chain; an entry of a kind that is not known, or that does not fit
 * what comes before, stops it by name: what would be left out might be a deletion or a hold. Throws JOURNAL_BROKEN.
 */
export function replayJournal(mountId: MountId, entries: readonly ReadEntry[]): MountHistory {
  const draft: HistoryDraft = {
    ...{ mountId, mount: undefined, storeName: undefined },
    ...{ points: new Map(), uploads: new Map(), holds: new Map(), schedules: new Map() },
  };
  for (const entry of entries) applyEntry(draft, entry);
  const last = entries.at(-1);
  const { mount, storeName } = draft;
  if (last === undefined || mount === undefined) {
    throw new ServiceError('JOURNAL_BROKEN', `mount ${mountId} has no journal`, { details: { mountId } });
  }
  const points = [...draft.points.values()].sort((one, other) => one.seq - other.seq);
  const head = points.findLast(({ state }) => isLive(state));
  const { number, sha256: hash } = last;
  return {
    mount: {
      ...mount,
      ...(head && { headId: head.recoveryPointId }),
      // Each entry raises it at most once.
      lineVersion: number,
      journal: { number, hash, stored: number },
    },
    storeName,
    points,
    uploads: [...draft.uploads.values()].sort((one, other) => (one.uploadId < other.uploadId ? -1 : 1)),
    schedules: [...draft.schedules.values()].sort((one, other) =>
      one.scheduleId < other.scheduleId ? -1 : 1,
    ),
    holds: [...draft.holds.values()].sort((one, other) => (one.holdId < other.holdId ? -1 : 1)),
  };
}
