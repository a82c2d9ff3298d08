import { beforeAll, describe, expect, it } from 'vitest';
import { pathLimits } from '../../../shared/contracts/restores.ts';
import type { Caller } from '../../../shared/domain/access.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { namePaths } from '../../../shared/domain/restore-choice/name-paths.ts';
import { assumedRate, predictTime } from '../../../shared/domain/restore-choice/predict-time.ts';
import { priceOf } from '../../../shared/domain/restore-choice/restore-price.ts';
import { planRestore, type WantedRestore } from '../../../shared/usecases/restore-plan/plan-restore.ts';
import { endRestore } from '../../../shared/usecases/restores/end-restore.ts';
import { orderRestore } from '../../../shared/usecases/restores/order-restore.ts';
import { dbid } from '../../domain/recoverability/session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { arrangeNights, twoNights } from '../../support/nights.ts';
import type { MemoryService } from '../../support/uploading.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };
const operator: Caller = { credentialId: 'key-operator', role: 'operator' };
/** The host's clock is two hours ahead of UTC: its 22:12 is 20:12Z. */
const hostOffset = '+02:00';
const fileBytes = 2 ** 18;

let service: MemoryService;
let store: Caller;
let mountId: RecoveryPoint['mountId'];
let points: readonly RecoveryPoint[];

beforeAll(async () => {
  service = createMemoryService();
  const arranged = await arrangeNights(service, twoNights, fileBytes);
  [store, mountId, points] = [arranged.caller, arranged.mount.mountId, arranged.points];
});

type Answer = Record<string, unknown> & { paths?: { path: string }[]; refusals?: { code: string }[] };
async function plan(body: object, caller = viewer) {
  const answer = await service.send('planRestore', { caller, body });
  return { statusCode: answer.statusCode, body: (answer.body ?? {}) as Answer };
}
const planHere = (wanted: WantedRestore) =>
  planRestore({ ...service, region: 'eu-central-1', limits: pathLimits }, viewer, wanted);

describe('the point of a plan', () => {
  it('is the newest usable one of a database that is named in any case', async () => {
    const { statusCode, body } = await plan({ database: 'ledger' });

    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      recoveryPointId: points[1]?.recoveryPointId,
      outcome: 'complete',
      database: { dbid, name: 'LEDGER' },
      refusals: [],
    });
    expect(body.paths?.map(({ path }) => path).sort()).toEqual([
      'arc-after-2026-02-02',
      'cf-2026-02-02',
      'df1-2026-02-01',
      'df1-2026-02-02',
      'df2-2026-02-01',
      'df2-2026-02-02',
    ]);
  });

  it('is for a time the earliest that was taken then or later, with the redo up to it (D5)', async () => {
    const { body } = await plan({ database: dbid, time: '2026-02-02T12:00:00.000Z', hostOffset });

    expect(body).toMatchObject({
      recoveryPointId: points[1]?.recoveryPointId,
      outcome: 'complete',
      pointBecause: expect.stringMatching(/^the earliest recovery point taken at that time or later/),
      through: [{ thread: 1, sequence: 122 }],
    });
    expect(body.paths).not.toContainEqual({ path: 'arc-after-2026-02-02' });
  });

  it('is refused after the newest one, with what to do (D30)', async () => {
    for (const where of [{ database: dbid }, { mountId }]) {
      const { statusCode, body } = await plan({ ...where, time: '2026-02-03T12:00:00.000Z' });

      expect(statusCode).toBe(409);
      expect(body).toMatchObject({
        code: 'NO_SUITABLE_POINT',
        detail: expect.stringMatching(
          /^Suitable snapshot not found: .* Take a snapshot now, then ask again\.$/,
        ),
      });
    }
  });

  it('of a mount is the newest, or the first since a time, whole', async () => {
    const newest = await plan({ mountId });
    const earlier = await plan({ mountId, time: '2026-02-01T20:00:00.000Z' });

    expect(newest.body).toMatchObject({ recoveryPointId: points[1]?.recoveryPointId, outcome: 'complete' });
    expect(newest.body).not.toHaveProperty('paths');
    expect(earlier.body).toMatchObject({ recoveryPointId: points[0]?.recoveryPointId });
  });

  it('is an older one where the newest is of no use; of that one, whole, it names what it lacks', async () => {
    const other = createMemoryService();
    const lost = ['cf-2026-02-01', 'cf-2026-02-02'];
    const arranged = await arrangeNights(other, twoNights, 1024, lost);
    const ask = async (body: object) => (await other.send('planRestore', { caller: viewer, body })).body;
    const [first, second] = arranged.points;

    expect(await ask({ database: dbid })).toMatchObject({
      recoveryPointId: first?.recoveryPointId,
      pointBecause: expect.stringMatching(/newer ones cannot, or not for certain$/),
      outcome: 'complete',
    });
    expect(await ask({ mountId: arranged.mount.mountId })).toMatchObject({
      recoveryPointId: second?.recoveryPointId,
      missing: [{ what: 'cf-2026-02-02', reason: 'in-no-snapshot', neededFor: 'database LEDGER' }],
      text: expect.stringMatching(/LEDGER: no/),
    });
  });

  it.each([
    [{}, /name a recoveryPointId, a mountId or a database/],
    [{ part: { datafile: 1 } }, /name the database, or the recovery point/],
    [{ database: '1', time: '2026-02-01T20:00:00.000Z', scn: '5' }, /not both/],
    [{ database: '1', paths: [{ path: 'a' }] }, /leave the database out/],
    [{ mountId: 'self', scn: '5' }, /an SCN is of a database/],
  ])('is asked for in one way: %o', async (body, why) => {
    const sent = 'mountId' in body ? { ...body, mountId } : body;

    expect(await plan(sent)).toMatchObject({
      statusCode: 400,
      body: { code: 'REQUEST_INVALID', detail: expect.stringMatching(why) },
    });
  });

  it.each([
    [{ database: '5' }, 404, 'DATABASE_NOT_FOUND'],
    [{ database: 'sales' }, 404, 'DATABASE_NOT_FOUND'],
    [
      { database: dbid, part: { tablespace: 'USERS' }, time: '2026-02-02T12:00:00.000Z' },
      409,
      'RESTORE_SCOPE_UNSUPPORTED',
    ],
    [{ database: dbid, part: { datafile: 9 } }, 404, 'RESTORE_SCOPE_UNKNOWN'],
  ])('or a part of it is refused by name: %o', async (body, statusCode, code) => {
    expect(await plan(body)).toMatchObject({ statusCode, body: { code } });
  });
});

