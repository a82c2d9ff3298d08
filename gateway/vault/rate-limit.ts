import { sleep } from '../retry.ts';

/** As configured. Absent: no limit. */
export interface RateSettings {
  readonly bytesPerSecond?: number | undefined;
  readonly timeZone: string;
  /** The first that holds at a moment goes before `bytesPerSecond`. */
  readonly schedule: readonly {
    readonly from: string;
    readonly until: string;
    readonly bytesPerSecond: number;
  }[];
}

/** Waits are cut into pieces, so that a limit that changes meanwhile holds at once. */
const longestWaitMillis = 250;

/** What all uploads of a gateway together may send in a second, by the hour. */
export class RateLimit {
  readonly #settings: () => RateSettings;
  readonly #clock: () => Date;
  /** Bytes that may be sent now; below zero after more was sent than there was. */
  #allowance = 0;
  #countedAt: number;

  /** `settings` are read whenever something is to be sent. */
  constructor(settings: () => RateSettings, clock: () => Date) {
    this.#settings = settings;
    this.#clock = clock;
    this.#countedAt = clock().getTime();
  }

  /** Resolves when `bytes` may be sent; `onWait` is called every now and then until it does. */
  async take(bytes: number, signal: AbortSignal, onWait: () => void): Promise<void> {
    for (;;) {
      const perSecond = limitAt(this.#settings(), this.#clock());
      if (perSecond === undefined) return;
      this.#count(perSecond);
      if (this.#allowance >= 0) {
        this.#allowance -= bytes;
        return;
      }
      onWait();
      const waitMillis = Math.ceil((-this.#allowance / perSecond) * 1000);
      await sleep(Math.min(longestWaitMillis, waitMillis), signal);
    }
  }

  /** What was not used in one second is not saved up for the next. */
  #count(perSecond: number): void {
    const now = this.#clock().getTime();
    const earned = (Math.max(0, now - this.#countedAt) / 1000) * perSecond;
    this.#allowance = Math.min(perSecond, this.#allowance + earned);
    this.#countedAt = now;
  }
}

/** The limit that holds at a moment; a span that ends before it begins goes over midnight. */
export function limitAt({ bytesPerSecond, timeZone, schedule }: RateSettings, at: Date): number | undefined {
  if (schedule.length === 0) return bytesPerSecond;
  const format = { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const time = new Intl.DateTimeFormat('en-GB', format).format(at);
  const isWithin = ({ from, until }: { readonly from: string; readonly until: string }) =>
    from <= until ? from <= time && time < until : from <= time || time < until;
  return schedule.find(isWithin)?.bytesPerSecond ?? bytesPerSecond;
}
