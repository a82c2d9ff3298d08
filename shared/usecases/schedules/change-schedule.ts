import type { Caller } from '../../domain/access.ts';
import type { MountId, ScheduleId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { armSchedule } from '../../domain/schedule/arm-schedule.ts';
import { checkSchedule, defaultCatchUp } from '../../domain/schedule/check-schedule.ts';
import { definitionOf, type Schedule, type ScheduleDefinition } from '../../domain/schedule/schedule.ts';
import { ServiceError } from '../../errors.ts';
import type { ScheduleEntry } from '../../ports/catalog/schedules.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Vault } from '../../ports/vault.ts';
import { findMount } from '../access/find-owned.ts';
import { claimFor, type IdempotencyKey, keyReused } from '../idempotency.ts';
import { requireJournalStored } from '../journal/require-journal-stored.ts';
import { requireAgent } from '../requests/request-backup.ts';
import { findSchedule } from './find-schedule.ts';
import { requireMadeBackups, requireRoom } from './require-made-backups.ts';

export interface ScheduleDependencies {
  readonly catalog: Pick<Catalog, 'agents' | 'mounts' | 'outbox' | 'requests' | 'schedules' | 'stores'>;
  readonly vault: Pick<Vault, 'putOnce'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'schedule'>;
}

/** What may be changed of a schedule; undefined stays. */
type ScheduleSettings = {
  readonly [Name in
    | 'cron'
    | 'timeZone'
    | 'window'
    | 'catchUp'
    | 'blackouts'
    | 'order'
    | 'expire'
    | 'enabled']?: ScheduleDefinition[Name] | undefined;
};

export interface ScheduleOrderInput extends ScheduleSettings {
  readonly mountId: MountId;
  readonly database: string;
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly content?: ScheduleDefinition['content'] | undefined;
  readonly idempotency?: IdempotencyKey | undefined;
}

/** Each lost race is another change of the mount or of the schedule. */
const maxAttempts = 8;

const defaultWindow = { database: '6h', 'archived-logs': '1h' } as const;

/**
 * Adds a schedule, disabled unless it is told otherwise. Throws MOUNT_NOT_FOUND, DATABASE_NOT_CONFIGURED and what else a request would be
 * refused with, SCHEDULE_INVALID, EXPIRE_INVALID, LEVEL_UNSUPPORTED, SCHEDULE_NAME_TAKEN, SCHEDULE_CONFLICT.
 */
export async function addSchedule(
  dependencies: ScheduleDependencies,
  caller: Caller,
  { idempotency, mountId, ...input }: ScheduleOrderInput,
): Promise<Schedule> {
  const { catalog, clock, ids } = dependencies;
  const scheduleId = ids.schedule();
  const now = clock.now();
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const mount = await findMount(catalog, caller, mountId);
    const { content = 'database', enabled = false, database, name, cron, timeZone, order, expire } = input;
    const { window = defaultWindow[content], catchUp = defaultCatchUp(window), blackouts = [] } = input;
    const rules = { content, cron, timeZone, window, catchUp, blackouts };
    const definition: ScheduleDefinition = {
      ...{ scheduleId, name, storeId: mount.storeId, mountId, database, enabled },
      ...rules,
      ...(order !== undefined && { order }),
      ...(expire !== undefined && { expire }),
      ...{ createdAt: now, createdBy: caller.credentialId },
    };
    const schedule = armSchedule({ ...checkSchedule(definition, now), version: 1 }, now);
    await requireAgentOf(catalog, caller, mount, schedule);
    await requireRoom(catalog, schedule);
    if (enabled) await requireMadeBackups(catalog, schedule);
    const of = entryFor(mount, {
      at: now,
      kind: 'schedule-set',
      data: { schedule: definitionOf(schedule), by: caller.credentialId },
    });
    const result = await catalog.schedules.create(schedule, of, claimFor(idempotency, scheduleId, clock));
    if (result.outcome === 'conflict') continue;
    if (result.outcome === 'key-reused') throw keyReused();
    if (result.outcome === 'name-taken') {
      throw new ServiceError('SCHEDULE_NAME_TAKEN', `database ${database} has a schedule ${name} already`);
    }
    const id = result.outcome === 'repeated' ? (result.resourceId as ScheduleId) : scheduleId;
    await storeJournal(dependencies, mountId);
    return findSchedule(catalog, caller, id);
  }
  throw changesTooOften(mountId);
}

