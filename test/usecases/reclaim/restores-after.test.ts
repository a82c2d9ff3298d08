import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nextJournalEntry } from '../../../shared/domain/journal.ts';
import { beginReclaim } from '../../../shared/usecases/reclaim/begin-reclaim.ts';
import { carryOutReclaim } from '../../../shared/usecases/reclaim/carry-out-reclaim.ts';
import { present } from '../../adapters/support/line.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from '../../gateway/mover/backup-line.ts';
import { letGo } from './reclaim-line.ts';

const mebibyte = 2 ** 20;

/** Three days of a mount: one file that changes in places, one that grows, one that is there for two days only. */
async function liveThreeDays(line: BackupLine): Promise<Point[]> {
  const path = (name: string) => join(line.root, name);
  await writeFile(path('data.dbf'), randomBytes('data', 2 * mebibyte));
  const points: Point[] = [];
  for (let day = 0; day < 3; day++) {
    await line.write('data.dbf', (day * mebibyte) / 4, randomBytes(`change ${day}`, 64 * 1024));
    await appendFile(path('archive.log'), randomBytes(`log ${day}`, 200_000));
    await writeFile(path('piece'), day < 2 ? randomBytes('piece', 300_000) : Buffer.from('another'));
    points.push(await line.backUp());
  }
  return points;
}

async function reclaim({ service }: BackupLine, { upload }: Point): Promise<void> {
  const { catalog, clock } = service;
  const { uploadId: recoveryPointId, mountId } = upload;
  const mount = present(await catalog.mounts.find(mountId));
  const deletion = { markedAt: clock.now(), reclaimAfter: clock.now(), planSha256: '0'.repeat(64) };
  const marked = { ...deletion, because: {} as never };
  const event = { at: clock.now(), kind: 'recovery-point-pending', data: { recoveryPointId } };
  const entry = nextJournalEntry(mountId, mount.journal, event);
  const change = { deletion: marked, expiries: [], unchanged: [], entry };
  await catalog.recoveryPoints.markForDeletion(mount, recoveryPointId, change);
  clock.advance(3 * 86_400_000);
  await beginReclaim({ ...service, decideAgain: letGo }, recoveryPointId);
  expect((await carryOutReclaim(service, recoveryPointId)).outcome).toBe('gone');
}

it('points restore byte for byte after their neighbours are gone', async () => {
  const line = await BackupLine.make();
  const points = await liveThreeDays(line);
  const [first, second, third] = points as [Point, Point, Point];

  await reclaim(line, second);
  for (const point of [first, third]) await line.expectRestorable(point);
  await reclaim(line, first);
  await line.expectRestorable(third);
  await reclaim(line, third);

  const { mountId } = first.upload;
  const prefix = `v1/mounts/${mountId}/uploads/`;
  expect((await line.service.vault.listVersions({ prefix })).versions).toEqual([]);
});
