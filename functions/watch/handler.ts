import * as z from 'zod';
import { type Instant, toInstant } from '../../shared/domain/instant.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Vault } from '../../shared/ports/vault.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { watchAlerts } from '../../shared/usecases/alerts/watch-alerts.ts';
import { watchJournals } from '../../shared/usecases/journal/watch-journals.ts';
import { startDeletions } from '../../shared/usecases/reclaim/start-deletions.ts';
import { watchRequests } from '../../shared/usecases/requests/watch-requests.ts';
import { watchRestores } from '../../shared/usecases/restores/watch-restores.ts';
import { watchStaged } from '../../shared/usecases/restores/watch-staged.ts';
import { startRetention } from '../../shared/usecases/retention/start-retention.ts';
import { runSchedules, type ScheduleTick } from '../../shared/usecases/schedules/run-schedules.ts';
import { watchUploads } from '../../shared/usecases/uploads/watch-uploads.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** EventBridge says when it sent its event, to the second; whoever invokes the function by hand says nothing. */
const tickEvent = z
  .looseObject({
    time: z.iso
      .datetime()
      .transform((text) => toInstant(new Date(text)))
      .optional(),
  })
  .optional()
  .nullable()
  .catch(undefined);

/** Every few minutes: runs what schedules are due, moves on what a crash left behind, and measures how much that was. */
export function createWatch({
  telemetry,
  ...dependencies
}: {
  catalog: Pick<
    Catalog,
    | 'agents'
    | 'alerts'
    | 'uploads'
    | 'recoveryPoints'
    | 'requests'
    | 'restores'
    | 'schedules'
    | 'mounts'
    | 'stores'
    | 'outbox'
  >;
  vault: Pick<Vault, 'putOnce'>;
  workflows: Workflows;
  events: Events;
  clock: Clock;
  ids: Pick<Ids, 'alert'>;
  telemetry: Telemetry;
}) {
  const { logger, measure } = telemetry;
  /** First, for backups have their times. What is in its way keeps nothing else from being watched. */
  const tick = async (sentAt: Instant | undefined): Promise<ScheduleTick> => {
    const onError = (scheduleId: string, error: unknown) =>
      logger.error('schedule not run', { scheduleId, error: error as Error });
    try {
      return await runSchedules({ ...dependencies, onError }, sentAt);
    } catch (error) {
      logger.error('schedules not run', error as Error);
      return { requested: 0, missed: 0, waiting: 0, failed: 1 };
    }
  };
  return createTask(telemetry, { input: tickEvent }, async (event) => {
    const forked: string[] = [];
    const onError = (mountId: string, error: unknown) => {
      if (error instanceof ServiceError && error.code === 'JOURNAL_FORKED') forked.push(mountId);
      logger.error('journal not stored', { mountId, error: error as Error });
    };
    const schedules = await tick(event?.time);
    const uploads = await watchUploads(dependencies);
    const restores = await watchRestores(dependencies);
    const staged = await watchStaged(dependencies);
    const requests = await watchRequests(dependencies);
    const journals = await watchJournals({ ...dependencies, onError });
    await startRetention(dependencies);
    await startDeletions(dependencies);
    const alerts = await watchAlerts({
      ...dependencies,
      onError: (storeId, error) => logger.error('store not watched', { storeId, error: error as Error }),
    });
    const found = { schedules, alerts, uploads, restores, staged, requests, journals };
    logger.info('watched', found);
    measure({
      WatchRuns: 1,
      WatchRestarts: uploads.restarted + restores.started + requests.started,
      OverdueUploads: uploads.abandoned + uploads.reopened,
      OverdueRestores: restores.ended,
      OverdueRequests: requests.ended,
      AbandonedStagedFiles: staged.abandoned,
      JournalEntriesStored: journals.stored,
      JournalsBehind: journals.failed,
      JournalsForked: forked.length,
      ScheduledRequests: schedules.requested,
      MissedSchedules: schedules.missed,
      SchedulesNotRun: schedules.failed,
      AlertsRaised: alerts.raised,
      StoresNotWatched: alerts.failed,
    });
    return found;
  });
}
