import type { Caller } from '../../shared/domain/access.ts';
import { isLive } from '../../shared/domain/recovery-point.ts';
import { storeJournal } from '../../shared/usecases/journal/store-journal.ts';
import { createMount } from '../../shared/usecases/mounts/create-mount.ts';
import { carryOutReclaim } from '../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { registerStore } from '../../shared/usecases/stores/register-store.ts';
import { changeRules, deletionErrands } from './deletion-errands.ts';
import { runReclaimWorkflow } from './deletion-workflows.ts';
import { sufferDisaster } from './disasters.ts';
import { checkFinalState, countReached, isSettled, type Reached } from './final-state.ts';
import { MountUploads, type Snapshot } from './gateway.ts';
import type { Mutant } from './mutants.ts';
import { liveByTheBook, liveThroughNight } from './oracle-day.ts';
import { clone, doErrand, drop, order, sendLateLog } from './people.ts';
import { comparePreviewAndRun } from './preview-and-run.ts';
import { watch } from './schedules.ts';
import { startableWorkflows } from './simulated-workflows.ts';
import type { Files } from './snapshot-content.ts';
import { pollForRestores } from './staging-store.ts';
import { trespass } from './strangers.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly violation?: string;
  readonly trace: readonly string[];
  readonly reached: Reached;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A life of some weeks takes a few thousand; one that takes so many goes round in circles. */
const mostSteps = 60_000;

interface Life {
  readonly mutant?: Mutant;
  readonly isTraced?: boolean;
  /** Few nights on one mount, for when there is little time. */
  readonly isShort?: boolean;
}

/** One life of a service, from its first store to the last object. */
export async function runSeed(
  seed: number,
  { mutant, isTraced = false, isShort = false }: Life = {},
): Promise<SeedResult> {
  const world = new World(seed, startableWorkflows, mutant);
  if (isTraced) world.scheduler.trace = [];
  const { scheduler, truth } = world;
  const onError = (error: unknown) => truth.violate(`the simulation broke: ${String(error)}`);
  const life = live(world, isShort).catch(onError);
  await scheduler.settle();
  while (truth.violation === undefined && (await scheduler.step())) {
    if (scheduler.steps > mostSteps) truth.violate(`I8: no end after ${mostSteps} steps`);
  }
  if (truth.violation === undefined) {
    await life;
    await checkTheEnd(world).catch(onError);
  }
  const { violation } = truth;
  return {
    seed,
    steps: scheduler.steps,
    trace: scheduler.trace ?? [],
    reached: countReached(world),
    ...(violation && { violation }),
  };
}

async function live(world: World, isShort: boolean): Promise<void> {
  const { random, scheduler, truth } = world;
  const lines = await createStores(world, isShort);
  const busy = { lines: lines.length };
  for (const line of lines) {
    truth.follow(
      'a mount',
      backUpNights(world, line, isShort ? 2 : 7).finally(() => busy.lines--),
    );
  }
  const isOver = () => busy.lines === 0;
  truth.follow('the clocks', turnClocks(world, isOver));
  if (random.chance(0.25)) {
    busy.lines++;
    const disaster = scheduler.sleep(random.below(10 * day)).then(() => sufferDisaster(world));
    truth.follow(
      'a disaster',
      disaster.finally(() => busy.lines--),
    );
  }
  truth.follow('the bucket', loseObjects(world, isOver));
  truth.follow('the people', keepAsking(world, isOver));
  truth.follow('a stranger', keepTrespassing(world, isOver));
  for (const { caller } of lines) {
    truth.follow(
      'a gateway',
      repeat(
        world,
        () => 4 * hour,
        () => pollForRestores(world, caller),
      ),
    );
  }
  truth.follow(
    'the watch',
    repeat(
      world,
      () => (!isShort ? 12 : world.isDraining ? 48 : 24) * hour,
      () => watch(world),
    ),
  );
  while (!isOver()) await scheduler.sleep(random.below(12 * hour));
  await drain(world);
}

async function createStores(world: World, isShort: boolean): Promise<MountUploads[]> {
  const { random, truth } = world;
  const ports = { catalog: world.presentCatalog(), clock: world.serviceClock, ids: world.ids };
  const lines: MountUploads[] = [];
  for (const name of !isShort && random.chance(0.3) ? ['store-1', 'store-2'] : ['store-1']) {
    const { store } = await registerStore(ports, { name });
    const { storeId } = store;
    // As its gateway says with every poll.
    world.state.stores.set(storeId, { ...store, capabilities: ['stage-restore', 'staged-leases', 'clones'] });
    const expire = random.pick(['1d', '3d', '10d']);
    const { mountId } = await createMount(ports, { storeId, name: 'ledger', expire, maxPendingSnapshots: 3 });
    await changeRules(world, ports, { mountId });
    // Nobody is told of a mount before the vault knows of it.
    await storeJournal({ ...ports, vault: truth.watchVault(world.vault) }, mountId);
    const caller: Caller = { credentialId: `token-${name}`, role: 'store', storeId };
    lines.push(new MountUploads(world, mountId, caller));
  }
  await registerStore(ports, { name: 'stranger' });
  return lines;
}

