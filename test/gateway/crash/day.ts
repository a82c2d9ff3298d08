import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import { describeTree, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { type Answer, Calls, logFields } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';
import { SupervisedGateway } from './supervised-gateway.ts';

const notStarted = 4295622659;
const restoreMissing = 4295622663;

/**
 * A day of a store: two backups with their logs, before and after PUT, the second of blocks that changed in place and of
 * a new file; a restore of each, its removal. What is called is repeated until an answer comes, as whoever runs a script
 * does.
 */
export class Day {
  readonly store: TestStore;
  readonly gateway: SupervisedGateway;

  private constructor(store: TestStore, gateway: SupervisedGateway) {
    this.store = store;
    this.gateway = gateway;
  }

  static async begin(options: { crashes?: readonly string[]; stepsFile?: string } = {}): Promise<Day> {
    const store = await TestStore.make({ settings: { snapshots: 'reflink' } });
    await store.activate();
    const day = new Day(store, SupervisedGateway.start(store, options));
    await store.mountsAreReady();
    return day;
  }

  async run(): Promise<void> {
    const { store } = this;
    await writePiece(store, 'piece', 200_000);
    // A lock of the backup itself is part of what it wrote: it is stored and restored like any file.
    await writePiece(store, 'backup.lck', 0);
    await mkdir(join(store.oracleData(), 'ORCL'));
    await symlink('piece', join(store.oracleData(), 'latest'));
    const first = await describeTree(store.oracleData());
    await this.#backUp('first');
    await this.#isReleased(1);
    await this.#call((calls) => calls.uploadLog(logFields('late for the first backup\n')));
    await this.#areStored('logs', 2);
    await writePiece(store, 'second', 100_000);
    await changeBlocks(join(store.oracleData(), 'piece'));
    const second = await describeTree(store.oracleData());
    await this.#backUp('second');
    // Goes with the snapshot or comes late for its point, as it happens.
    await this.#call((calls) => calls.uploadLog(logFields('end of the second backup\n')));
    await this.#isReleased(2);
    await this.#areStored('logs', 4);
    await this.#restoreAndRemove(0, first);
    await this.#restoreAndRemove(1, second);
  }

  /** Everything that the day must leave behind, whatever happened in it. */
  async check(): Promise<void> {
    const { store, gateway } = this;
    const { service, vault } = store;
    const kinds = [...vault.objects.keys()]
      .map((key) => /\/(packs|maps|logs|manifest)/.exec(key)?.[1])
      .toSorted();
    const logs = Array.from({ length: 4 }, () => 'logs');
    expect(kinds).toEqual([...logs, 'manifest', 'manifest', 'maps', 'maps', 'packs', 'packs']);
    expect(service.state.uploads.map(({ state }) => state)).toEqual(['committed', 'committed']);
    expect([...vault.storedCounts().values()].every((count) => count === 1)).toBe(true);
    // Of what arrived only that can be sent again whose answer the journal did not get: two packs are sent at once.
    const repeats = vault.requests.filter(({ method, status }) => method === 'PUT' && status === 412);
    expect(repeats.length).toBeLessThanOrEqual(2 * gateway.deaths);
    expect(service.state.forked).toBeUndefined();
    expect(service.violations).toEqual([]);
    const { root, own } = this.#folders();
    await waitUntil('the disk is tidy', async () => {
      const left = await Promise.all([
        ...['snapshots', 'staging', 'trash'].map((name) => readdir(join(own, name))),
        ...['restores', 'clones'].map((name) => readdir(join(root, name))),
        ...['logs', 'listings'].map((name) => readdir(join(store.dataDirectory, name))),
      ]);
      return left.flat().length === 0;
    });
  }

  /** For a test with many days. */
  end(): Promise<void> {
    return this.gateway.end();
  }

  async #backUp(log: string): Promise<void> {
    await this.#call((calls) => calls.start());
    await this.#call((calls) => calls.uploadLog(logFields(`log of the ${log} backup\n`)));
    // A PUT whose answer was lost may have done its work: then the next one finds no backup.
    await this.#call((calls) => calls.finish(), notStarted);
  }

  async #isReleased(count: number): Promise<void> {
    await waitUntil(`${count} recovery points`, () => pointsOf(this.store).length === count);
    const { own } = this.#folders();
    await waitUntil('it is released', async () => (await readdir(join(own, 'snapshots'))).length === 0);
    await waitForPoints(this.store, pointsOf(this.store));
  }

  async #areStored(kind: string, count: number): Promise<void> {
    const { objects } = this.store.vault;
    const stored = () => [...objects.keys()].filter((key) => key.includes(`/${kind}/`)).length;
    await waitUntil(`${count} ${kind} are stored`, () => stored() === count);
  }

  async #restoreAndRemove(index: number, content: readonly object[]): Promise<void> {
    const jobId = 7 + index;
    const point = this.store.service.state.uploads[index];
    if (!point) throw new Error('there is no point');
    const restore = this.store.service.state.orderRestore(point, jobId);
    await waitUntil('the restore ended', () => restore.endedAt !== undefined);
    expect(restore.state).toBe('completed');
    const { root } = this.#folders();
    expect(await describeTree(join(root, 'restores', String(jobId)))).toEqual(content);
    await this.#call((calls) => calls.deleteRestore(jobId), restoreMissing);
  }

  /** `done` is what a repeat answers when the lost call has done its work. */
  async #call(call: (calls: Calls) => Promise<Answer>, done?: number): Promise<void> {
    for (let isRepeat = false; ; isRepeat = true) {
      const answer = await call(new Calls(await this.gateway.url())).catch(() => undefined);
      if (answer === undefined) {
        await wait(20);
        continue;
      }
      const isDone = answer.error_code === 0 || (isRepeat && answer.error_code === done);
      expect(isDone, answer.text).toBe(true);
      return;
    }
  }

  #folders() {
    const root = join(this.store.mountsDirectory, 'testmount');
    return { root, own: join(root, '.holdfast') };
  }
}

/** As Oracle does: whole blocks, in place. */
async function changeBlocks(path: string): Promise<void> {
  const file = await open(path, 'r+');
  for (const block of [3, 11]) await file.write(randomBytes(8192), 0, 8192, block * 8192);
  await file.close();
}
