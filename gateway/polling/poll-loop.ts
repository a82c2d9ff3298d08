import { z } from 'zod';
import { protocolVersion, storeCommand } from '../../shared/contracts/stores.ts';
import type { StoreId } from '../../shared/domain/ids.ts';
import { hasCode, ServiceError } from '../../shared/errors.ts';
import { gatewayVersion } from '../gateway-version.ts';
import type { Journal } from '../journal/journal.ts';
import type { Mounts } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Restores, StageRestoreCommand } from '../restores/restores.ts';
import { backoffMillis, type Pacing, sleep } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { ClockComparison } from './clock-comparison.ts';
import { type PollAnswer, pollAnswer } from './poll-answer.ts';

export interface PollDependencies {
  readonly storeId: StoreId;
  readonly capabilities: readonly string[];
  readonly service: ServiceClient;
  readonly mounts: Mounts;
  readonly restores: Restores;
  readonly journal: Pick<Journal, 'link'>;
  readonly clock: Clock;
  /** Called with each poll that this process has made and the service has accepted. */
  readonly onAccepted: () => Promise<void>;
  /** Called when a poll fails; answers whether the service refuses this gateway for good. */
  readonly onRefused: (error: unknown, signal: AbortSignal) => Promise<boolean>;
  readonly pacing: Pacing;
  readonly maxPauseMillis: number;
  readonly log: Log;
}

/** Read first: an answer of another version may have any other form. */
const versioned = z.object({ protocolVersion: z.int() });

/** Polls the service until the signal is aborted: the store's heartbeat, and the only way in which orders reach it. */
export async function pollUntil(signal: AbortSignal, deps: PollDependencies): Promise<void> {
  const clocks = new ClockComparison(deps.log);
  for (let failures = 0; !signal.aborted; ) {
    let pauseMillis: number;
    try {
      pauseMillis = await pollOnce(deps, clocks, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      deps.log.warn({ err: error }, 'poll failed, trying again');
      // Whoever is refused for good asks on, now and then: it may be that a fork ends with a replacement.
      const isRefused = await deps.onRefused(error, signal);
      pauseMillis = isRefused ? deps.pacing.maxMillis : backoffMillis(deps.pacing, failures++);
    }
    await sleep(pauseMillis, signal).catch(() => {});
  }
}

/** Answers the milliseconds until the next poll. */
async function pollOnce(
  deps: PollDependencies,
  clocks: ClockComparison,
  signal: AbortSignal,
): Promise<number> {
  const { storeId, capabilities, service, mounts, restores, journal, clock, log } = deps;
  const body = {
    protocolVersion,
    gatewayVersion,
    capabilities: [...capabilities],
    mounts: await mounts.report(),
    link: journal.link.next(),
  };
  const sentAt = clock();
  const sent = await service
    .send('pollStore', { params: { storeId }, body }, signal)
    .catch((error: unknown) => {
      // A later one was answered, which this journal does not know: the service shall see that.
      if (hasCode(error, 'POLL_OUTDATED')) journal.link.markAnswered();
      throw error;
    });
  journal.link.markAnswered();
  // It was the last poll of an earlier process. Another gateway may have done the same: only a poll of our own tells.
  if (!journal.link.hasClaimed) return 0;
  const answer = readAnswer(sent);
  clocks.note(answer.serviceTime, sentAt, clock());
  const hasNewMounts = await mounts.follow(answer);
  await restores.follow(answer.commands.flatMap((command) => readCommand(command, log)));
  await deps.onAccepted();
  // The service waits for the folders of new mounts: it is told at once.
  return hasNewMounts ? 0 : Math.min(answer.pollAfterSeconds * 1000, deps.maxPauseMillis);
}

function readAnswer(sent: unknown): PollAnswer {
  const version = versioned.safeParse(sent).data?.protocolVersion;
  if (version !== undefined && version !== protocolVersion) {
    throw new ServiceError(
      'PROTOCOL_UNSUPPORTED',
      `the service speaks version ${version} of the gateway protocol, this gateway version ${protocolVersion}`,
    );
  }
  const result = pollAnswer.safeParse(sent);
  if (result.success) return result.data;
  const { issues } = result.error;
  throw new ServiceError('INTERNAL', 'the service answers the poll in another form than agreed', {
    details: { issues },
  });
}

function readCommand(command: unknown, log: Log): StageRestoreCommand[] {
  const result = storeCommand.safeParse(command);
  if (result.success) return [result.data];
  const named = z.object({ kind: z.string(), commandId: z.string() }).safeParse(command).data;
  log.error({ ...named, issues: result.error.issues }, 'command refused: this gateway does not know it');
  return [];
}
