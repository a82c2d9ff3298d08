import { expect, test } from 'vitest';
import { decodeFileMap, encodeFileMap } from '../../../shared/domain/file-map/file-map-json.ts';
import { foldFileMap } from '../../../shared/domain/file-map/fold.ts';
import { readLog } from '../../../shared/domain/file-map/read-log.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { toInstant } from '../../../shared/domain/instant.ts';
import { heldBytes } from '../../support/held-memory.ts';
import { file } from './line.ts';
import { backup, backupSet, connected, textOf } from './rman-session.ts';

const MILLION = 1_000_000;
const PIECES = 50_000;

test('a million files and fifty thousand pieces need less than half of the memory of the function', async () => {
  const uploadId = '01JWS0M3D4FGHJKMNPQRSTV001' as UploadId;
  const sets = Array.from({ length: PIECES }, (_, index) => backupSet({ handle: `/mnt/ledger/p/${index}` }));
  const bytes = Buffer.from(textOf(connected(), backup(...sets)));
  const parse = await readLog(
    (async function* () {
      yield bytes;
    })(),
    { sha256: 'a'.repeat(64), rawBytes: bytes.length, fileName: 'run.log' },
  );
  const receivedAt = toInstant(0);
  const host = { mountpoint: '/mnt/ledger', platform: 'linux' as const };
  const log = {
    uploadId,
    seq: 1,
    logNumber: 1,
    fileName: 'run.log',
    ...host,
    receivedAt,
    isLate: false,
    parse,
  };
  async function* entries() {
    for (let index = 0; index < PIECES; index++) yield file(`p/${index}`, String(index));
    for (let index = 0; index < MILLION; index++) yield file(`z/${index}.jpg`, String(index));
  }
  const identity = {
    mountId: 'mnt-01JWS0GFN8ZQ2H5V7Y3R4T6WXA' as MountId,
    recoveryPointId: uploadId,
    number: 1,
    seq: 1,
    takenAt: receivedAt,
    manifestSha256: 'b'.repeat(64),
  };

  const map = await foldFileMap(identity, undefined, [log], entries());
  const encoded = await encodeFileMap(map);
  const decoded = await decodeFileMap([encoded], 'map');

  const held = heldBytes();

  // Weighed with the map twice, as it was made and as it was read; what garbage there was besides is the machine's affair.
  expect(held).toBeLessThan(400 * 2 ** 20);
  expect(map.additional.files).toBe(MILLION);
  expect(decoded.additional.files).toBe(MILLION);
  expect(decoded.databases[0]?.backupSets).toHaveLength(PIECES);
  expect(encoded.length).toBeLessThan(16 * 2 ** 20);
}, 300_000);
