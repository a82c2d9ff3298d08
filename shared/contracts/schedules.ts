import * as z from 'zod';
import { weekdayNames } from '../domain/schedule/blackout.ts';
import { agentDatabaseName, backupLevel as level } from './backup-commands.ts';
import { expire, instant, mountId, pageOf, pageQuery, scheduleId, storeId } from './primitives.ts';
import { backupRequest } from './requests.ts';
import { readers, route } from './route.ts';

/** One line with blanks, but without `#`, which parts the names in keys. */
const name = z
  .string()
  .regex(/^[A-Za-z0-9_](?:[A-Za-z0-9 ._-]{0,61}[A-Za-z0-9._-])?$/)
  .meta({
    description: 'Its own within the database: letters, digits, blank, dot, underscore, hyphen; at most 63.',
  });

const cron = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description:
      'minute hour day month weekday: numbers, English names, lists, ranges, steps; L is the last day of a month, SUN#1 its first Sunday.',
    examples: ['0 22 * * MON-FRI'],
  });
const timeZone = z
  .string()
  .min(1)
  .max(60)
  .meta({
    description: 'Of cron and blackouts, by its place; or UTC.',
    examples: ['Europe/Berlin'],
  });
const length = z.string().min(1).max(60);
const window = length.meta({
  description: 'How long after its time a backup may begin, and waits for a silent store.',
  examples: ['6h'],
});
const catchUp = length.meta({
  description: 'What was missed is made once, up to so long after its time; or skip.',
  examples: ['1d', 'skip'],
});
const clock = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, `must be a time like ${example}`);
const wallTime = clock(/^(?:[01]\d|2[0-3]):[0-5]\d$/, '22:00');
const wallEnd = clock(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, '06:00 or 24:00');
const wallDate = clock(/^20\d\d-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d$/, '2026-12-24T18:00');
const blackouts = z
  .array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('weekly'),
        weekdays: z.array(z.enum(weekdayNames)).min(1).max(7).exactOptional().meta({
          description: 'On which it begins; absent: all.',
        }),
        from: wallTime,
        to: wallEnd.meta({ description: 'Not after `from`: of the next day.' }),
      }),
      z.strictObject({ kind: z.literal('once'), from: wallDate, to: wallDate }),
    ]),
  )
  .max(20)
  .meta({ description: 'When no backup begins, by the clock on the wall of the time zone.' });

const order = z.union([z.strictObject({ level }), z.strictObject({ incremental: z.literal(true) })]).meta({
  description:
    'What each backup is; the service chooses its parent, and the first is full. Absent: as the strategy of the database says.',
});

const schedule = z.object({
  scheduleId,
  name,
  storeId,
  mountId,
  database: agentDatabaseName,
  content: z.enum(['database', 'archived-logs']),
  order: order.optional(),
  expire: expire.optional(),
  enabled: z.boolean(),
  cron,
  timeZone,
  window,
  catchUp,
  blackouts,
  createdAt: instant,
  createdBy: z.string(),
  nextAt: instant
    .optional()
    .meta({ description: 'The first time that nothing was done about yet; absent while it is disabled.' }),
  run: z
    .object({
      dueAt: instant,
      kind: z.enum(['on-time', 'late']).meta({ description: 'late: caught up.' }),
      requestId: z.string(),
      windowEndsAt: instant.meta({ description: 'Until when the request waits for its store.' }),
    })
    .optional(),
  waiting: z
    .object({ dueAt: instant, since: instant, reason: z.string() })
    .optional()
    .meta({ description: 'Why the time that is due has no request yet.' }),
  missed: z
    .object({ dueAt: instant, at: instant, reason: z.string() })
    .optional()
    .meta({ description: 'The newest time that was left out, until a later one is made.' }),
  lastRequest: backupRequest.optional().meta({ description: 'Of `run`.' }),
});

export const addScheduleRequest = z.strictObject({
  mountId,
  database: agentDatabaseName,
  name,
  cron,
  timeZone,
  content: z.enum(['database', 'archived-logs']).exactOptional(),
  order: order.exactOptional(),
  expire: expire.exactOptional().meta({ description: "For the recovery points; the mount's otherwise." }),
  enabled: z.boolean().exactOptional().meta({ description: 'Absent: disabled, until it is enabled.' }),
  window: window.exactOptional(),
  catchUp: catchUp.exactOptional(),
  blackouts: blackouts.exactOptional(),
});

export const changeScheduleRequest = z
  .strictObject({
    cron: cron.exactOptional(),
    timeZone: timeZone.exactOptional(),
    order: order.exactOptional(),
    expire: expire.exactOptional(),
    enabled: z.boolean().exactOptional(),
    window: window.exactOptional(),
    catchUp: catchUp.exactOptional(),
    blackouts: blackouts.exactOptional(),
  })
  .refine((settings) => Object.keys(settings).length > 0, 'must name at least one setting');

const params = z.object({ scheduleId });
const area = 'mounts-api';
const roles = ['operator', 'admin'] as const;

export const scheduleRoutes = {
  addSchedule: route({
    ...{ method: 'POST', path: '/v1/schedules', area, roles },
    summary: 'Add a schedule of backups of a database. It is disabled until it is enabled.',
    body: addScheduleRequest,
    status: 201,
    response: schedule,
  }),
  listSchedules: route({
    ...{ method: 'GET', path: '/v1/schedules', area, roles: readers },
    summary: 'List schedules, with what became of the newest time of each; of a store all at once.',
    query: pageQuery.extend({
      storeId: storeId.optional(),
      database: agentDatabaseName.optional().meta({ description: 'Given together with its store.' }),
    }),
    status: 200,
    response: pageOf(schedule),
  }),
  showSchedule: route({
    ...{ method: 'GET', path: '/v1/schedules/{scheduleId}', area, roles: readers },
    summary: 'Show a schedule.',
    params,
    status: 200,
    response: schedule,
  }),
  changeSchedule: route({
    ...{ method: 'PATCH', path: '/v1/schedules/{scheduleId}', area, roles },
    summary: 'Change settings of a schedule. With other times, those that were due before count no more.',
    params,
    body: changeScheduleRequest,
    status: 200,
    response: schedule,
  }),
  enableSchedule: route({
    ...{ method: 'POST', path: '/v1/schedules/{scheduleId}/enable', area, roles },
    summary: 'Enable a schedule, from its next time on.',
    params,
    status: 200,
    response: schedule,
  }),
  disableSchedule: route({
    ...{ method: 'POST', path: '/v1/schedules/{scheduleId}/disable', area, roles },
    summary: 'Disable a schedule. A request that it made goes on.',
    params,
    status: 200,
    response: schedule,
  }),
  removeSchedule: route({
    ...{ method: 'DELETE', path: '/v1/schedules/{scheduleId}', area, roles },
    summary: 'Remove a schedule. A request that it made goes on.',
    params,
    status: 204,
  }),
  listScheduleTimes: route({
    ...{ method: 'GET', path: '/v1/schedules/{scheduleId}/next', area, roles: readers },
    summary: 'List the next times of a schedule, also while it is disabled, without those in its blackouts.',
    params,
    query: z.object({
      count: z
        .string()
        .regex(/^\d{1,3}$/)
        .transform(Number)
        .pipe(z.int().min(1).max(100))
        .default(10)
        .meta({ default: 10 }),
      after: instant.optional().meta({ description: 'Absent: now.' }),
    }),
    status: 200,
    response: z.object({ items: z.array(z.object({ at: instant, wallTime: z.string() })) }),
  }),
} as const;
