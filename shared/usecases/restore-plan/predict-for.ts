import type { StoreId } from '../../domain/ids.ts';
import { toMillis } from '../../domain/instant.ts';
import { type Restore, targetOf } from '../../domain/restore.ts';
import {
  type MeasuredRestore,
  type PredictedTime,
  predictTime,
} from '../../domain/restore-choice/predict-time.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** Restores of all stores that are looked through, newest first. */
const maxLookedAt = 500;

/** How long a store will take for so many bytes, by its own earlier restores. */
export async function predictFor(
  catalog: Pick<Catalog, 'restores'>,
  storeId: StoreId,
  bytes: number,
): Promise<PredictedTime> {
  const { items } = await catalog.restores.list({}, { limit: maxLookedAt });
  const measured = items.filter((restore) => targetOf(restore).storeId === storeId).flatMap(measuredOf);
  return predictTime(measured, bytes);
}

/** Of those that brought everything, from the vault. */
function measuredOf({ requestedAt, endedAt, state, progress }: Restore): MeasuredRestore[] {
  const { fromSnapshot, bytesDone, bytesTotal } = progress;
  const isWhole = state === 'completed' && bytesDone === bytesTotal && fromSnapshot === undefined;
  if (!isWhole || endedAt === undefined) return [];
  const seconds = (toMillis(endedAt) - toMillis(requestedAt)) / 1000;
  return [{ bytes: bytesTotal, seconds }];
}
