import type { Command } from 'commander';
import type { CallInput } from '../../shared/contracts/calls.ts';
import { UsageError } from '../usage-error.ts';

/** Settings of a schedule as they stand on a command line. */
export interface ScheduleOptions {
  readonly cron?: string;
  readonly minute?: string;
  readonly hour?: string;
  readonly day?: string;
  readonly month?: string;
  readonly weekday?: string;
  readonly timeZone?: string;
  readonly level?: string;
  readonly incremental?: true;
  readonly expire?: string;
  readonly window?: string;
  readonly catchUp?: string;
  readonly blackout?: readonly string[];
}

type Settings = Omit<NonNullable<CallInput<'changeSchedule'>['body']>, 'enabled'>;

/** The options of `add` and `modify`. */
export const addSettings = (command: Command): Command =>
  command
    .option('--cron <fields>', 'minute hour day month weekday, such as "0 22 * * MON-FRI"')
    .option('--minute <field>', 'in the place of --cron: 0 unless given')
    .option('--hour <field>', 'every hour unless given')
    .option('--day <field>', 'of the month; L is the last')
    .option('--month <field>', 'by number or English name')
    .option('--weekday <field>', '0 to 7, or an English name')
    .option('--time-zone <name>', 'such as Europe/Berlin')
    .option('--level <n>', '0 is full, 1 to 9 hold what changed since the level below; for Oracle 0 and 1')
    .option('--incremental', 'incrementals, each on the newest backup')
    .option('--expire <length>', 'of the recovery points, such as "2w 3d" or never; else that of the mount')
    .option('--window <length>', 'how long after its time a backup may begin, such as 6h')
    .option('--catch-up <length>', 'how long after its time a missed backup is made, such as 1d; or skip')
    .option(
      '--blackout <times>',
      'when no backup begins: "08:00-18:00", "SAT,SUN 00:00-24:00" or "2026-12-24T18:00/2027-01-02T06:00"; "none" takes all away; may be given several times',
      (value: string, before: readonly string[] = []) => [...before, value],
    );

const fields = ['minute', 'hour', 'day', 'month', 'weekday'] as const;
const defaults = ['0', '*', '*', '*', '*'];

/** The settings that are given. `before`: the cron expression whose other fields stay. */
export function readSettings(options: ScheduleOptions, before?: string): Settings {
  const { timeZone, expire, window, catchUp, blackout } = options;
  const cron = cronOf(options, before);
  const order = orderOf(options);
  return {
    ...(cron !== undefined && { cron }),
    ...(timeZone !== undefined && { timeZone }),
    ...(order && { order }),
    ...(expire !== undefined && { expire }),
    ...(window !== undefined && { window }),
    ...(catchUp !== undefined && { catchUp }),
    ...(blackout !== undefined && {
      blackouts: blackout.filter((text) => text !== 'none').map(readBlackout),
    }),
  };
}

/** Whether the options name fields that the expression before must be known for. */
export const namesFields = (options: ScheduleOptions): boolean =>
  fields.some((field) => options[field] !== undefined);

function cronOf({ cron, ...options }: ScheduleOptions, before: string | undefined): string | undefined {
  if (!namesFields(options)) return cron;
  if (cron !== undefined) throw new UsageError('give --cron, or its fields one by one, not both');
  const base = before?.split(' ') ?? defaults;
  return fields.map((field, index) => options[field] ?? base[index] ?? '*').join(' ');
}

function orderOf({ level, incremental }: ScheduleOptions) {
  if (incremental && level !== undefined) throw new UsageError('--incremental has no --level: leave one out');
  if (incremental) return { incremental } as const;
  if (level === undefined) return undefined;
  if (/^\d$/.test(level)) return { level: Number(level) };
  throw new UsageError(`--level is "${level}": a level is 0 to 9`);
}

type Blackout = NonNullable<Settings['blackouts']>[number];

function readBlackout(text: string): Blackout {
  const [, start, end] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)\/(\d{4}-\d\d-\d\dT\d\d:\d\d)$/.exec(text) ?? [];
  if (start !== undefined && end !== undefined) return { kind: 'once', from: start, to: end };
  const [, days, from, to] = /^(?:([A-Za-z,]+)\s+)?(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new UsageError(
      `--blackout is "${text}": write "08:00-18:00", "SAT,SUN 00:00-24:00" or "2026-12-24T18:00/2027-01-02T06:00"`,
    );
  }
  const weekdays = days?.toUpperCase().split(',') as Extract<Blackout, { kind: 'weekly' }>['weekdays'];
  return { kind: 'weekly', from, to, ...(weekdays && { weekdays }) };
}

/** The zone that the words of whoever calls are in. */
export const zoneHere = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
