import type { Instant } from '../instant.ts';
import { toMillis } from '../instant.ts';
import type { JudgedDatabase, JudgedWindow } from './judgement.ts';

/** Zones go from twelve hours behind UTC to fourteen ahead. */
const widestOffsets = [-12 * 60, 14 * 60] as const;
/** An hour that a clock went through twice: of times nearer than this to a border nothing is certain. */
const clockChangeMillis = 3_600_000;

/**
 * Whether a moment can be reached. Windows are in the time of the database's host, without a zone: without its offset only what holds
 * in every zone is certain.
 */
export function reachOf(
  { recoverable, windows }: Pick<JudgedDatabase, 'recoverable' | 'windows'>,
  time: Instant,
  offsetMinutes: number | undefined,
): 'yes' | 'no' | 'unknown' {
  if (recoverable !== 'yes') return recoverable;
  const reaches = windows.map((window) => reachOfWindow(window, time, offsetMinutes));
  if (reaches.includes('yes')) return 'yes';
  return reaches.every((reach) => reach === 'no') ? 'no' : 'unknown';
}

/** Whether one window reaches a moment. */
export function reachOfWindow(
  { from, to, isConsistent }: Pick<JudgedWindow, 'from' | 'to' | 'isConsistent'>,
  time: Instant,
  offset: number | undefined,
): 'yes' | 'no' | 'unknown' {
  if (isConsistent || from === undefined) return 'unknown';
  const offsets = offset === undefined ? widestOffsets : [offset, offset];
  const [earliest = 0, latest = 0] = offsets.map((minutes) => toMillis(time) + minutes * 60_000);
  const begin = Date.parse(`${from}Z`);
  if (latest < begin - clockChangeMillis) return 'no';
  const isInside = to !== undefined && earliest >= begin && latest <= Date.parse(`${to}Z`);
  return isInside ? 'yes' : 'unknown';
}

/** The latest that a moment can be by the clock of the database's host. */
export const latestLocal = (time: Instant, offsetMinutes: number | undefined): string =>
  new Date(toMillis(time) + (offsetMinutes ?? widestOffsets[1]) * 60_000).toISOString().slice(0, 19);
