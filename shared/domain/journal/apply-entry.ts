import { ServiceError } from '../../errors.ts';
import type { HoldId, MountId, ScheduleId, UploadId } from '../ids.ts';
import { laterOf } from '../instant.ts';
import type { Mount } from '../mount.ts';
import type { RecoveryPoint } from '../recovery-point.ts';
import type { Hold } from '../retention/hold.ts';
import type { ScheduleDefinition } from '../schedule/schedule.ts';
import type { Upload } from '../upload.ts';
import type { WrappedDataKey } from '../vault/encryption/data-key.ts';
import type { LogRow } from '../vault/manifest-rows.ts';
import type { ReadEntry } from './read-entry.ts';

/** What the entries up to some number come to. */
export interface HistoryDraft {
  readonly mountId: MountId;
  mount: Omit<Mount, 'headId' | 'lineVersion' | 'journal'> | undefined;
  storeName: string | undefined;
  readonly points: Map<UploadId, RecoveryPoint>;
  readonly uploads: Map<UploadId, Upload>;
  readonly holds: Map<HoldId, Hold>;
  readonly schedules: Map<ScheduleId, ScheduleDefinition>;
}

/** What an entry says; its bytes are the service's own, whole by the chain's hashes. */
type Apply = (draft: HistoryDraft, entry: ReadEntry) => void;

/** One function for each kind of docs/format.md, Journal. */
const kinds: Readonly<Record<string, Apply>> = {
  'mount-created': createMount,
  'mount-changed': (draft, { data: { by: _, ...changes } }) => changeMount(draft, changes),
  'mount-policy-changed': (draft, { data: { by: _, ...changes } }) => changeMount(draft, changes),
  'data-key-stored': (draft, { data }) => {
    const { dataKey } = data as { dataKey: WrappedDataKey };
    changeMount(draft, { dataKeys: [...(mountOf(draft).dataKeys ?? []), dataKey] });
  },
  'mount-marked-for-delete': (draft, { number, at, data }) =>
    changeMount(draft, {
      state: 'marked-for-delete',
      deletion: { fence: number, markedAt: at, markedBy: String(data.markedBy) },
    }),
  'mount-unmarked': (draft) => {
    const { deletion: _, ...mount } = mountOf(draft);
    draft.mount = { ...mount, state: 'creating' };
  },
  'mount-gone': (draft, { at, data }) => {
    const first = { fence: Number(data.markFence), markedAt: at, markedBy: String(data.markedBy) };
    changeMount(draft, { state: 'gone', deletion: { ...first, ...mountOf(draft).deletion, goneAt: at } });
  },
  'recovery-point-committed': commitPoint,
  'upload-closing': (draft, { number, data }) => {
    const { by: _, reason, upload } = data as { by?: string; reason: string; upload: Upload };
    const closing = { ...upload, state: 'closing' as const, closeReason: reason, journalNumber: number };
    draft.uploads.set(upload.uploadId, closing);
    noteFence(draft, upload);
  },
  'upload-closed': (draft, { at, data }) => {
    const { uploadId } = data as { uploadId: UploadId };
    const { blockedUntil: _, ...upload } = found(draft.uploads.get(uploadId), `upload ${uploadId}`);
    draft.uploads.set(uploadId, { ...upload, state: 'closed', closedAt: at });
  },
  'late-log': addLateLog,
  'file-map-renewed': (draft, entry) => {
    // A map that was not judged has no judgement, whatever the one before had.
    const { judgement: _, ...point } = pointOf(draft, entry);
    draft.points.set(point.recoveryPointId, point);
    changePoint(draft, entry);
  },
  'recovery-point-expire-changed': changePoint,
  'recovery-point-damaged': changePoint,
  'recovery-point-mended': (draft, entry) => {
    const { damage: _, ...point } = pointOf(draft, entry);
    draft.points.set(point.recoveryPointId, point);
  },
  'recovery-point-pending': (draft, entry) => changePoint(draft, entry, { state: 'pending-deletion' }),
  'recovery-point-reclaiming': (draft, entry) => changePoint(draft, entry, { state: 'reclaiming' }),
  'recovery-point-gone': (draft, entry) => changePoint(draft, entry, { state: 'tombstone' }),
  'recovery-point-undeleted': (draft, entry) => {
    changePoint(draft, entry, { state: 'available' });
    const { deletion: _, ...point } = pointOf(draft, entry);
    draft.points.set(point.recoveryPointId, point);
  },
  'packs-archived': (draft, { data }) => changeMount(draft, { coldThrough: Number(data.coldThrough) }),
  'orphans-reclaiming': (draft, { number, data }) =>
    changeMount(draft, { orphans: { listSha256: String(data.listSha256), journalNumber: number } }),
  // Plans are not rebuilt: what was consented to is made anew.
  'plan-consented': () => {},
  'hold-set': (draft, { data }) => {
    const { hold } = data as { hold: Hold };
    draft.holds.set(hold.holdId, hold);
  },
  'hold-lifted': (draft, { data }) => {
    draft.holds.delete((data as { holdId: HoldId }).holdId);
  },
  'schedule-set': (draft, { data }) => {
    const { schedule } = data as unknown as { schedule: ScheduleDefinition };
    draft.schedules.set(schedule.scheduleId, schedule);
  },
  'schedule-removed': (draft, { data }) => {
    draft.schedules.delete((data as { scheduleId: ScheduleId }).scheduleId);
  },
  'mount-retirement-ordered': (draft, { at, data }) =>
    changeMount(draft, { retirement: { orderedAt: at, orderedBy: String(data.by) } }),
  'mount-retirement-cancelled': (draft) => {
    const { retirement: _, ...mount } = mountOf(draft);
    draft.mount = mount;
  },
  'catalog-rebuilt': (draft, { at, data }) => {
    changeMount(draft, { epoch: (data as { epoch: number }).epoch, reconciliation: { since: at } });
  },
  'reconciliation-signed-off': (draft) => {
    const { reconciliation: _, ...mount } = mountOf(draft);
    draft.mount = mount;
  },
};

