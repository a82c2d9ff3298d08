import { toInstant, toMillis } from '../../domain/instant.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';

const hourMillis = 3_600_000;
const dayMillis = 24 * hourMillis;
/** The reclaims of an hour begin when its run of retention has looked at whatever changed: they go by what it saw. */
const afterRetentionMillis = hourMillis / 2;

/** Starts the runs of this hour and this day. A run is started once, for its time is its name: that is its lease. */
export async function startDeletions({
  workflows,
  clock,
}: {
  readonly workflows: Pick<Workflows, 'startReclaim' | 'startAudit'>;
  readonly clock: Clock;
}): Promise<void> {
  const now = toMillis(clock.now());
  const begun = (millis: number, at = now) => toInstant(Math.floor(at / millis) * millis);
  await workflows.startReclaim({ scheduledAt: begun(hourMillis, now - afterRetentionMillis) });
  await workflows.startAudit({ scheduledAt: begun(dayMillis) });
}
