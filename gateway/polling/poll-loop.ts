import { z } from 'zod';
import { protocolVersion, storeCommand } from '../../shared/contracts/stores.ts';
import type { StoreId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import { gatewayVersion } from '../gateway-version.ts';
import type { Mounts } from '../mounts/mounts.ts';
import type { Log } from '../ports/log.ts';
import type { Restores, StageRestoreCommand } from '../restores/restores.ts';
import { backoffMillis, type Pacing, sleep } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { type PollAnswer, pollAnswer } from './poll-answer.ts';

export interface PollDependencies {
  readonly storeId: StoreId;
  readonly capabilities: readonly string[];
  readonly service: ServiceClient;
  readonly mounts: Mounts;
  readonly restores: Restores;
  readonly pacing: Pacing;
  readonly maxPauseMillis: number;
  readonly log: Log;
}

/** Read first: an answer of another version may have any other form. */
const versioned = z.object({ protocolVersion: z.int() });

/** Polls the service until the signal is aborted: the store's heartbeat, and the only way in which orders reach it. */
export async function pollUntil(signal: AbortSignal, deps: PollDependencies): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    let pauseMillis: number;
    try {
      pauseMillis = await pollOnce(deps, signal);
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      deps.log.warn({ err: error }, 'poll failed, trying again');
      pauseMillis = backoffMillis(deps.pacing, failures++);
    }
    await sleep(pauseMillis, signal).catch(() => {});
  }
}

/** Answers the milliseconds until the next poll. */
async function pollOnce(deps: PollDependencies, signal: AbortSignal): Promise<number> {
  const { storeId, capabilities, service, mounts, restores, log } = deps;
  const body = {
    protocolVersion,
    gatewayVersion,
    capabilities: [...capabilities],
    mounts: await mounts.report(),
  };
  const answer = readAnswer(await service.send('pollStore', { params: { storeId }, body }, signal));
  const hasNewMounts = await mounts.follow(answer);
  await restores.follow(answer.commands.flatMap((command) => readCommand(command, log)));
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
