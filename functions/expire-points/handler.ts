import { expirePointsTask } from '../../shared/contracts/workflow-state.ts';
import { executePlan } from '../../shared/usecases/retention/execute-plan.ts';
import { createPointContents } from '../../shared/usecases/retention/point-contents.ts';
import type { ChangeDependencies } from '../../shared/usecases/retention/undelete-point.ts';
import { createTask } from '../runtime/task.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** A step takes some 50 ms, on a mount of 10,000 points with a rich calendar a second: a third of the function's time. */
const stepsPerTask = 300;

/** retention: carries out a stored plan, or the next part of it. */
export function createExpirePoints({
  telemetry,
  ...ports
}: Omit<ChangeDependencies, 'contents'> & { telemetry: Telemetry }) {
  const { logger, measure } = telemetry;
  return createTask(telemetry, expirePointsTask, async (part) => {
    const dependencies = { ...ports, contents: createPointContents(ports.vault) };
    const report = await executePlan(dependencies, { ...part, most: stepsPerTask });
    for (const { recoveryPointId, why } of report.left) logger.info('point left', { recoveryPointId, why });
    measure({ ExpiredPoints: report.expired });
    return { ...report, left: report.left.length };
  });
}
