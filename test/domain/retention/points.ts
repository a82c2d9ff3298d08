import type { UploadId } from '../../../shared/domain/ids.ts';
import { addMillis, type Instant, toInstant } from '../../../shared/domain/instant.ts';
import { type PolicySettings, parsePolicy } from '../../../shared/domain/retention/policy.ts';
import type { RetentionDatabase, RetentionPoint } from '../../../shared/domain/retention/retention-point.ts';

export const days = 86_400_000;

export const instant = (text: string): Instant => toInstant(new Date(text));

export const idOf = (seq: number) => `01${String(seq).padStart(24, '0')}` as UploadId;

/** A point taken and committed at the same time, without a log. */
export const point = (seq: number, at: Instant, fields: Partial<RetentionPoint> = {}): RetentionPoint => ({
  ...{ recoveryPointId: idOf(seq), seq, state: 'available', takenAt: at, committedAt: at },
  ...{ isDamaged: false, log: 'missing', databases: [], holdsFiles: [], holds: [], pins: [] },
  ...fields,
});

export const database = (
  dbid: string,
  recoverable: RetentionDatabase['recoverable'] = 'yes',
  lacksFiles: readonly string[] = [],
): RetentionDatabase => ({ dbid, recoverable, lacksFiles });

/** A point a day, the first with seq 1. */
export const daily = (
  from: Instant,
  count: number,
  fields: (seq: number) => Partial<RetentionPoint> = () => ({}),
): RetentionPoint[] =>
  Array.from({ length: count }, (_, index) =>
    point(index + 1, addMillis(from, index * days), fields(index + 1)),
  );

export const policy = (settings: Partial<PolicySettings> = {}) =>
  parsePolicy({ expire: '31d', floor: 1, ...settings });
