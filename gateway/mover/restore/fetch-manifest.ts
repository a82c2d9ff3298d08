import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { damaged } from '../../../shared/domain/vault/errors.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type { ManifestHeader, ManifestRow } from '../../../shared/domain/vault/manifest-rows.ts';
import type { ObjectSource } from '../ports.ts';
import { isDamage } from './restore-damage.ts';

/** The manifest of 10^6 files has 100 MB: it goes to the disk in pieces. */
const pieceBytes = 8 * 2 ** 20;

/** The keys of a snapshot, undefined for one that is not encrypted; throws when they, or such a snapshot, are refused. */
export type FindKeys = (header: ManifestHeader) => Promise<MountKeys | undefined>;

/**
 * Fetches a manifest to a file and answers its rows, with the keys of what they name. What is not what was stored is
 * fetched a second time, for it may have been changed on the way. Throws VAULT_OBJECT_DAMAGED, and what `findKeys` throws.
 */
export async function fetchManifest(
  source: ObjectSource,
  key: string,
  sha256: string,
  path: string,
  findKeys: FindKeys,
): Promise<{ readonly rows: AsyncIterable<ManifestRow>; readonly keys: MountKeys | undefined }> {
  await fetchTo(source, key, sha256, path).catch((error: unknown) => {
    if (!isDamage(error)) throw error;
    return fetchTo(source, key, sha256, path);
  });
  const keys = await findKeys(await readHeader(path, key));
  return { rows: readManifest(createReadStream(path), key, keys), keys };
}

async function readHeader(path: string, key: string): Promise<ManifestHeader> {
  for await (const row of readManifest(createReadStream(path), key))
    if (row.row === 'manifest') return row.header;
  throw damaged(key, 'has no header');
}

async function fetchTo(source: ObjectSource, key: string, sha256: string, path: string): Promise<void> {
  const hash = createHash('sha256');
  const handle = await open(path, 'w', 0o600);
  let from = 0;
  try {
    for (let isLast = false; !isLast; ) {
      const piece = await source.get(key, { from, to: from + pieceBytes });
      hash.update(piece);
      await handle.writeFile(piece);
      from += piece.length;
      isLast = piece.length < pieceBytes;
    }
  } finally {
    await handle.close();
  }
  if (hash.digest('hex') !== sha256)
    throw damaged(key, `is not what was stored (${from} bytes with another hash)`);
}
