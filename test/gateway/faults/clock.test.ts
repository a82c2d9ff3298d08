import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ClockComparison } from '../../../gateway/polling/clock-comparison.ts';
import type { Log } from '../../../gateway/ports/log.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { backUp, describeTree, waitForPoints, writePiece } from '../support/backup.ts';
import { Gate } from '../support/gate.ts';
import { TestStore } from '../support/test-store.ts';
import { waitUntil } from '../support/wait-until.ts';

const hook = fileURLToPath(new URL('clock-hook.ts', import.meta.url));
const dayMillis = 86_400_000;

test('a clock that is three days slow, then three days fast in the middle of an upload, changes nothing but a warning', async () => {
  const store = await TestStore.make();
  const { gateway, url } = await store.spawn({
    NODE_OPTIONS: `--import=${hook}`,
    CLOCK_OFF_MILLIS: String(-3 * dayMillis),
  });
  await writePiece(store, 'piece', 100_000);
  const gate = new Gate();
  store.vault.onRequest = async (_, key) => {
    if (key.includes('/packs/')) await gate.pass();
    return undefined;
  };
  await backUp(url);
  await gate.reached;
  const warnings = () =>
    gateway.log().filter(({ msg }) => String(msg).startsWith("this machine's clock differs"));
  await waitUntil('it is told', () => warnings().length === 1);

  gateway.signal('SIGUSR2');
  gate.open();
  await waitForPoints(store, ['UID_1']);

  await waitUntil('it is told again', () => warnings().length === 2);
  expect(warnings().map(({ aheadSeconds }) => Math.round(Number(aheadSeconds) / 86_400))).toEqual([-3, 3]);
  for (const { storeTime, serviceTime } of warnings()) {
    const difference = Date.parse(String(storeTime)) - Date.parse(String(serviceTime));
    expect(Math.round(Math.abs(difference) / dayMillis)).toBe(3);
  }
  const [point] = store.service.state.uploads;
  if (!point) throw new Error('there is no point');
  const restore = store.service.state.orderRestore(point, 7);
  await waitUntil('it is staged', () => restore.endedAt !== undefined);
  expect(restore.state).toBe('completed');
  expect(await describeTree(join(store.mountsDirectory, 'testmount', 'restores', '7'))).toEqual(
    await describeTree(store.oracleData()),
  );
  expect([...store.vault.storedCounts().values()].every((count) => count === 1)).toBe(true);
});

test('a difference is told once, again when it changes, and when it is over; what an answer takes is none', () => {
  const told: string[] = [];
  const write = (level: string) => (times: { aheadSeconds: number }) => {
    told.push(`${level} ${times.aheadSeconds}`);
  };
  const clocks = new ClockComparison({ warn: write('warn'), info: write('info') } as unknown as Log);
  const service = '2026-03-01T12:00:00.000Z' as Instant;
  const poll = (aheadSeconds: number, takesSeconds = 0) => {
    const answeredAt = Date.parse(service) + aheadSeconds * 1000;
    clocks.note(service, new Date(answeredAt - takesSeconds * 1000), new Date(answeredAt));
  };

  poll(0);
  poll(100, 120);
  poll(3600);
  poll(3610);
  poll(-7200);
  poll(5);
  poll(0);

  expect(told).toEqual(['warn 3600', 'warn -7200', 'info 5']);
});
