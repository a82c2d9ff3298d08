import { beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../shared/domain/access.ts';
import { toInstant, toMillis } from '../../../shared/domain/instant.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { dbid, filesOfNight, type Night, nightLog } from '../../domain/recoverability/session.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import {
  askCommit,
  createStoreAndMount,
  type MemoryService,
  openSnapshot,
  runCommit,
  uploadFiles,
} from '../../support/uploading.ts';

const viewer: Caller = { credentialId: 'key-viewer', role: 'viewer' };
/** The host's clock is two hours ahead of UTC: its 22:12 is 20:12Z. */
const hostOffset = '+02:00';
const nights: readonly Night[] = [
  { day: '2026-02-01' },
  { day: '2026-02-02', before: [[1, 122]], after: [[1, 123]] },
  // The logs of the third day are lost.
  { day: '2026-02-04', before: [[1, 130]], after: [[1, 131]] },
];

let service: MemoryService;
const points: RecoveryPoint[] = [];

const moveTo = (text: string) => service.clock.advance(Date.parse(text) - toMillis(service.clock.now()));

beforeAll(async () => {
  service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service);
  const files: Record<string, string> = {};
  for (const [index, night] of nights.entries()) {
    for (const path of filesOfNight(night)) files[path] = path.padEnd(1024);
    moveTo(`${night.day}T21:00:00Z`);
    const upload = await openSnapshot(service, caller, mount);
    const log = {
      content: nightLog(night),
      fileName: `${index}.log`,
      mountpoint: '/mnt/ledger',
      platform: 'linux' as const,
      receivedAt: toInstant(0),
    };
    const kept = { ...files };
    if (index === 2) delete kept['arc-before-2026-02-04'];
    await askCommit(service, caller, upload, await uploadFiles(service, caller, upload, kept, [log]));
    points.push(await runCommit(service, upload.uploadId));
  }
});

const get = async (
  name: Parameters<MemoryService['send']>[0],
  params: Record<string, string>,
  query = {},
) => {
  const { statusCode, body } = await service.send(name, { caller: viewer, params, query });
  return {
    statusCode,
    body: (body ?? {}) as Record<string, unknown> & { items?: Record<string, unknown>[] },
  };
};
const pointFor = (time: string, query: Record<string, string> = { hostOffset }) =>
  get('findRecoveryPointFor', { databaseId: dbid }, { time, ...query });

describe('the recovery window of a database', () => {
  it('says for each point what can be restored, newest first, and what is missing', async () => {
    const { statusCode, body } = await get('listRecoveryWindows', { databaseId: dbid });

    expect(statusCode).toBe(200);
    expect(body.items).toMatchObject([
      {
        recoveryPointId: points[2]?.recoveryPointId,
        recoverable: 'yes',
        windows: [
          { to: '2026-02-02T22:11:00', through: [{ thread: 1, sequence: 123 }] },
          { to: '2026-02-02T22:11:00' },
          { from: '2026-02-04T22:10:01', through: [{ thread: 1, sequence: 131 }] },
        ],
        firstGap: { thread: 1, fromSequence: 124, toSequence: 130 },
        advice: ['BACKUP ARCHIVELOG FROM SEQUENCE 124 UNTIL SEQUENCE 130 THREAD 1;'],
      },
      { recoveryPointId: points[1]?.recoveryPointId, windows: [{ from: '2026-02-01T22:10:01' }, {}] },
      { recoveryPointId: points[0]?.recoveryPointId, windows: [{ fileCount: 4 }] },
    ]);
  });

  it('goes on page by page', async () => {
    const first = await get('listRecoveryWindows', { databaseId: dbid }, { limit: '2' });
    const rest = await get(
      'listRecoveryWindows',
      { databaseId: dbid },
      { limit: '2', cursor: String(first.body.cursor) },
    );

    expect(first.body.items).toHaveLength(2);
    expect(rest.body.items).toMatchObject([{ recoveryPointId: points[0]?.recoveryPointId }]);
    expect(rest.body.cursor).toBeUndefined();
  });

  it('stands with each database of a point too', async () => {
    const { body } = await get('listPointDatabases', { recoveryPointId: points[0]?.recoveryPointId ?? '' });

    expect(body.items).toMatchObject([{ dbid, recoverability: { recoverable: 'yes' } }]);
  });

  it('of a database that nobody knows is not there', async () => {
    expect(await get('listRecoveryWindows', { databaseId: '5' })).toMatchObject({
      statusCode: 404,
      body: { code: 'DATABASE_NOT_FOUND' },
    });
  });
});

describe('the recovery point for a moment', () => {
  it('is the earliest one taken then or later that reaches it (D5)', async () => {
    expect(await pointFor('2026-02-02T12:00:00.000Z')).toMatchObject({
      statusCode: 200,
      body: { outcome: 'found', recoveryPoint: { recoveryPointId: points[1]?.recoveryPointId } },
    });
  });

  it('is not there for a time after the newest point: a snapshot is to be taken first (D5, S49)', async () => {
    const { body } = await pointFor('2026-02-05T12:00:00.000Z');

    expect(body).toMatchObject({ outcome: 'none', code: 'TARGET_AFTER_NEWEST_POINT' });
    expect(body.text).toContain('Suitable snapshot not found');
  });

  it('is not certain for a time in a gap of the logs (S49)', async () => {
    const { body } = await pointFor('2026-02-03T12:00:00.000Z');

    expect(body).toMatchObject({
      outcome: 'uncertain',
      recoveryPoint: { recoveryPointId: points[2]?.recoveryPointId },
    });
  });

  it('is not there for a time before the first backup (D30)', async () => {
    const { body } = await pointFor('2026-01-15T12:00:00.000Z');

    expect(body).toMatchObject({ outcome: 'none', code: 'TARGET_NOT_REACHED' });
    expect(body.text).toContain('Suitable snapshot not found');
  });

  it('is certain without the offset of the host only where it holds in every zone', async () => {
    expect((await pointFor('2026-02-02T20:00:00.000Z', {})).body).toMatchObject({ outcome: 'uncertain' });
  });

  it.each([
    ['time', { time: 'yesterday' }],
    ['hostOffset', { time: '2026-02-02T12:00:00.000Z', hostOffset: 'CET' }],
  ])('refuses a bad %s', async (_, query) => {
    expect(await get('findRecoveryPointFor', { databaseId: dbid }, query)).toMatchObject({ statusCode: 400 });
  });
});
