import { emptyState } from '../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../shared/adapters/memory/catalog.ts';
import { createMemoryVault } from '../shared/adapters/memory/vault.ts';
import type { MountId } from '../shared/domain/ids.ts';
import { addMillis, type Instant, toInstant } from '../shared/domain/instant.ts';
import { beginReclaim, type DecideAgain } from '../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../shared/usecases/reclaim/carry-out-reclaim.ts';
import { decideByRetention } from '../shared/usecases/reclaim/decide-by-retention.ts';
import { findDue } from '../shared/usecases/reclaim/find-due.ts';
import { executePlan } from '../shared/usecases/retention/execute-plan.ts';
import { findDueMounts } from '../shared/usecases/retention/find-due-mounts.ts';
import { planDueMount } from '../shared/usecases/retention/plan-due.ts';
import { createPointContents } from '../shared/usecases/retention/point-contents.ts';
import { type Count, counting, newCount } from './retention/counting.ts';
import { day, fillMount } from './retention/fill.ts';
import { reportRatio } from './support/ratio.ts';

// What deletion asks of the catalog and the vault, counted on the memory adapters and priced. To reclaim a point takes the
// same, however long its line is, its second decision included; what a run of retention takes is the line, once after each
// change of it. Nothing is timed.

/** So many points go in each run. */
const GOING = 8;
const LINES = [10, 100, 1000, 10_000];
const SMALLEST = 10;
const MOST = 1.2;
const KEPT_DAYS = 30;

const start = toInstant(Date.UTC(2000, 0, 1));

/** A service whose calls are counted, and whose time is in the bench's hands. */
function createService() {
  let now: Instant = start;
  let count = newCount();
  const clock = { now: () => now };
  const state = emptyState();
  const bare = { state, catalog: createMemoryCatalog(state), vault: createMemoryVault({ clock }) };
  const ports = {
    catalog: counting(bare.catalog, () => count),
    vault: counting(bare.vault, () => count, true),
    clock,
  };
  const withContents = () => ({ ...ports, contents: createPointContents(ports.vault) });
  return {
    ...{ bare, ports, withContents },
    at(time: Instant) {
      now = time;
    },
    /** What `work` asks for. */
    async measure<T>(work: () => Promise<T>): Promise<{ value: T; count: Count }> {
      const before = count;
      count = newCount();
      const measured = count;
      const value = await work();
      count = before;
      return { value, count: measured };
    },
  };
}

type Service = ReturnType<typeof createService>;

/** The hourly run: marks what is due on the mounts that are due, and sees what the second decisions will be. */
async function expire({ ports, withContents }: Service): Promise<MountId[]> {
  const { mountIds } = await findDueMounts(ports, { scheduledAt: ports.clock.now(), owner: 'bench' });
  for (const mountId of mountIds) {
    const plan = await planDueMount(withContents(), mountId);
    if (plan.outcome === 'stopped') throw new Error(`mount ${mountId}: ${plan.outcome}`);
    if (plan.outcome === 'nothing') continue;
    await executePlan(withContents(), { mountId, sha256: plan.sha256, most: 1000 });
  }
  return mountIds;
}

/** Reclaims all that is due; what the second decision takes is counted apart. */
async function reclaim({ ports, withContents, measure }: Service) {
  const decisions = newCount();
  const decideAgain: DecideAgain = async (mount, point) => {
    const { value, count } = await measure(() => decideByRetention(withContents())(mount, point));
    decisions.requests += count.requests;
    decisions.bytes += count.bytes;
    decisions.dollars += count.dollars;
    return value;
  };
  const { items } = await findDue(ports);
  for (const { id } of items) {
    const begun = await beginReclaim({ ...ports, decideAgain }, id);
    if (begun.outcome !== 'reclaiming') throw new Error(`point ${id}: ${JSON.stringify(begun)}`);
    const done = await carryOutReclaim(ports, id);
    if (done.outcome !== 'gone') throw new Error(`point ${id}: ${done.outcome}`);
  }
  return { points: items.length, decisions };
}

const perPoint = ({ requests, bytes, dollars }: Count, points: number) =>
  `${(requests / points).toFixed(1)} requests, ${Math.round(bytes / points)} bytes, $${(dollars / points).toFixed(7)}`;

async function measureLine(points: number) {
  const service = createService();
  const { bare, at, measure } = service;
  const committed = points + GOING;
  const today = addMillis(start, (committed + 1) * day);
  const expireDays = `${points + 1}d`;
  await fillMount(bare, { points: committed, from: start, expire: expireDays, dueAt: start });
  at(today);
  const marked = await measure(() => expire(service));
  at(addMillis(today, 2 * day));
  const looked = await measure(() => expire(service));
  const { value, count } = await measure(() => reclaim(service));
  if (value.points !== GOING) throw new Error(`${value.points} points went instead of ${GOING}`);
  process.stdout.write(`${points} points on the mount, ${GOING} of them go\n`);
  process.stdout.write(`  a run that decides and marks: ${perPoint(marked.count, 1)}\n`);
  process.stdout.write(`  the run before they go: ${perPoint(looked.count, 1)}\n`);
  process.stdout.write(`  the second decision, per point: ${perPoint(value.decisions, GOING)}\n`);
  process.stdout.write(`  to list, delete and note, per point: ${perPoint(count, GOING)}\n`);
  const { decisions } = value;
  return { requests: count.requests + decisions.requests, bytes: count.bytes + decisions.bytes };
}

async function compareLines(): Promise<void> {
  const smallest = await measureLine(SMALLEST);
  for (const points of LINES.slice(1)) {
    const { requests, bytes } = await measureLine(points);
    const what = `reclaiming a point of ${points} against one of ${SMALLEST}`;
    const limit = { atMost: MOST };
    reportRatio({
      what: `${what}: requests`,
      ...{ ours: requests / GOING, peer: smallest.requests / GOING, unit: 'a point', limit },
    });
    reportRatio({
      what: `${what}: bytes`,
      ...{ ours: bytes / GOING, peer: smallest.bytes / GOING, unit: 'a point', limit },
    });
  }
}

/** 1,000 mounts of 100 points; on ten of them ten points are due. */
async function measureService(): Promise<void> {
  const service = createService();
  const { bare, at, measure } = service;
  const [mounts, points, dueMounts, going] = [1000, 100, 10, 10];
  const today = addMillis(start, (points + 1) * day);
  for (let number = 0; number < mounts; number++) {
    const isDue = number < dueMounts;
    const expireDays = isDue ? points - going + 1 : points * KEPT_DAYS;
    const dueAt = isDue ? start : addMillis(today, KEPT_DAYS * day);
    const ports = isDue ? bare : { state: bare.state, catalog: bare.catalog };
    await fillMount(ports, { points, from: start, expire: `${expireDays}d`, dueAt });
  }
  at(today);
  const { value: touched, count } = await measure(() => expire(service));
  const pending = [...bare.state.recoveryPoints.values()].filter(({ state }) => state === 'pending-deletion');
  process.stdout.write(
    `${mounts * points} points, ${pending.length} of them due on ${touched.length} mounts\n`,
  );
  process.stdout.write(`  the run: ${perPoint(count, 1)}\n`);
  const limit = { atMost: 1 };
  reportRatio({ what: 'mounts looked at', ours: count.lines.size, peer: dueMounts, unit: 'mounts', limit });
  reportRatio({
    what: 'points marked',
    ours: pending.length,
    peer: dueMounts * going,
    unit: 'points',
    limit,
  });
}

await compareLines();
await measureService();
