import * as z from 'zod';
import { storeCommand } from '../../shared/contracts/poll.ts';
import type { StoreId } from '../../shared/domain/ids.ts';
import { negotiateVersion, protocolVersions } from '../../shared/domain/protocol-version.ts';
import { hasCode, ServiceError } from '../../shared/errors.ts';
import type { SnapshotOrders } from '../backups/snapshot-orders.ts';
import { gatewayVersion } from '../gateway-version.ts';
import type { Journal } from '../journal/journal.ts';
import type { Mounts } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Requests } from '../requests/requests.ts';
import type { Removals } from '../restores/removals.ts';
import type { Restores } from '../restores/restores.ts';
import { backoffMillis, type Pacing } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import { ClockComparison } from './clock-comparison.ts';
import type { Doorbell } from './doorbell.ts';
import { type PollAnswer, pollAnswer } from './poll-answer.ts';

export interface PollDependencies {
  readonly storeId: StoreId;
  readonly capabilities: readonly string[];
  readonly service: ServiceClient;
  readonly mounts: Mounts;
  readonly requests: Requests;
  readonly restores: Restores;
  readonly removals: Removals;
  readonly snapshotOrders: SnapshotOrders;
  readonly kept: Pick<KeptSnapshots, 'tidy'>;
  readonly journal: Pick<Journal, 'link'>;
  readonly clock: Clock;
  /** Called with each poll that this process has made and the service has accepted. */
  readonly onAccepted: () => Promise<void>;
  /** Called when a poll fails; answers whether the service refuses this gateway for good. */
  readonly onRefused: (error: unknown, signal: AbortSignal) => Promise<boolean>;
  readonly pacing: Pacing;
  readonly maxPauseMillis: number;
  /** Rung by whoever knows that the service has orders now. */
  readonly doorbell: Doorbell;
  readonly log: Log;
}

/** Read first: an answer of another version may have any other form. */
const versioned = z.object({ protocolVersion: z.int() });

/** Polls the service until the signal is aborted or the store is decommissioned: the store's heartbeat, and the only way in which orders reach it. */
export async function pollUntil(signal: AbortSignal, deps: PollDependencies): Promise<void> {
  const clocks = new ClockComparison(deps.log);
  for (let failures = 0; !signal.aborted; ) {
    let pauseMillis: number;
    try {
      const next = await pollOnce(deps, clocks, signal);
      if (next === 'over') return tellEnd(deps);
      pauseMillis = next;
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      if (isOver(deps, error)) return tellEnd(deps);
      deps.log.warn({ err: error }, 'poll failed, trying again');
      // Whoever is refused for good asks on, now and then: it may be that a fork ends with a replacement.
      const isRefused = await deps.onRefused(error, signal);
      pauseMillis = isRefused ? deps.pacing.maxMillis : backoffMillis(deps.pacing, failures++);
    }
    await deps.doorbell.pause(pauseMillis, signal);
  }
}

const tellEnd = ({ log }: PollDependencies): void =>
  log.info('the store is decommissioned: nothing is left to do, and the service is not asked any more');

/** A decommissioned store's token ends once its gateway has said that it knows, which may have been before a crash. */
const isOver = ({ mounts }: PollDependencies, error: unknown): boolean =>
  mounts.storeState === 'decommissioned' &&
  (hasCode(error, 'UNAUTHENTICATED') || hasCode(error, 'FORBIDDEN'));

/** Answers the milliseconds until the next poll; `over` when the service has nothing to do with this store any more. */
async function pollOnce(
  deps: PollDependencies,
  clocks: ClockComparison,
  signal: AbortSignal,
): Promise<number | 'over'> {
  const { storeId, capabilities, service, mounts, restores, removals, journal, clock, log } = deps;
  // First: what is counted below is then no older than the state that it is counted in.
  const reported = await mounts.report();
  const sentAt = clock();
  const body = {
    sentAt: sentAt.toISOString(),
    protocolVersion: protocolVersions.newest,
    oldestProtocolVersion: protocolVersions.oldest,
    gatewayVersion,
    capabilities: [...capabilities],
    storeState: mounts.storeState,
    unfinishedWork: mounts.countUnfinished(),
    databases: deps.requests.databases(),
    mounts: reported,
    link: journal.link.next(),
  };
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
  const isToTell = await mounts.follow(answer);
  await deps.kept.tidy(mounts.all());
  const commands = answer.commands.flatMap((command) => readCommand(command, log));
  await deps.requests.follow(commands.filter((command) => command.kind === 'make-backup'));
  await restores.follow(commands.filter((command) => command.kind === 'stage-restore'));
  await removals.follow(commands.filter((command) => command.kind === 'remove-staged'));
  deps.snapshotOrders.follow(commands.filter((command) => command.kind === 'take-snapshot'));
  await deps.onAccepted();
  if (body.storeState === 'decommissioned') return 'over';
  // The service waits for the folders of new mounts, the end of others, and its own state to be known.
  return isToTell ? 0 : Math.min(answer.pollAfterSeconds * 1000, deps.maxPauseMillis);
}

function readAnswer(sent: unknown): PollAnswer {
  const version = versioned.safeParse(sent).data?.protocolVersion;
  if (version !== undefined) {
    negotiateVersion({ gateway: protocolVersions, service: { oldest: version, newest: version } });
  }
  const result = pollAnswer.safeParse(sent);
  if (result.success) return result.data;
  const { issues } = result.error;
  throw new ServiceError('INTERNAL', 'the service answers the poll in another form than agreed', {
    details: { issues },
  });
}

function readCommand(command: unknown, log: Log): z.output<typeof storeCommand>[] {
  const result = storeCommand.safeParse(command);
  if (result.success) return [result.data];
  const named = z.object({ kind: z.string(), commandId: z.string() }).safeParse(command).data;
  log.error({ ...named, issues: result.error.issues }, 'command refused: this gateway does not know it');
  return [];
}
