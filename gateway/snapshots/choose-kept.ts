import type { KeptSnapshot } from '../journal/kept-snapshot-records.ts';
import type { KeepSettings } from './keep-settings.ts';

const dayMillis = 86_400_000;

/** Those of a mount's kept snapshots, the newest first, that are not to be kept any longer. */
export const chooseReleased = (
  kept: readonly KeptSnapshot[],
  { count, days }: Pick<KeepSettings, 'count' | 'days'>,
  { nowMillis, isSpaceShort }: { readonly nowMillis: number; readonly isSpaceShort: boolean },
): KeptSnapshot[] =>
  kept.filter(
    ({ keptSince }, index) =>
      isSpaceShort || index >= count || nowMillis - Date.parse(keptSince) > days * dayMillis,
  );