/** Takes the entry into the draft. Throws JOURNAL_BROKEN for a kind that is not known and for what does not fit. */
export function applyEntry(draft: HistoryDraft, entry: ReadEntry): void {
  const apply = Object.hasOwn(kinds, entry.kind) ? kinds[entry.kind] : undefined;
  const { mountId } = draft;
  const where = `journal entry ${entry.number} of mount ${mountId}`;
  const details = { mountId, number: entry.number };
  if (apply === undefined) {
    throw new ServiceError('JOURNAL_BROKEN', `${where} is of a kind that is not known: ${entry.kind}`, {
      details,
      hint: 'It was written by a later version: use that one.',
    });
  }
  try {
    apply(draft, entry);
  } catch (cause) {
    throw new ServiceError('JOURNAL_BROKEN', `${where} does not fit: ${(cause as Error).message}`, {
      details,
      cause,
    });
  }
}

function createMount(draft: HistoryDraft, { data }: ReadEntry): void {
  if (draft.mount !== undefined) throw new Error('the mount was created before');
  const { by: _, storeName, ...facts } = data as unknown as Mount & { by?: string; storeName?: string };
  if (facts.mountId !== draft.mountId) throw new Error(`it creates mount ${facts.mountId}`);
  draft.mount = { ...facts, state: 'creating', seq: 0, epoch: 1, fence: 0 };
  draft.storeName = storeName;
}

function changeMount(draft: HistoryDraft, changes: Partial<Mount>): void {
  draft.mount = { ...mountOf(draft), ...changes };
}

function commitPoint(draft: HistoryDraft, { number, data }: ReadEntry): void {
  const { by: _, upload, ...point } = data as unknown as RecoveryPoint & { by?: string; upload?: Upload };
  const mount = mountOf(draft);
  if (point.seq !== mount.seq + 1) throw new Error(`its place in the line is ${point.seq}`);
  if (draft.points.has(point.recoveryPointId))
    throw new Error(`${point.recoveryPointId} was committed before`);
  draft.points.set(point.recoveryPointId, point);
  const committed = upload ?? uploadOf(point, number);
  draft.uploads.set(point.recoveryPointId, committed);
  changeMount(draft, { seq: point.seq });
  noteFence(draft, committed);
}

/** Entries of the first versions do not say which upload a point was: no snapshot can be told from it any more. */
function uploadOf(point: RecoveryPoint, journalNumber: number): Upload {
  const { recoveryPointId: uploadId, mountId, storeId, snapName, takenAt, committedAt: at, seq } = point;
  return {
    ...{ uploadId, mountId, storeId, state: 'committed', snapshotId: uploadId, snapName, fence: 0, epoch: 1 },
    ...{ requestedAt: takenAt, openedAt: at, deadline: at, leaseUntil: at, urlUntil: at, seq, journalNumber },
  };
}

function addLateLog(draft: HistoryDraft, entry: ReadEntry): void {
  const point = pointOf(draft, entry);
  const { recoveryPointId } = point;
  const { log, urlUntil } = entry.data as unknown as { log: LogRow; urlUntil?: Upload['urlUntil'] };
  const others = (point.lateLogs ?? []).filter(({ number }) => number !== log.number);
  draft.points.set(recoveryPointId, { ...point, lateLogs: [...others, log] });
  const upload = found(draft.uploads.get(recoveryPointId), `upload ${recoveryPointId}`);
  if (urlUntil === undefined) return;
  draft.uploads.set(recoveryPointId, { ...upload, urlUntil: laterOf(upload.urlUntil, urlUntil) });
}

/** The fields that the entry gives take the place of those of the point. */
function changePoint(draft: HistoryDraft, entry: ReadEntry, fields: Partial<RecoveryPoint> = {}): void {
  const point = pointOf(draft, entry);
  const { by: _, ...given } = entry.data;
  draft.points.set(point.recoveryPointId, { ...point, ...given, ...fields });
}

function noteFence(draft: HistoryDraft, { fence }: Upload): void {
  const mount = mountOf(draft);
  changeMount(draft, { fence: Math.max(mount.fence, fence) });
}

const mountOf = (draft: HistoryDraft) => found(draft.mount, 'the mount');

const pointOf = (draft: HistoryDraft, { data }: ReadEntry): RecoveryPoint => {
  const { recoveryPointId } = data as { recoveryPointId: UploadId };
  return found(draft.points.get(recoveryPointId), `recovery point ${recoveryPointId}`);
};

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not known by then`);
  return value;
}
