import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import { fileDigest } from '../../shared/domain/vault/digest.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { readManifest } from '../../shared/domain/vault/manifest-reader.ts';
import type { FileEntry, ObjectRow } from '../../shared/domain/vault/manifest-rows.ts';
import { openBundle, openSegment } from '../../shared/domain/vault/map-bundle.ts';
import { openFrame, openPack } from '../../shared/domain/vault/pack.ts';
import { refKey } from '../../shared/domain/vault/pack-ref.ts';
import type { Vault } from '../../shared/ports/vault.ts';

interface Subject {
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  readonly manifestSha256: string;
}

/** The text of every file of a point, from the vault alone and with every check that a restore makes. */
export async function readPoint(
  vault: Pick<Vault, 'read'>,
  { mountId, recoveryPointId: uploadId, manifestSha256: sha256 }: Subject,
): Promise<Map<string, string>> {
  const manifest = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
  const rows = new Map<string, ObjectRow>();
  const entries: FileEntry[] = [];
  for await (const row of readManifest([await readAll(vault, manifest)], manifest)) {
    if (row.row === 'object') rows.set(`${row.object.kind} ${refKey(row.object)}`, row.object);
    if (row.row === 'entry' && row.entry.type === 'file') entries.push(row.entry);
  }
  const opened = new Map<string, Buffer>();
  for (const [name, row] of rows) {
    opened.set(name, await readAll(vault, formatVaultKey({ ...row, mountId, uploadId: row.owner })));
  }
  const find = (name: string) => {
    const [row, bytes] = [rows.get(name), opened.get(name)];
    if (row === undefined || bytes === undefined) throw new Error(`${manifest} does not list ${name}`);
    return { row, bytes };
  };
  return new Map(entries.map((entry) => [entry.path.toString(), fileText(entry, find)]));
}

type Find = (name: string) => { readonly row: ObjectRow; readonly bytes: Buffer };

function fileText({ path, size, leafBytes, digest, segments }: FileEntry, find: Find): string {
  const digests: Buffer[] = [];
  const pieces = segments.map((ref) => {
    const { row, bytes } = find(`map ${refKey(ref)}`);
    const entry = openBundle(bytes, refKey(ref), row.tableSha256)[ref.index];
    if (entry === undefined) throw new Error(`bundle ${refKey(ref)} has no segment ${ref.index}`);
    const segment = openSegment(entry, storedOf(bytes, entry), refKey(ref));
    digests.push(segment.digest);
    return Buffer.concat(
      segment.extents.map(({ length, place }) => {
        if (place === undefined) return Buffer.alloc(length);
        const pack = find(`pack ${refKey(place.pack)}`);
        const frame = openPack(pack.bytes, refKey(place.pack), pack.row.tableSha256)[place.frame];
        if (frame === undefined) throw new Error(`pack ${refKey(place.pack)} has no frame ${place.frame}`);
        const raw = openFrame(frame, storedOf(pack.bytes, frame), refKey(place.pack));
        return raw.subarray(place.offset, place.offset + length);
      }),
    );
  });
  if (fileDigest(size, leafBytes, digests) !== digest) throw new Error(`${path} has another digest`);
  return Buffer.concat(pieces).toString();
}

const storedOf = (bytes: Buffer, { offset, storedBytes }: { offset: number; storedBytes: number }): Buffer =>
  bytes.subarray(offset, offset + storedBytes);

async function readAll(vault: Pick<Vault, 'read'>, key: string): Promise<Buffer> {
  const source = await vault.read(key);
  if (source === undefined) throw new Error(`${key} is not in the vault`);
  return Buffer.concat(await Array.fromAsync(source));
}
