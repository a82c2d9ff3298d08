import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Baselines } from '../../../gateway/mover/baseline/baselines.ts';
import { uploadSnapshot } from '../../../gateway/mover/upload/upload-snapshot.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { bytesOf } from '../mover/memory-vault.ts';
import { temporaryFolder } from '../mover/mover-fixtures.ts';
import { identity, mountId } from '../mover/mover-identity.ts';
import { encryptionWith } from './line-keys.ts';

/** What goes wrong between two attempts at the same upload; all that a crash, a clone or an old image may change. */
const mishaps = [
  'nothing',
  'another level of compression',
  'other content under the same names',
  'one byte of a file',
  'a file that is gone',
  'lost baselines',
  'another upload',
] as const;

interface SentPack {
  readonly salt: string;
  readonly sha256: string;
  /** What the pack is named by: its upload and number. */
  readonly name: string;
}

/**
 * Makes the same upload again and again, each attempt killed at some pack, with mishaps in between; answers all packs that
 * were ever on their way to the vault, also those that the vault had.
 */
export async function attempt(times: number): Promise<SentPack[]> {
  const folder = await temporaryFolder();
  const root = join(folder, 'source');
  const encryption = encryptionWith('n', mountId);
  const sent: SentPack[] = [];
  let [level, content, upload] = [1, 0, 0];
  const write = async (name: string, bytes: Buffer) => writeFile(join(root, name), bytes);
  await mkdir(root);
  for (let number = 0; number < times; number++) {
    const dice = randomBytes(`attempt ${number}`, 4);
    const mishap = mishaps[number % mishaps.length];
    if (mishap === 'another level of compression') level = 1 + ((dice[0] ?? 0) % 9);
    if (mishap === 'other content under the same names') content++;
    if (mishap === 'lost baselines') await rm(join(folder, 'baselines'), { recursive: true, force: true });
    if (mishap === 'another upload') upload++;
    const text = Array.from(
      { length: 4000 },
      (_, line) => `${line % 37} of ${line % (101 + content)}`,
    ).join();
    await write('text', Buffer.from(text));
    await write('noise', randomBytes(`noise ${content}`, 40_000));
    if (mishap === 'one byte of a file') await write('noise', randomBytes(`noise ${content}`, 40_001));
    if (mishap === 'a file that is gone') await rm(join(root, 'text'));
    const uploadId = `01K0000000000000000000000${'ABCDEFGH'[upload % 8]}` as UploadId;
    const baselines = await Baselines.open(join(folder, 'baselines'), (error) => {
      throw error;
    });
    const isKilled = (dice[1] ?? 0) % 3 === 0;
    await uploadSnapshot({
      root,
      identity: { ...identity, uploadId },
      logs: [],
      level,
      baselines,
      encryption,
      clock: () => new Date('2026-01-31T12:00:01Z'),
      target: {
        async put(object, body) {
          const bytes = bytesOf(body);
          if (object.kind !== 'pack') return;
          const name = `${uploadId}/${object.number}`;
          sent.push({ salt: bytes.toString('hex', 16, 48), sha256: sha256Hex(bytes), name });
          if (isKilled) throw new Error('killed');
        },
      },
    }).catch((error: Error) => expect(error.message).toBe('killed'));
  }
  return sent;
}

/** One salt, one pack: the same key, and so the same nonces, only ever for the same bytes. */
export function expectNoKeyTwice(sent: readonly SentPack[]): void {
  const bySalt = Map.groupBy(sent, ({ salt }) => salt);
  for (const packs of bySalt.values()) {
    expect(new Set(packs.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(new Set(packs.map(({ name }) => name)).size).toBe(1);
  }
}