describe('what a plan says of the amounts', () => {
  it('writes what was chosen, and fetches what lies behind it and little more', async () => {
    const { body } = await plan({ database: dbid, part: { datafile: 2 } });

    expect(body).toMatchObject({ outcome: 'complete', written: { files: 4, bytes: 4 * fileBytes } });
    const { bytes, isByMaps } = body.fetched as { bytes: number; isByMaps: boolean };
    expect(isByMaps).toBe(true);
    expect(bytes).toBeGreaterThan(4 * fileBytes);
    expect(bytes).toBeLessThan(4.3 * fileBytes);
  });

  it('fetches of a whole point what it refers to, in a request for each object', async () => {
    const [first] = points;
    if (first === undefined) throw new Error('no point');

    const { measured } = await planHere({ recoveryPointId: first.recoveryPointId });

    // Manifest, one bundle of maps, one pack.
    expect(measured).toMatchObject({ files: 5, writtenBytes: 5 * fileBytes, requests: 3 });
    expect(measured.fetchedBytes).toBeGreaterThan(5 * fileBytes);
    expect(measured.fetchedBytes).toBeLessThan(5.05 * fileBytes);
  });

  it('counts folders with all below them, and names paths that are not there', async () => {
    const { body } = await plan({
      recoveryPointId: points[0]?.recoveryPointId,
      paths: [{ path: 'df1-2026-02-01' }, { path: 'nowhere' }],
    });

    expect(body).toMatchObject({
      written: { files: 1, bytes: fileBytes },
      refusals: [{ code: 'RESTORE_PATH_UNKNOWN', text: expect.stringMatching(/nowhere/) }],
    });
  });

  it('has the price of its region, with where it is from; of an unknown region none', async () => {
    const { price, measured } = await planHere({ database: dbid });

    expect(price).toMatchObject({ isKnown: true, region: 'eu-central-1', asOf: '2026-11-21' });
    expect(price).toMatchObject(
      priceOf('eu-central-1', { requests: measured.requests, bytes: measured.fetchedBytes }) ?? {},
    );
    expect(priceOf('eu-central-1', { requests: 2000, bytes: 1e12 })).toEqual({
      ...{ requestsUsd: 0.00086, transferUsd: 90, totalUsd: 90.00086 },
    });
    expect(priceOf('mars-1', { requests: 1, bytes: 1 })).toBeUndefined();
    expect((await plan({ database: dbid })).body.price).toMatchObject({ isKnown: false });
  });
});

