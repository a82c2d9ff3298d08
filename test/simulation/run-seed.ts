import type { Caller } from '../../shared/domain/access.ts';
import { isLive } from '../../shared/domain/recovery-point.ts';
import { createMount } from '../../shared/usecases/create-mount.ts';
import { registerStore } from '../../shared/usecases/register-store.ts';
import { MountUploads, type Snapshot } from './gateway.ts';
import type { Mutant } from './mutants.ts';
import { liveThroughNight } from './oracle-day.ts';
import { doErrand, order, sendLateLog } from './people.ts';
import { readPoint } from './read-point.ts';
import { schedules } from './schedules.ts';
import type { Files } from './snapshot-content.ts';
import { pollForRestores } from './staging-store.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly steps: number;
  readonly violation?: string;
  readonly trace: readonly string[];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A life of some weeks takes a few thousand; one that takes so many goes round in circles. */
const mostSteps = 60_000;

/** One life of a service, from its first store to the last object. */
export async function runSeed(
  seed: number,
  { mutant, isTraced = false }: { readonly mutant?: Mutant; readonly isTraced?: boolean } = {},
): Promise<SeedResult> {
  const world = new World(seed, mutant);
  if (isTraced) world.scheduler.trace = [];
  const { scheduler, truth } = world;
  const life = live(world).catch((error: unknown) => truth.violate(`the simulation broke: ${String(error)}`));
  await scheduler.settle();
  while (truth.violation === undefined && (await scheduler.step())) {
    if (scheduler.steps > mostSteps) truth.violate(`I8: no end after ${mostSteps} steps`);
  }
  if (truth.violation === undefined) await life;
  const { violation } = truth;
  return { seed, steps: scheduler.steps, trace: scheduler.trace ?? [], ...(violation && { violation }) };
}

async function live(world: World): Promise<void> {
  const { random, scheduler, truth } = world;
  const lines = await createStores(world);
  const busy = { lines: lines.length };
  for (const line of lines) {
    truth.follow(
      'a mount',
      backUpNights(world, line).finally(() => busy.lines--),
    );
  }
  const isOver = () => busy.lines === 0;
  truth.follow('the clocks', turnClocks(world, isOver));
  for (const line of lines) truth.follow('the people', keepAsking(world, line, isOver));
  for (const { everyMillis, run } of schedules) {
    truth.follow('a schedule', repeat(world, everyMillis, run));
  }
  while (!isOver()) await scheduler.sleep(random.below(12 * hour));
  await drain(world);
}

async function createStores(world: World): Promise<MountUploads[]> {
  const { random } = world;
  const ports = { catalog: world.presentCatalog(), clock: world.serviceClock, ids: world.ids };
  const lines: MountUploads[] = [];
  for (const name of random.chance(0.3) ? ['store-1', 'store-2'] : ['store-1']) {
    const { store } = await registerStore(ports, { name });
    const { storeId } = store;
    const expire = random.pick(['1d', '3d', '10d']);
    const { mountId } = await createMount(ports, { storeId, name: 'ledger', expire, maxPendingSnapshots: 3 });
    const caller: Caller = { credentialId: `token-${name}`, role: 'store', storeId };
    lines.push(new MountUploads(world, mountId, caller));
  }
  return lines;
}

async function backUpNights(world: World, line: MountUploads): Promise<void> {
  const { random, scheduler, truth } = world;
  let files: Files = new Map();
  const skew = random.pick([0, 0, -3 * day, 5 * day]);
  for (let night = 2 + random.below(6); night > 0; night--) {
    const lived = liveThroughNight(files, random);
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

async function keepAsking(world: World, line: MountUploads, isOver: () => boolean): Promise<void> {
  const { random, scheduler } = world;
  while (!isOver() || world.state.commands.size > 0) {
    await scheduler.sleep(random.below(day));
    if (random.chance(0.2) && !isOver()) await doErrand(world, 'Order restore', order);
    await pollForRestores(world, line.caller);
  }
}

async function repeat(
  world: World,
  everyMillis: number,
  run: (world: World) => Promise<void>,
): Promise<void> {
  const { random, scheduler } = world;
  while (!world.hasEnded) {
    await scheduler.sleep(everyMillis / 2 + random.below(everyMillis));
    await run(world);
  }
}

/** Good weather, nobody asks for anything: in time, nothing is under way and nothing lies about. */
async function drain(world: World): Promise<void> {
  const { scheduler, truth } = world;
  world.isDraining = true;
  scheduler.weather = { crashes: 0, delays: 0 };
  await scheduler.sleep(20 * day);
  world.hasEnded = true;
  const { state } = world;
  for (const { uploadId, state: uploadState } of state.uploads.values()) {
    if (uploadState !== 'committed' && uploadState !== 'closed' && uploadState !== 'closing') {
      truth.violate(`I8: upload ${uploadId} is still ${uploadState}`);
    }
  }
  for (const { restoreId, endedAt } of state.restores.values()) {
    if (endedAt === undefined) truth.violate(`I8: restore ${restoreId} never ended`);
  }
  for (const [mountId, entries] of state.outbox) {
    if (entries.length > 0) truth.violate(`I8: ${entries.length} entries of ${mountId} were never stored`);
  }
  for (const uploadId of truth.acknowledged) {
    if (!state.recoveryPoints.has(uploadId)) truth.violate(`point ${uploadId} was acknowledged and is gone`);
  }
  await restoreEverything(world);
}

async function restoreEverything({ state, truth, vault }: World): Promise<void> {
  for (const point of state.recoveryPoints.values()) {
    const offer = truth.offerOf(point);
    if (!isLive(point.state) || offer === undefined) continue;
    const restored = await readPoint(vault, point).catch((error: unknown) => String(error));
    const difference = typeof restored === 'string' ? restored : differenceOf(offer.files, restored);
    if (difference !== undefined)
      truth.violate(`I1: ${point.recoveryPointId} does not restore: ${difference}`);
  }
}

/** Undefined when every byte is as it was frozen. */
export function differenceOf(files: Files, restored: ReadonlyMap<string, string>): string | undefined {
  if (files.size !== restored.size) return `${restored.size} files instead of ${files.size}`;
  for (const [path, blocks] of files)
    if (restored.get(path) !== blocks.join('')) return `${path} has other bytes`;
  return undefined;
}
