import type { LookedAt } from '../../shared/usecases/archive/thaw-for-restore.ts';

/** What the workflow decides by. Large restores take several calls to look through, and are looked through less often. */
export function presentLook(looked: LookedAt, pollSeconds: number) {
  switch (looked.outcome) {
    case 'frozen':
    case 'ongoing':
      return { outcome: looked.outcome, waitSeconds: pollSeconds * looked.calls };
    case 'refused':
      return { ...looked, state: 'failed' as const };
    case 'ended': {
      const { state } = looked;
      const isCancelled = state === 'cancelled';
      return {
        outcome: looked.outcome,
        state: isCancelled ? ('cancelled' as const) : ('failed' as const),
        reason: `it has ended: ${state}`,
      };
    }
    default:
      return looked;
  }
}