describe('room and refusals', () => {
  it('an order is refused where there is not enough room, with both numbers', async () => {
    const report = (freeBytes: number) =>
      service.catalog.mounts.noteReport(mountId, { at: service.clock.now(), state: 'ready', freeBytes });
    await report(1000);
    const short = await plan({ database: dbid });
    await report(2 ** 40);
    const enough = await plan({ database: dbid });

    expect(short.body).toMatchObject({
      target: { freeBytes: 1000, isShort: true },
      refusals: [
        {
          code: 'RESTORE_SPACE_LOW',
          text: expect.stringMatching(new RegExp(`^it needs ${6 * fileBytes} bytes, .* has 1000 bytes free`)),
        },
      ],
    });
    expect(enough.body).toMatchObject({ target: { isShort: false }, refusals: [] });
  });

  it('says beforehand that a gateway cannot restore chosen files', async () => {
    const { storeId } = store;
    if (storeId === undefined) throw new Error('no store');
    const note = (capabilities: string[]) =>
      service.catalog.stores.noteSeen(storeId, {
        at: service.clock.now(),
        gatewayVersion: '1.0.0',
        capabilities,
      });
    await note(['stage-restore']);
    const old = await plan({ database: dbid });
    await note(['stage-restore', 'restore-options']);

    expect(old.body.refusals).toMatchObject([{ code: 'CAPABILITY_MISSING' }]);
  });

  it('is shown to readers, and to no store', async () => {
    expect((await plan({ database: dbid }, store)).statusCode).toBe(403);
  });

  it('can be ordered as it stands', async () => {
    const { body } = await plan({ database: dbid });

    const { statusCode, body: ordered } = await service.send('createRestore', {
      caller: operator,
      params: { recoveryPointId: String(body.recoveryPointId) },
      body: { paths: body.paths },
    });

    expect(statusCode).toBe(202);
    expect(ordered).toMatchObject({ paths: body.paths });
  });
});

describe('the predicted time', () => {
  it('is an assumption that says so, until the store has restored something', async () => {
    expect((await plan({ database: dbid })).body.time).toMatchObject({ basis: 'assumed', restores: 0 });
    expect(predictTime([], 25e6)).toMatchObject({ seconds: assumedRate.startSeconds + 1 });
  });

  it('comes from the earlier restores of that store', async () => {
    const recoveryPointId = points[0]?.recoveryPointId;
    if (recoveryPointId === undefined) throw new Error('no point');
    const { restoreId } = await orderRestore(service, operator, { recoveryPointId });
    service.clock.advance(100_000);
    const bytes = 5 * fileBytes;
    const progress = { filesDone: 5, filesTotal: 5, bytesDone: bytes, bytesTotal: bytes };
    await endRestore(service, { restoreId, end: { state: 'completed', progress } });

    const measured = { seconds: 100, basis: 'measured', restores: 1 };
    expect((await plan({ recoveryPointId })).body.time).toEqual(measured);
    // What the store made of its own snapshot says nothing of how long the vault takes.
    const clone = await orderRestore(service, operator, { recoveryPointId });
    service.clock.advance(10);
    const fromSnapshot = { ...progress, fromSnapshot: '01J00000000000000000000000' };
    await endRestore(service, {
      restoreId: clone.restoreId,
      end: { state: 'completed', progress: fromSnapshot },
    });
    expect((await plan({ recoveryPointId })).body.time).toEqual(measured);
  });

  it.each([
    [
      'one size: in proportion',
      [
        [1e9, 100],
        [1e9, 110],
        [1e9, 90],
      ],
      2e9,
      200,
    ],
    [
      'two sizes: what it takes to begin, and what a byte takes',
      [
        [1e9, 130],
        [10e9, 400],
      ],
      5e9,
      250,
    ],
    [
      'one that was slow among others',
      [
        [1e9, 130],
        [1e9, 130],
        [1e9, 9000],
        [10e9, 400],
        [10e9, 400],
        [10e9, 400],
      ],
      5e9,
      250,
    ],
    [
      'larger ones that took less: in proportion',
      [
        [1e9, 100],
        [4e9, 90],
      ],
      1e9,
      61.25,
    ],
  ])('of %s', (_, measured, bytes, seconds) => {
    const restores = measured.map(([size = 0, took = 0]) => ({ bytes: size, seconds: took }));

    expect(predictTime(restores, bytes).seconds).toBeCloseTo(seconds);
  });
});

describe('files that are too many to be named', () => {
  const limits = { paths: 3, bytes: 200 };

  it.each([
    ['few', ['a/1', 'b/2'], { paths: ['a/1', 'b/2'], isWidened: false }],
    [
      'many in two folders, one in the other',
      ['a/1', 'a/2', 'a/b/3', 'c/4'],
      { paths: ['a', 'c'], isWidened: true },
    ],
    ['many in the root', ['1', '2', '3', '4'], undefined],
    ['many folders', ['a/1', 'b/1', 'c/1', 'd/1'], undefined],
  ])('%s', (_, files, expected) => {
    expect(namePaths(files, limits)).toEqual(expected);
  });
});