async function backUpNights(world: World, line: MountUploads, most: number): Promise<void> {
  const { random, scheduler, truth } = world;
  let files: Files = new Map();
  const skew = random.pick([0, 0, -3 * day, 5 * day]);
  const isByTheBook = random.chance(0.4);
  const nights = 2 + random.below(most - 1);
  for (let night = 0; night < nights; night++) {
    const lived = isByTheBook ? liveByTheBook(files, night, random) : liveThroughNight(files, random);
    files = lived.files;
    const snapshot: Snapshot = {
      ...{ snapshotId: world.ids.upload(), snapName: `UID_${night}` },
      requestedAt: world.storeTime(skew + random.below(3) * random.pick([0, 0, -day])),
      ...lived,
    };
    const uploadId = await line.backUp(snapshot);
    if (uploadId !== undefined && random.chance(0.3)) {
      truth.follow(
        'a late log',
        scheduler.sleep(random.below(8 * day)).then(() => sendLateLog(world, line, uploadId)),
      );
    }
    await scheduler.sleep(random.below(2 * day));
  }
}

/** The service's clock is minutes off now and then, and once in a while years. */
async function turnClocks(world: World, isOver: () => boolean): Promise<void> {
  const { random, scheduler } = world;
  while (!isOver()) {
    world.skew = (random.below(5) - 2) * minute;
    world.skewOfSchedules = random.chance(0.15) ? random.pick([3650 * day, -30 * day, 40 * minute]) : 0;
    await scheduler.sleep(random.below(2 * day));
  }
  world.skew = 0;
  world.skewOfSchedules = 0;
}

/** The bucket loses a pack that somebody needs, and now and then somebody has a copy of it. What is locked it cannot lose. */
async function loseObjects(world: World, isOver: () => boolean): Promise<void> {
  const { random, scheduler, state, truth, climate } = world;
  if (climate.lock !== undefined || !random.chance(0.3)) return;
  while (!isOver()) {
    await scheduler.sleep(random.below(9 * day));
    const point = random.pick([...state.recoveryPoints.values()].filter((each) => isLive(each.state)));
    const packs = (point && truth.offerOf(point)?.keys.filter((key) => key.includes('/packs/'))) ?? [];
    const key = random.pick(packs);
    const isLost = key !== undefined && truth.contents.lost.has(key);
    if (key === undefined || isOver()) continue;
    if (isLost) await truth.contents.bringBack(key);
    else if (truth.contents.present.has(key)) await truth.contents.lose(key);
    truth.count(isLost ? 'object brought back' : 'object lost');
  }
}

async function keepTrespassing(world: World, isOver: () => boolean): Promise<void> {
  const { random, scheduler, state } = world;
  while (!isOver()) {
    await scheduler.sleep(random.below(4 * day));
    await trespass(world, [...state.stores.keys()]);
  }
}

async function keepAsking(world: World, isOver: () => boolean): Promise<void> {
  const { random, scheduler, truth } = world;
  while (!isOver()) {
    await scheduler.sleep(random.below(day));
    if (random.chance(0.1)) truth.follow('a run by hand', runReclaimWorkflow(world));
    if (random.chance(0.2) && !isOver()) await doErrand(world, 'Order restore', order);
    if (random.chance(0.1) && !isOver()) await doErrand(world, 'Order clone', clone);
    if (random.chance(0.1) && !isOver()) await doErrand(world, 'Drop staged files', drop);
    for (const { name, chance, errand } of deletionErrands) {
      if (random.chance(chance) && !isOver()) await doErrand(world, name, errand);
    }
  }
}

async function repeat(
  world: World,
  everyMillis: () => number,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const { random, scheduler } = world;
  while (!world.hasEnded) {
    await scheduler.sleep(everyMillis() / 2 + random.below(everyMillis()));
    await run(world);
  }
}

/** Good weather, nobody asks for anything: in time, nothing is under way and nothing lies about. */
async function drain(world: World): Promise<void> {
  const { scheduler } = world;
  world.isDraining = true;
  scheduler.weather = { crashes: 0, delays: 0 };
  // An upload or restore that nobody moves on ends by its deadline, 14 days after it began; a lock in its second month.
  for (let days = 0; days < 75 && !isSettled(world); days++) await scheduler.sleep(day);
  // What the last of them left is seen by an audit, and gone with its list.
  await scheduler.sleep(3 * day);
  for (let days = 0; days < 40 && !isSettled(world); days++) await scheduler.sleep(day / 2);
  world.hasEnded = true;
}

/** What the last runs met a lock on is taken up when that has ended. */
async function outliveLocks(world: World): Promise<void> {
  const { state, vault, serviceClock: clock, scheduler, truth } = world;
  const ports = { catalog: world.presentCatalog(), vault: truth.watchVault(vault), clock };
  for (const { recoveryPointId, mountId, state: pointState, deletion } of state.recoveryPoints.values()) {
    if (pointState !== 'reclaiming' || deletion?.blockedUntil === undefined) continue;
    scheduler.now = Math.max(scheduler.now, Date.parse(deletion.blockedUntil)) + minute;
    await carryOutReclaim(ports, recoveryPointId);
    await storeJournal(ports, mountId);
  }
}

/** When nothing moves any more: nobody disturbs it, and the same seed comes to the same end. */
async function checkTheEnd(world: World): Promise<void> {
  const { state, vault, serviceClock: clock } = world;
  // What the last tasks left to the watch, which has gone by then.
  for (const mountId of state.mounts.keys()) {
    await storeJournal({ catalog: world.presentCatalog(), vault, clock }, mountId);
  }
  await outliveLocks(world);
  await checkFinalState(world);
  await comparePreviewAndRun(world);
}
