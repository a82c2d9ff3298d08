import { IANAZone } from 'luxon';
import { ServiceError } from '../../errors.ts';
import { type ExpireAfter, parseExpire } from '../expire.ts';

export const calendarPeriods = ['day', 'week', 'month', 'year'] as const;
export type CalendarPeriod = (typeof calendarPeriods)[number];

/** Settings of a mount, as people write them. Lengths of time in the grammar of `expire`. */
export interface PolicySettings {
  readonly expire: string;
  /** How long the last point of each period is kept, where that is longer. */
  readonly keep?: { readonly [P in CalendarPeriod]?: string };
  /** IANA name of the zone whose calendar counts. */
  readonly timeZone?: string;
  readonly floor?: number;
  readonly undoWindow?: string;
  readonly maxExpiredPercentPerDay?: number;
}

/** What a mount keeps of them beside its `expire`; what is absent is the default. */
export type MountPolicy = Omit<PolicySettings, 'expire'>;

/** What decides on the points of a mount, checked. */
export interface RetentionPolicy {
  /** Counted from a point's commit, for points that were not given an expire of their own. */
  readonly expire: ExpireAfter;
  readonly keep: readonly CalendarRule[];
  readonly timeZone: string;
  /** So many newest usable points of each database stay, however old they are. */
  readonly floor: number;
  /** How long an expired point can be brought back. */
  readonly undoWindowMillis: number;
  /** Part of the mount's points that may expire within 24 hours, 0 to 1: a policy gone wrong is seen before it is over. */
  readonly maxExpiredShare: number;
}

/** The last point of each period stays for so long after its commit. */
export interface CalendarRule {
  readonly each: CalendarPeriod;
  readonly stays: ExpireAfter;
}

const defaults = {
  keep: {},
  timeZone: 'UTC',
  floor: 2,
  undoWindow: '7d',
  maxExpiredPercentPerDay: 25,
} as const;
const maxFloor = 100;

/** Settings with the defaults where there are none. */
export const withDefaults = (settings: PolicySettings): Required<PolicySettings> => ({
  ...defaults,
  ...settings,
});

/**
 * Reads a mount's settings. Throws POLICY_INVALID that says which one is wrong and what it may be: one that was read
 * generously would delete early.
 */
export function parsePolicy(settings: PolicySettings): RetentionPolicy {
  const { expire, keep, timeZone, floor, undoWindow, maxExpiredPercentPerDay } = withDefaults(settings);
  // `create` remembers what it has found; `isValidZone` makes ICU look each time.
  if (!IANAZone.create(timeZone).isValid) {
    refuse('timeZone', `"${timeZone}" is no time zone: give an IANA name such as Europe/Berlin`);
  }
  if (!Number.isInteger(floor) || floor < 1 || floor > maxFloor) {
    refuse('floor', `must be a whole number from 1 to ${maxFloor}: the last usable points always stay`);
  }
  if (!(maxExpiredPercentPerDay > 0 && maxExpiredPercentPerDay <= 100)) {
    refuse('maxExpiredPercentPerDay', 'must be above 0 and at most 100');
  }
  const undoWindowMillis = read('undoWindow', undoWindow);
  if (undoWindowMillis === 'never') throw refuse('undoWindow', 'must end: "never" would keep everything');
  return {
    expire: read('expire', expire),
    keep: calendarPeriods.flatMap((each) => {
      const stays = keep[each];
      return stays === undefined ? [] : [{ each, stays: read(`keep.${each}`, stays) }];
    }),
    timeZone,
    floor,
    undoWindowMillis,
    maxExpiredShare: maxExpiredPercentPerDay / 100,
  };
}

function read(name: string, text: string): ExpireAfter {
  try {
    return parseExpire(text);
  } catch (error) {
    throw refuse(name, error instanceof Error ? error.message : String(error));
  }
}

function refuse(name: string, why: string): never {
  throw new ServiceError('POLICY_INVALID', `${name}: ${why}`, { details: { setting: name } });
}
