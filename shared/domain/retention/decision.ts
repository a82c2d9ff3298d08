import type { UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import type { CalendarPeriod } from './policy.ts';

/** What becomes of a point, with every reason there is for it. */
export type RetentionDecision =
  | { readonly keep: true; readonly because: readonly KeepReason[] }
  | { readonly keep: false; readonly dueSince: Instant; readonly because: ExpireReason };

/** Why a point stays. */
export type KeepReason = PolicyReason | ProtectionReason;

/** The policy's own reasons: they end when somebody asks for the deletion of the point. */
export type PolicyReason =
  | { readonly code: 'NOT_DUE'; readonly until: Instant | 'never'; readonly expireOf: 'point' | 'mount' }
  | {
      readonly code: 'LAST_OF_PERIOD';
      readonly each: CalendarPeriod;
      /** Such as `2026-01`, in the policy's time zone. */
      readonly period: string;
      readonly until: Instant | 'never';
      /** It is the last of the period that this database can be restored from. */
      readonly dbid?: string;
    }
  /** Other points of the mount have logs: nobody knows what this one holds. */
  | { readonly code: 'LOG_MISSING' };

/** Reasons that hold against everybody; retiring the mount sets the floor aside, and nothing else. */
export type ProtectionReason =
  | { readonly code: 'HELD'; readonly holds: readonly string[] }
  | { readonly code: 'LOCKED'; readonly until: Instant }
  | { readonly code: 'PINNED'; readonly pins: readonly string[] }
  /** The database is on so many mounts that nobody can say for all of them at once what they need. */
  | { readonly code: 'SPREAD'; readonly dbid: string; readonly mounts: number }
  /** One of the last usable points of a database; without `dbid`, of those points of the mount that have no log. */
  | { readonly code: 'FLOOR'; readonly dbid?: string }
  /**
   * The newest live point with files that another live point's database needs and lacks. Without `dbid` or without files:
   * nobody knows what the other one needs, and it may be this.
   */
  | {
      readonly code: 'NEEDED';
      readonly byPoint: UploadId;
      readonly dbid?: string;
      readonly files: readonly string[];
    };

export type ExpireReason =
  | { readonly code: 'EXPIRED'; readonly expireOf: 'point' | 'mount' }
  | { readonly code: 'DELETED'; readonly by: string };

/** In whose name a point goes whose mount is retired: nobody asked for it alone, and it comes back when that order is taken back. */
export const retirement = 'retirement';

/** Whether a person asked for the deletion of this very point. */
export const isAskedFor = (because: ExpireReason): because is Extract<ExpireReason, { code: 'DELETED' }> =>
  because.code === 'DELETED' && because.by !== retirement;

const protections: ReadonlySet<string> = new Set<ProtectionReason['code']>([
  'HELD',
  'LOCKED',
  'PINNED',
  'SPREAD',
  'FLOOR',
  'NEEDED',
]);

/** Whether the reason stands against a person's wish, too. */
export const isProtection = (reason: KeepReason): reason is ProtectionReason => protections.has(reason.code);
