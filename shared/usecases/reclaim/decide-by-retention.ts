import { explainDecision } from '../../domain/retention/explain.ts';
import { decideGathered, type GatherDependencies, gatherMount } from '../retention/gather.ts';
import type { DecideAgain } from './begin-reclaim.ts';

/** The second decision: everything that retention looks at, gathered anew (PROTOCOL 10). */
export const decideByRetention =
  (dependencies: GatherDependencies): DecideAgain =>
  async ({ mountId }, { recoveryPointId }) => {
    const gathered = await gatherMount(dependencies, mountId);
    const decision = decideGathered(gathered).get(recoveryPointId);
    if (decision === undefined) return { keep: true, because: 'retention does not know it' };
    if (!decision.keep) return { keep: false, unchanged: gathered.unchanged };
    const because = explainDecision(decision, gathered.circumstances.hadLogs).join('; ');
    return { keep: true, because };
  };
