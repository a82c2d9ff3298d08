import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import * as z from 'zod';
import type { MountId, UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { damaged, unsupported } from '../vault/errors.ts';
import { uploadsPrefix } from '../vault/keys.ts';
import { expandStream, linesOf } from '../vault/manifest-reader.ts';

/** One version of an object that is to be deleted. */
export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly sizeBytes: number;
}

/**
 * What goes, by version: stored write-once before the first delete, and carried out as often as needed (PROTOCOL 11 and 13).
 * It can name nothing but objects under the uploads of its mount.
 */
export interface DeletionList {
  readonly mountId: MountId;
  readonly of: ReclaimOf | { readonly kind: 'orphans' };
  readonly madeAt: Instant;
  /** Of the mount when it was made. */
  readonly lineVersion: number;
  readonly versions: readonly ListedVersion[];
}

/** The point that goes, and the neighbours whose tables kept the rest. */
interface ReclaimOf {
  readonly kind: 'reclaim';
  readonly recoveryPointId: UploadId;
  readonly previousId?: UploadId;
  readonly nextId?: UploadId;
}

export interface EncodedList {
  readonly bytes: Buffer;
  /** Of the bytes: the list's name in the vault, in the catalog and in the journal. */
  readonly sha256: string;
  readonly objects: number;
  /** Stored bytes of all that it names. */
  readonly totalBytes: number;
}

const compress = promisify(zstdCompress);

/** A header and one line for each version, their keys without what all have in common. */
export async function encodeDeletionList(list: DeletionList): Promise<EncodedList> {
  const { mountId, of, madeAt, lineVersion, versions } = list;
  const totalBytes = versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const objects = versions.length;
  const header = { version: 1, mountId, of, madeAt, lineVersion, objects, bytes: totalBytes };
  const prefix = uploadsPrefix(mountId);
  const lines = versions.map(({ key, versionId, sizeBytes }) => {
    if (!key.startsWith(prefix)) throw new RangeError(`${key} is no object of an upload of mount ${mountId}`);
    return JSON.stringify([key.slice(prefix.length), versionId, sizeBytes]);
  });
  const bytes = await compress(Buffer.from(`${[JSON.stringify(header), ...lines].join('\n')}\n`));
  return { bytes, sha256: sha256Of(bytes), objects, totalBytes };
}

const anyHeader = z.looseObject({ version: z.number(), mountId: z.string(), objects: z.number() });
const row = z.tuple([z.string().min(1), z.string().min(1), z.number()]);

/** The list from its bytes, as its name says it was stored; `object` names it in errors. */
export async function decodeDeletionList(
  bytes: Buffer,
  {
    sha256,
    mountId,
    object,
  }: { readonly sha256: string; readonly mountId: MountId; readonly object: string },
): Promise<DeletionList> {
  if (sha256Of(bytes) !== sha256) throw damaged(object, 'does not have the hash in its name');
  const prefix = uploadsPrefix(mountId);
  const versions: ListedVersion[] = [];
  let header: z.output<typeof anyHeader> | undefined;
  for await (const line of linesOf(expandStream([bytes], object), object)) {
    const value: unknown = JSON.parse(line.toString());
    if (header === undefined) {
      header = anyHeader.parse(value);
      if (header.version !== 1) throw unsupported(object, `has version ${header.version}; this reads 1`);
      continue;
    }
    const [name, versionId, sizeBytes] = row.parse(value);
    versions.push({ key: prefix + name, versionId, sizeBytes });
  }
  if (header?.mountId !== mountId || header.objects !== versions.length) {
    throw damaged(object, 'is not the list of this mount, or not all of it');
  }
  return { ...(header as unknown as Omit<DeletionList, 'versions'>), versions };
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
