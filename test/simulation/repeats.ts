import { isDeepStrictEqual } from 'node:util';
import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { Task } from './scheduler.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

const howOften = 0.03;

/**
 * I7: what has been done is done three times more, at one moment. The first may find that time has gone on, the second go on from what the
 * first has made of it; the third must leave everything as it was.
 */
export async function repeatNow(
  world: World,
  task: Task,
  name: string,
  body: (ports: TaskPorts) => Promise<unknown>,
): Promise<void> {
  const { random, truth } = world;
  if (truth.isDisaster || !random.chance(howOften)) return;
  truth.count('repeated at once');
  for (let run = 0; run < 2; run++) await unlessRefused(() => body(world.portsAtOnce(task)));
  truth.check(`${name} again`);
  const before = world.copyOfState();
  const objects = await versionsOf(world);
  await unlessRefused(() => body(world.portsAtOnce(task)));
  const changed = differenceOf(before, world.state);
  if (changed !== undefined) truth.violate(`I7 ${name}: a repeat changes ${changed}`);
  if (objects !== (await versionsOf(world))) truth.violate(`I7 ${name}: a repeat changes what is stored`);
}

/** Others may have been there in between; that a repeat is refused changes nothing. */
async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
  }
}

function differenceOf(before: CatalogState, after: CatalogState): string | undefined {
  for (const [name, rows] of Object.entries(before) as [keyof CatalogState, unknown][]) {
    if (!isDeepStrictEqual(rows, after[name])) return name;
  }
  return undefined;
}

async function versionsOf({ vault }: World): Promise<string> {
  const { versions } = await vault.listVersions({ prefix: 'v1/' });
  return versions.map(({ key, versionId }) => `${key} ${versionId}`).join();
}
