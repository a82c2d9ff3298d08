import { planRetentionTask } from '../../shared/contracts/workflow-state.ts';
import { planDueMount } from '../../shared/usecases/retention/plan-due.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import type { ChangeDependencies } from '../../shared/usecases/retention/undelete-point.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** retention: the plan of a mount that is due. */
export function createPlanRetention({
  telemetry,
  ...ports
}: Omit<ChangeDependencies, 'contents'> & { telemetry: Telemetry }) {
  const { logger, measure } = telemetry;
  return createTask(telemetry, planRetentionTask, async ({ mountId }) => {
    const plan = await planDueMount({ ...ports, contents: createPointContents(ports.vault) }, mountId);
    if (plan.outcome === 'stopped') {
      logger.warn('plan stopped: it would expire too much of the mount at once', { mountId, ...plan });
      measure({ StoppedPlans: 1 });
    }
    return plan;
  });
}
