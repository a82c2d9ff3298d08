import { expect, test } from 'vitest';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const deadline = '2099-01-01T00:00:00.000Z';

test('a mount is frozen and uploaded once by an order, however often it comes, and not while a backup is under way', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();
  const { state } = store.service;
  const mountId = state.mounts[0]?.mountId;
  const order = (number: number) => {
    const commandId = `cmd-01J0000000000000000000000${number}`;
    state.otherCommands.splice(0, 1, { commandId, kind: 'take-snapshot', deadline, mountId });
    return commandId;
  };
  const told = (commandId: string) => state.snapshotResults.filter((each) => each.commandId === commandId);
  await writePiece(store, 'piece', 20_000);
  await backUp(url);
  await waitForPoints(store, ['UID_1']);

  const taken = order(1);
  await waitUntil('it is told again and again', () => told(taken).length > 2);
  await waitForPoints(store, ['UID_1', 'UID_2']);
  await new Calls(url).start();
  const refused = order(2);
  await waitUntil('it is told', () => told(refused).length > 0);
  state.otherCommands.length = 0;

  expect(new Set(told(taken).map(({ snapName }) => snapName))).toEqual(new Set(['UID_2']));
  const reason = expect.stringContaining('A backup of the mount is under way since');
  expect(told(refused)[0]).toMatchObject({ outcome: 'failed', code: 'SNAPSHOT_FAILED', reason });
  expect(await new Calls(url).finish()).toMatchObject({ error_code: 0, result: { snap_name: 'UID_3' } });
});
