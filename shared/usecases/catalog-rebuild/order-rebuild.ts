import type * as z from 'zod';
import { rebuildResult } from '../../contracts/catalog-rebuilds.ts';
import type { Caller } from '../../domain/access.ts';
import { ServiceError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';

type Rebuild = { readonly rebuildId: string } & (
  | { readonly state: 'running' }
  | ({ readonly state: 'completed' } & z.output<typeof rebuildResult>)
  | { readonly state: 'failed'; readonly code: string; readonly reason: string }
);

/** Starts a rebuild. It is named after the moment: two orders in one millisecond are one. */
export async function orderRebuild(
  { workflows, clock }: { workflows: Pick<Workflows, 'startRebuild'>; clock: Clock },
  caller: Caller,
  mode: 'empty' | 'replay',
): Promise<Rebuild> {
  const rebuildId = `rebuild-${clock.now().replaceAll(/\D/g, '')}`;
  await workflows.startRebuild({ rebuildId, mode, by: caller.credentialId });
  return { rebuildId, state: 'running' };
}

/** How far it is. Throws REBUILD_NOT_FOUND. */
export async function findRebuild(
  { workflows }: { workflows: Pick<Workflows, 'findRebuild'> },
  rebuildId: string,
): Promise<Rebuild> {
  const execution = await workflows.findRebuild(rebuildId);
  if (execution === undefined)
    throw new ServiceError('REBUILD_NOT_FOUND', `there is no rebuild ${rebuildId}`);
  if (execution.state !== 'completed') return { rebuildId, ...execution };
  return { rebuildId, state: 'completed', ...rebuildResult.parse(execution.output) };
}
