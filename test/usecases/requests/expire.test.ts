import { describe, expect, it } from 'vitest';
import { protocolVersion } from '../../../shared/contracts/poll.ts';
import type { Instant } from '../../../shared/domain/instant.ts';
import { addMillis, toMillis } from '../../../shared/domain/instant.ts';
import type { MemoryService } from '../../support/uploading.ts';
import { arrangeAgent, completeWithPoint, ledger } from '../administration/administration-seeding.ts';
import { operator } from '../retention/seeding.ts';

const day = 86_400_000;

/** An agent whose service has this time. */
async function arrange(at: string) {
  const arranged = await arrangeAgent();
  const { service, mount } = arranged;
  service.clock.advance(Date.parse(at) - toMillis(service.clock.now()));
  await service.catalog.stores.noteSeen(mount.storeId, {
    ...{ at: service.clock.now(), gatewayVersion: '1.0.0', capabilities: ['backup-request'] },
  });
  const send = async (name: Parameters<MemoryService['send']>[0], input: object) => {
    const { statusCode, body = {} } = await service.send(name, { caller: operator, ...input });
    return { statusCode, body: body as Record<string, unknown> };
  };
  const id = `${mount.storeId}.LEDGER`;
  const ways = {
    request: (expire: string) =>
      send('createRequest', { params: { mountId: mount.mountId }, body: { database: 'LEDGER', expire } }),
    start: (expire: string) =>
      send('startBackup', {
        params: { databaseId: id },
        body: { backupVolumeId: 10_001, backupVolumeName: 'cloud_data_remote_volume', level: 0, expire },
      }),
  };
  const pointBy = async (way: keyof typeof ways, expire: string) => {
    const { body } = await ways[way](expire);
    return completeWithPoint(service, mount, body.requestId as never);
  };
  return { ...arranged, ways, send, pointBy };
}

describe.each(['request', 'start'] as const)('an expire that is given with a %s', (way) => {
  it.each([
    ['', 'nothing'],
    ['0d', 'zero'],
    ['0w 0d 0h 0m', 'zero'],
    ['-1d', 'negative'],
    ['1d -1h', 'negative'],
    ['52143w', 'beyond 1,000 years'],
    ['9999999999d', 'beyond every number'],
    ['1e3d', 'no count'],
    ['1m', 'minutes or months'],
    ['1m 2w', 'months first'],
    ['3 months', 'months by name'],
    ['1d 1w', 'out of the order'],
    ['Never', 'another word'],
  ])('is refused when it is %j (%s), and no backup begins', async (expire) => {
    const { service, mount, ways } = await arrange('2026-03-01T12:00:00.000Z');

    const { statusCode, body } = await ways[way](expire);

    expect(statusCode).toBe(400);
    expect(['EXPIRE_INVALID', 'REQUEST_INVALID']).toContain(body.code);
    expect(await service.catalog.requests.runningOf(mount.storeId)).toEqual([]);
  });

  // Days are 24 hours by the service's clock, whatever a calendar or a clock on a wall does meanwhile.
  it.each([
    ['4w 3d', '2026-01-31T23:30:00.000Z', '2026-03-03T23:30:00.000Z'],
    ['1d', '2028-02-28T12:00:00.000Z', '2028-02-29T12:00:00.000Z'],
    ['52w 1d', '2028-02-29T00:00:00.000Z', '2029-02-28T00:00:00.000Z'],
    ['1d', '2026-03-28T23:59:59.999Z', '2026-03-29T23:59:59.999Z'],
    ['1d', '2026-10-25T00:30:00.000Z', '2026-10-26T00:30:00.000Z'],
    ['0h 30m', '2026-12-31T23:45:00.000Z', '2027-01-01T00:15:00.000Z'],
    ['52142w', '2026-01-01T00:00:00.000Z', '3025-04-28T00:00:00.000Z'],
    ['never', '2026-01-31T12:00:00.000Z', 'never'],
  ])('%j counts from the commit at %s', async (expire, at, expected) => {
    const { pointBy } = await arrange(at);

    expect((await pointBy(way, expire)).expiresAt).toBe(expected);
  });
});

it.each([
  ['2026-02-29 12:00:00', 400],
  ['2028-02-29 12:00:00', 200],
  ['2026-04-31 00:00:00', 400],
  ['2026-03-01 11:59:59', 400],
  ['2026-03-29 02:30:00', 200],
  ['9999-12-31 23:59:59', 400],
  ['-2026-03-01 00:00:00', 400],
  ['', 200],
])('an expiry that is changed to %j is answered with %i', async (expireTime, status) => {
  const { pointBy, send } = await arrange('2026-03-01T12:00:00.000Z');
  const point = await pointBy('request', '1w');

  const { statusCode, body } = await send('changeBackupExpiration', {
    params: { databaseId: ledger, backupId: point.recoveryPointId },
    body: { expireTime },
  });

  expect(statusCode).toBe(status);
  const expected = expireTime === '' ? '' : expireTime.slice(0, 16);
  expect(status === 200 ? body.expire : expected).toBe(expected);
});

it.each([-3, 3])(
  "a store's clock that is wrong by %i days moves neither the deadline of a request nor the expiry of its point",
  async (days) => {
    const { service, mount, store, ways } = await arrange('2026-03-01T12:00:00.000Z');
    const { catalog, clock } = service;
    const storeTime = addMillis(clock.now(), days * day) as Instant;
    const poll = {
      ...{ protocolVersion, gatewayVersion: '1.0.0', capabilities: ['backup-request'], mounts: [] },
      sentAt: storeTime,
    };
    const polled = await service.send('pollStore', {
      ...{ caller: store, params: { storeId: mount.storeId }, body: poll },
    });
    const { body } = await ways.request('1w');
    const point = await completeWithPoint(service, mount, body.requestId as never);

    expect(polled.statusCode).toBe(200);
    expect((await catalog.stores.find(mount.storeId))?.clockAheadSeconds).toBe(days * 86_400);
    expect(body.deadline).toBe(addMillis(clock.now(), 3 * day));
    expect(point.expiresAt).toBe(addMillis(clock.now(), 7 * day));
  },
);
