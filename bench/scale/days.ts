import { join } from 'node:path';
import type { Baselines } from '../../gateway/mover/baseline/baselines.ts';
import { committed, openBaselines, type Parent, rehearseRestore } from './snapshot.ts';
import { type Figures, Steps } from './steps.ts';

/** Two uploads one after the other, each a function of its own: what it holds goes before the next day. */
interface Days {
  readonly first: (baselines: Baselines) => Promise<Parent>;
  readonly second: (baselines: Baselines, first: Parent) => Promise<Parent>;
}

/** Two days and the plan of a full restore of the second, measured. */
export async function rehearseDays(folder: string, days: Days): Promise<Figures> {
  const baselines = await openBaselines(join(folder, 'baselines'));
  const steps = new Steps();
  const first = await steps.take('first day', () => committed(baselines, days.first(baselines)));
  const second = await steps.take('second day', () => committed(baselines, days.second(baselines, first)));
  const restore = () => rehearseRestore(baselines, second, join(folder, 'restore'));
  const packs = await steps.take('plan of the restore', restore);
  return { steps: steps.taken, packs };
}
