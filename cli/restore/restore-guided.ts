import type { ServiceClient } from '../service/client.ts';
import type { Asker } from './asker.ts';
import { interview } from './interview.ts';
import { confirm, objectionTo, orderAt, orderOf, planFor, printPlan } from './order.ts';

/** Asks, shows the plan, orders it when that is confirmed. */
export async function restoreGuided(service: ServiceClient, asker: Asker): Promise<void> {
  const { wish, targetMountId } = await interview(service, asker);
  const targets = targetMountId === undefined ? [] : [targetMountId];
  const plans = await planFor(service, wish, targets);
  const [plan] = plans;
  asker.say('');
  printPlan(plan, wish, asker.say);
  asker.say('');
  const objection = objectionTo(plans, true);
  if (objection !== undefined) {
    asker.say(`Nothing was ordered: ${objection}`);
    return;
  }
  if (!(await confirm(asker, plan))) return;
  for (const { restoreId } of await orderAt(service, orderOf(plan), targets)) {
    asker.say(`${restoreId} is ordered; follow it with: holdfast restore watch ${restoreId}`);
  }
}
