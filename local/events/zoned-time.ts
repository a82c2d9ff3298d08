/** A date and time as a clock on the wall shows it. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second?: number;
}

const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const numeric = 'numeric';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    ...{ year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric },
  });
  formats.set(zone, format);
  return format;
};

/** @throws Error when the IANA name is not known. */
export const requireZone = (zone: string): void => {
  try {
    formatOf(zone);
  } catch (cause) {
    throw new Error(`${zone} is not a time zone: use an IANA name like Europe/Berlin`, { cause });
  }
};

/** What the clocks of a zone show at an instant. */
export const wallTimeOf = (instantMs: number, zone: string): Required<WallTime> => {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instantMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const of = (part: Intl.DateTimeFormatPartTypes): number => parts.get(part) ?? 0;
  return {
    ...{ year: of('year'), month: of('month'), day: of('day') },
    ...{ hour: of('hour'), minute: of('minute'), second: of('second') },
  };
};

/**
 * The instant at which the clocks of a zone show a time. When they show it twice, in autumn, the first one;
 * undefined when they never do, in spring. EventBridge Scheduler fires once in the one case and not in the other.
 */
export const instantOf = (wall: WallTime, zone: string): number | undefined => {
  const asUtc = utcOf(wall);
  // The zone's offset the day before and the day after: one of them applies, whichever way the clocks go.
  const candidates = [asUtc - DAY_MS, asUtc + DAY_MS].map((near) => asUtc - offsetAt(near, zone));
  return candidates
    .filter((candidate) => utcOf(wallTimeOf(candidate, zone)) === asUtc)
    .sort((a, b) => a - b)[0];
};

const utcOf = ({ year, month, day, hour, minute, second = 0 }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

const offsetAt = (instantMs: number, zone: string): number => {
  const wholeSeconds = Math.floor(instantMs / 1000) * 1000;
  return utcOf(wallTimeOf(wholeSeconds, zone)) - wholeSeconds;
};
