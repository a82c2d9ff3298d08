/** Loaded into a process before anything else: its clock is wrong by CLOCK_OFF_MILLIS, and turns to the other side at SIGUSR2. */
const now = Date.now.bind(Date);
let offMillis = Number(process.env.CLOCK_OFF_MILLIS);
process.on('SIGUSR2', () => {
  offMillis = -offMillis;
});

const RightDate = Date;
globalThis.Date = class extends RightDate {
  constructor(...args: readonly unknown[]) {
    if (args.length === 0) super(now() + offMillis);
    else super(...(args as [number]));
  }

  static override now(): number {
    return now() + offMillis;
  }
} as DateConstructor;
