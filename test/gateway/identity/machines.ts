import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningGateway } from '../../../gateway/gateway.ts';
import { cloneByCopy } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import type { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

export const forkedCode = 0x1000b000a;
export const voidCode = 0x1000b000b;

/** The folders of a machine that has a gateway of the store. */
export interface Machine {
  readonly dataDirectory: string;
  readonly mountsDirectory: string;
}

export const machineOf = (store: TestStore, name = ''): Machine => ({
  dataDirectory: `${store.dataDirectory}${name}`,
  mountsDirectory: `${store.mountsDirectory}${name}`,
});

/** Copies a disk as it is at this moment, as an image of a running machine has it. */
export const copyFolder = (from: string, to: string): Promise<void> => cp(from, to, { recursive: true });

/** Puts an earlier copy in the place of a folder. */
export async function rollBack(folder: string, image: string): Promise<void> {
  await rm(folder, { recursive: true });
  await copyFolder(image, folder);
}

/** Starts the gateway of a machine; snapshots are copies, so that they outlive changes of the mount. */
export async function startOn(store: TestStore, machine: Machine): Promise<RunningGateway> {
  await store.configure(machine);
  return store.start(cloneByCopy);
}

/** Waits until a gateway answers every call with this code. */
export async function waitForRefusal({ url }: RunningGateway, code: number): Promise<void> {
  const calls = new Calls(url);
  await waitUntil(`calls answer ${code}`, async () => (await calls.status()).error_code === code);
}

export const answersOf = async ({ url }: RunningGateway) => {
  const calls = new Calls(url);
  return [await calls.status(), await calls.start(), await calls.finish(), await calls.deleteRestore(1)];
};

export const snapshotsFolder = ({ mountsDirectory }: Machine): string =>
  join(mountsDirectory, 'testmount', '.holdfast', 'snapshots');

export const hasLogged = ({ logLines }: TestStore, ...texts: readonly string[]): boolean =>
  logLines.some((line) => texts.every((text) => line.includes(text)));
