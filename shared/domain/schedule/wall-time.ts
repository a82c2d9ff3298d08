import { ServiceError } from '../../errors.ts';
import { type Instant, toMillis } from '../instant.ts';

/** What the clock on the wall shows. */
interface WallTime {
  /** `2026-01-31` */
  readonly date: string;
  /** `22:05` */
  readonly time: string;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one costs a thousand times what using it does. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  // Swedish writes dates as ISO 8601 does.
  const made = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
  });
  formats.set(timeZone, made);
  return made;
}

/** What clocks in the zone show at that moment. */
export function wallTime(timeZone: string, at: Instant): WallTime {
  const [date = '', time = ''] = formatOf(timeZone).format(toMillis(at)).split(' ');
  return { date, time, weekday: new Date(`${date}T00:00:00Z`).getUTCDay() };
}

/**
 * IANA's name of the zone, as the list of zones writes it. Abbreviations and offsets are refused: they know nothing of summer time. Throws
 * SCHEDULE_INVALID.
 */
export function requireTimeZone(text: string): string {
  const isName = text === 'UTC' || /^[A-Za-z]+(?:\/[A-Za-z0-9_+-]+)+$/.test(text);
  try {
    if (isName) {
      const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions();
      // Zones that were renamed resolve to the other name: only the case is mended.
      return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
    }
  } catch {}
  throw new ServiceError('SCHEDULE_INVALID', `there is no time zone "${text}"`, {
    details: { timeZone: text },
    hint: 'Name a zone by its place, such as Europe/Berlin or America/New_York, or UTC.',
  });
}
