import { describe, expect, it } from 'vitest';
import { fetchFrames } from '../../../gateway/mover/restore/pack-fetch.ts';
import { openFrame, PackWriter } from '../../../shared/domain/vault/pack.ts';
import { prepareFrame, randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { uploadId } from './mover-identity.ts';

const kibibyte = 2 ** 10;

/** A pack of frames that do not compress, and a record of what is asked of it. */
function storedPack(frames: number, frameBytes: number) {
  const contents = Array.from({ length: frames }, (_, index) => randomBytes(`${index}`, frameBytes));
  const writer = new PackWriter(Buffer.alloc(frames * (frameBytes + 64) + 4096));
  for (const content of contents) writer.add(prepareFrame(content));
  const { bytes, sha256, indexSha256: tableSha256, rawBytes } = writer.seal();
  const pack = {
    owner: uploadId,
    number: 1,
    sha256,
    storedBytes: bytes.length,
    tableSha256,
    rawBytes,
  };
  const asked: (readonly [from: number, to: number])[] = [];
  const from = {
    keyOf: () => 'pack 1',
    memory: Buffer.alloc(0),
    source: {
      async get(_key: string, range?: { readonly from: number; readonly to: number }) {
        asked.push([range?.from ?? 0, range?.to ?? bytes.length]);
        return Buffer.from(bytes.subarray(range?.from, range?.to));
      },
    },
  };
  const fetchAndOpen = async (numbers: number[], row = pack) => {
    const fetched = await fetchFrames(row, { frames: numbers, bytes: numbers.length * frameBytes }, from);
    return numbers.map((number) => {
      const frame = fetched.frames[number];
      if (!frame) throw new Error(`no frame ${number}`);
      return openFrame(frame, fetched.stored(number), 'pack 1');
    });
  };
  return { contents, bytes, pack, asked, fetchAndOpen };
}

describe('fetching frames of a pack', () => {
  it('takes the whole pack in one request when half of it is needed', async () => {
    const { contents, bytes, asked, fetchAndOpen } = storedPack(8, 100 * kibibyte);

    expect(await fetchAndOpen([1, 3, 4, 6])).toEqual([1, 3, 4, 6].map((number) => contents[number]));
    expect(asked).toEqual([[0, bytes.length]]);
  });

  it('takes the table and the ranges needed otherwise, joined where the gap is small', async () => {
    const { contents, bytes, asked, fetchAndOpen } = storedPack(20, 200 * kibibyte);

    expect(await fetchAndOpen([1, 3, 10])).toEqual([1, 3, 10].map((number) => contents[number]));
    const frameAt = (number: number) => 64 + number * 200 * kibibyte;
    expect(asked.slice(1)).toEqual([
      [frameAt(1), frameAt(4)],
      [frameAt(10), frameAt(11)],
    ]);
    expect(asked[0]).toEqual([bytes.length - 96 - 256 * 64, bytes.length]);
  });

  it('asks once more when the table is longer than usual', async () => {
    const { contents, asked, fetchAndOpen } = storedPack(1000, 100);

    expect(await fetchAndOpen([0, 999])).toEqual([contents[0], contents[999]]);
    expect(asked).toHaveLength(3);
  });

  it('does not trust a table that is not the one of the manifest', async () => {
    const { pack, fetchAndOpen } = storedPack(20, kibibyte);

    const wrong = { ...pack, tableSha256: '0'.repeat(64) };

    await expect(fetchAndOpen([1], wrong)).rejects.toMatchObject({ code: 'VAULT_OBJECT_DAMAGED' });
  });

  it('notices an answer that is shorter than its range', async () => {
    const { pack, fetchAndOpen } = storedPack(20, kibibyte);

    await expect(fetchAndOpen([1], { ...pack, storedBytes: pack.storedBytes + 5 })).rejects.toMatchObject({
      code: 'VAULT_OBJECT_WRONG_SIZE',
    });
  });

  it('notices a whole pack that is cut off', async () => {
    const { pack, fetchAndOpen } = storedPack(2, kibibyte);

    await expect(fetchAndOpen([0, 1], { ...pack, storedBytes: pack.storedBytes + 5 })).rejects.toMatchObject({
      code: 'VAULT_OBJECT_WRONG_SIZE',
      details: { object: 'pack 1' },
    });
  });
});
