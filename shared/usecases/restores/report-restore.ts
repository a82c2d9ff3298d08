import type { Caller } from '../../domain/access.ts';
import type { RestoreId } from '../../domain/ids.ts';
import type { Restore, RestoreDamage, RestoreProgress } from '../../domain/restore.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { findRestore } from '../access/find-owned.ts';
import { thawOf } from '../archive/thaw-for-restore.ts';

interface Dependencies {
  readonly catalog: Pick<Catalog, 'restores'>;
  readonly workflows: Pick<Workflows, 'heartbeat' | 'succeedTask' | 'failTask'>;
  readonly clock: Clock;
}

interface Report {
  readonly restoreId: RestoreId;
  readonly fence: number;
}

/** A running restore's heartbeat from its gateway. RESTORE_STATE_CONFLICT tells the gateway to stop. */
export async function reportRestoreProgress(
  dependencies: Dependencies,
  caller: Caller,
  report: Report & { progress: RestoreProgress },
): Promise<Restore> {
  const { catalog, workflows, clock } = dependencies;
  const { taskToken, progress: known } = await requireCurrent(dependencies, caller, report);
  // Until the gateway has read the manifest it does not know what there is to do; the service does.
  const progress = {
    ...report.progress,
    filesTotal: report.progress.filesTotal || known.filesTotal,
    bytesTotal: report.progress.bytesTotal || known.bytesTotal,
  };
  const { restoreId, fence } = report;
  const outcome = await catalog.restores.noteProgress(restoreId, fence, progress, clock.now());
  if (outcome === 'refused' || (await workflows.heartbeat(taskToken)) === 'gone') throw notCurrent(report);
  return findRestore(catalog, caller, report.restoreId);
}

/**
 * The end of a restore as its gateway saw it; the workflow records it. Repeats are answered alike until the workflow
 * has moved on.
 */
export async function reportRestoreResult(
  dependencies: Dependencies,
  caller: Caller,
  report: Report &
    (
      | { outcome: 'completed'; progress: RestoreProgress }
      | { outcome: 'completed-with-damage'; progress: RestoreProgress; damage: RestoreDamage }
      | { outcome: 'failed'; code: string; reason: string }
      /** A copy of a pack that was thawed has lapsed, or one was never looked for: the workflow thaws, and hands over again. */
      | { outcome: 'frozen'; object: string }
    ),
): Promise<Restore> {
  const { catalog, workflows } = dependencies;
  const restore = await findRestore(catalog, caller, report.restoreId);
  const isRepeat = restore.fence === report.fence && restore.state === report.outcome;
  if (isRepeat) return restore;
  const { taskToken } = currentOf(restore, report);
  if (report.outcome === 'completed-with-damage') {
    // First into the catalog: an execution carries ids and counts.
    const { restoreId, fence, damage } = report;
    if ((await catalog.restores.noteDamage(restoreId, fence, damage)) === 'refused') throw notCurrent(report);
  }
  if (report.outcome === 'frozen') {
    const { restoreId, fence } = report;
    // At once: the store's next poll must not begin it anew.
    const noted = await catalog.restores.noteThaw(restoreId, fence, thawOf(restore));
    if (noted === 'refused') throw notCurrent(report);
  }
  const sent =
    report.outcome === 'failed'
      ? await workflows.failTask(taskToken, {
          code: 'RESTORE_FAILED',
          cause: `${report.code}: ${report.reason}`,
        })
      : await workflows.succeedTask(taskToken, {
          state: report.outcome,
          progress: report.outcome === 'frozen' ? restore.progress : report.progress,
        });
  // Gone is no error when an earlier copy of this report was taken: the command ends with the workflow's next step.
  if (sent === 'gone') throw notCurrent(report);
  return findRestore(catalog, caller, report.restoreId);
}

/** The restore, if it has not ended and the report is of its newest hand-over. */
export async function requireCurrent(
  { catalog }: { catalog: Pick<Catalog, 'restores'> },
  caller: Caller,
  report: Report,
): Promise<Restore & { taskToken: string }> {
  return currentOf(await findRestore(catalog, caller, report.restoreId), report);
}

function currentOf(restore: Restore, report: Report): Restore & { taskToken: string } {
  const { taskToken, state, fence } = restore;
  const isRunning = state === 'handed-over' || state === 'staging';
  if (taskToken === undefined || !isRunning || fence !== report.fence) throw notCurrent(report);
  return { ...restore, taskToken };
}

const notCurrent = ({ restoreId, fence }: Report) =>
  new ServiceError(
    'RESTORE_STATE_CONFLICT',
    `restore ${restoreId} has ended, or hand-over ${fence} is out of date`,
  );
