import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { MountId } from '../../shared/domain/ids.ts';
import type { RestoreOwners, RestorePath } from '../../shared/domain/restore.ts';
import type { ServiceClient } from '../service/client.ts';
import { forTerminal } from '../service/print-rows.ts';
import { type Asker, askOn } from './asker.ts';
import { describePlan } from './describe-plan.ts';
import type { Plan, Wish } from './wish.ts';

/** What is chosen is not enough, or may not be, and nobody said to go on all the same. */
const NOT_CERTAIN = 4;
/** Somebody said no. */
const NOT_CONFIRMED = 5;

/** A plan for each target; the first is shown, all have to be without refusals. */
export async function planFor(
  service: ServiceClient,
  wish: Wish,
  targetMountIds: readonly MountId[],
): Promise<readonly [Plan, ...Plan[]]> {
  const [first, ...others] = targetMountIds;
  const planTo = (targetMountId: MountId | undefined, chosen: Wish) =>
    service.call('planRestore', {
      body: targetMountId === undefined ? chosen : { ...chosen, targetMountId },
    });
  const plan = await planTo(first, wish);
  // The same point and files for all, however long they take to plan.
  const { recoveryPointId, paths } = plan;
  const same = { recoveryPointId, ...(paths && { paths }), ...(wish.thaw && { thaw: wish.thaw }) };
  return [plan, ...(await Promise.all(others.map((each) => planTo(each, same))))];
}

/** Says why a plan is not to be ordered, and sets the exit code; undefined when it may be. */
export function objectionTo(plans: readonly Plan[], acceptsDoubt: boolean): string | undefined {
  const refusals = plans.flatMap((plan) => plan.refusals);
  if (refusals.length > 0) {
    process.exitCode = 1;
    return refusals.map(({ code, text }) => `${code}: ${text}`).join('; ');
  }
  const [{ outcome = 'complete', text = '', missingCount = 0 } = {}] = plans;
  if (outcome === 'complete' || acceptsDoubt) return undefined;
  process.exitCode = NOT_CERTAIN;
  const missing = missingCount > 0 ? ` ${missingCount} things are missing.` : '';
  return `the plan is ${outcome}: ${text}${missing} Order it all the same with --accept-doubt`;
}

export const printPlan = (plan: Plan, wish: Wish, write: (line: string) => void): void => {
  for (const line of describePlan(plan, wish)) write(forTerminal(line));
};

/** Whether the answer is yes; sets the exit code when it is not. */
export async function confirm(asker: Asker, { outcome }: Plan): Promise<boolean> {
  const doubt = outcome === 'complete' ? '' : ` although it is ${outcome}`;
  const answer = await asker.ask(`Order this restore${doubt}? Type yes: `);
  if (answer === 'yes') return true;
  process.exitCode = NOT_CONFIRMED;
  asker.say('Nothing was ordered.');
  return false;
}

/** The same on this terminal. */
export async function confirmHere(plan: Plan): Promise<boolean> {
  const asker = askOn(process.stdin, process.stdout);
  try {
    return await confirm(asker, plan);
  } finally {
    asker.close();
  }
}

/** What a plan chose, as it is ordered. */
export const orderOf = ({ recoveryPointId, paths }: Plan): Order => ({
  recoveryPointId,
  ...(paths && { paths }),
});

interface Order {
  readonly recoveryPointId: string;
  readonly paths?: readonly RestorePath[];
  readonly owners?: RestoreOwners | undefined;
  readonly lease?: string | undefined;
  readonly thaw?: Wish['thaw'] | undefined;
}

/** One restore for each target; without one to where the point came from. */
export async function orderAt(
  service: ServiceClient,
  { recoveryPointId, paths, owners, lease, thaw }: Order,
  targetMountIds: readonly MountId[],
): Promise<readonly CallAnswer<'createRestore'>[]> {
  const body = {
    ...(paths && { paths: [...paths] }),
    ...(owners && { owners }),
    ...(lease !== undefined && { lease }),
    ...(thaw && { thaw }),
  };
  const [targetMountId, ...others] = targetMountIds;
  if (others.length > 0 && targetMountId !== undefined) {
    const all = { ...body, recoveryPointId, targetMountIds: [targetMountId, ...others] };
    return (await service.call('createRestores', { body: all })).items;
  }
  const one = targetMountId === undefined ? body : { ...body, targetMountId };
  return [await service.call('createRestore', { params: { recoveryPointId }, body: one })];
}