/**
 * Changes settings of a schedule; the same again changes nothing. When its times change, those that were due before count no more. Throws
 * SCHEDULE_NOT_FOUND and what `addSchedule` throws.
 */
export async function changeSchedule(
  dependencies: ScheduleDependencies,
  caller: Caller,
  { scheduleId, ...settings }: ScheduleSettings & { readonly scheduleId: ScheduleId },
): Promise<Schedule> {
  const { catalog, clock } = dependencies;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const seen = await findSchedule(catalog, caller, scheduleId);
    const mount = await findMount(catalog, caller, seen.mountId);
    const now = clock.now();
    const next = checkSchedule({ ...seen, ...given(settings) }, now);
    if (JSON.stringify(definitionOf(next)) === JSON.stringify(definitionOf(seen))) return seen;
    if (next.enabled) await requireAgentOf(catalog, caller, mount, next);
    if (next.enabled !== seen.enabled) await requireMadeBackups(catalog, next);
    const haveTimesChanged = timesOf(next) !== timesOf(seen);
    const armed = haveTimesChanged ? armSchedule(next, now) : next;
    const data = { schedule: definitionOf(next), by: caller.credentialId };
    const of = entryFor(mount, { at: now, kind: 'schedule-set', data });
    if ((await catalog.schedules.change(seen, armed, of)) === 'conflict') continue;
    await storeJournal(dependencies, seen.mountId);
    return findSchedule(catalog, caller, scheduleId);
  }
  throw changesTooOften(scheduleId);
}

/** Removes a schedule; requests that it made go on. Throws SCHEDULE_NOT_FOUND, SCHEDULE_CONFLICT. */
export async function removeSchedule(
  dependencies: ScheduleDependencies,
  caller: Caller,
  scheduleId: ScheduleId,
): Promise<void> {
  const { catalog, clock } = dependencies;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const seen = await findSchedule(catalog, caller, scheduleId);
    const mount = await findMount(catalog, caller, seen.mountId);
    if (seen.enabled) await requireMadeBackups(catalog, { ...seen, enabled: false });
    const data = { scheduleId, by: caller.credentialId };
    const of = entryFor(mount, { at: clock.now(), kind: 'schedule-removed', data });
    if ((await catalog.schedules.remove(seen, of)) === 'conflict') continue;
    return storeJournal(dependencies, seen.mountId);
  }
  throw changesTooOften(scheduleId);
}

function given(settings: ScheduleSettings): Partial<ScheduleDefinition> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

const timesOf = ({ enabled, cron, timeZone, blackouts }: Schedule): string =>
  JSON.stringify([enabled, cron, timeZone, blackouts]);

async function requireAgentOf(
  catalog: ScheduleDependencies['catalog'],
  caller: Caller,
  mount: Mount,
  { database, order }: Schedule,
): Promise<void> {
  const { highestLevel } = await requireAgent(catalog, caller, mount, { database });
  if (order !== undefined && 'level' in order && order.level > highestLevel) {
    throw new ServiceError(
      'LEVEL_UNSUPPORTED',
      `the agent of database ${database} makes 0 to ${highestLevel}, not level ${order.level}`,
    );
  }
}

const entryFor = (
  mount: Mount,
  event: { readonly at: Instant; readonly kind: string; readonly data: object },
): ScheduleEntry => ({ mount, entry: nextJournalEntry(mount.mountId, mount.journal, event) });

/** Nothing is acknowledged before the journal has it (PROTOCOL 15). */
async function storeJournal(dependencies: ScheduleDependencies, mountId: MountId): Promise<void> {
  const mount = await dependencies.catalog.mounts.find(mountId);
  if (mount !== undefined) await requireJournalStored(dependencies, mountId, mount.journal.number);
}

const changesTooOften = (id: string) =>
  new ServiceError('COMMIT_CONFLICT', `${id} changes too often at once`);
