import { createHash } from 'node:crypto';
import type { RecoveryPointTotals } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import type { FileEntry, ManifestHeader, MapRow, PackRow } from '../../domain/vault/manifest-rows.ts';
import { refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { type MapFacts, readMapFacts } from '../databases/read-map-facts.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { readParentObjects, requireInParent } from '../uploads/require-in-parent.ts';
import { type CommitRun, type CommittingUpload, findCommitting } from './find-committing.ts';

/** In memory together. */
const bundlesAtOnce = 4;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads'>;
  readonly vault: Pick<Vault, 'read'>;
}

/**
 * First step of a commit (PROTOCOL 8): the manifest is what the commit named; it belongs to this upload and its pinned
 * parent; what it takes from elsewhere stands in the parent's tables; every segment that a file names is in the bundle
 * it names; and the pack table is exactly the union of the packs that those segments name. A pack too few would be
 * reclaimed under a live point, a pack too many would never be. Answers the point's totals.
 */
export async function verifyManifest(
  dependencies: Dependencies,
  run: CommitRun,
): Promise<RecoveryPointTotals> {
  const { catalog, vault } = dependencies;
  const upload = await findCommitting(catalog, run);
  const { mountId, uploadId, commit } = upload;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: commit.manifestSha256 });
  const parentObjects = readParentObjects(vault, upload);
  // A fault of it counts only where it is needed.
  parentObjects.catch(() => {});
  const hashed = await openHashed(vault, key);

  const packs = new Map<string, PackRow>();
  const bundles: MapRow[] = [];
  let maps: ReadonlyMap<string, MapFacts> | undefined;
  let ownObjects = 1;
  let ownStoredBytes = commit.manifestBytes;
  let header: ManifestHeader | undefined;
  const own = (owner: string, storedBytes: number) => {
    if (owner !== uploadId) return;
    ownObjects++;
    ownStoredBytes += storedBytes;
  };
  for await (const row of readManifest(hashed.chunks, key)) {
    if (row.row === 'manifest') {
      header = row.header;
      requireSameUpload(upload, header);
    } else if (row.row === 'object' && row.object.kind === 'pack') {
      packs.set(refKey(row.object), row.object);
      own(row.object.owner, row.object.storedBytes);
    } else if (row.row === 'object' && row.object.kind === 'map') {
      bundles.push(row.object);
      own(row.object.owner, row.object.storedBytes);
    } else if (row.row === 'log') {
      own(uploadId, row.log.storedBytes);
    } else if (row.row === 'entry' && row.entry.type === 'file') {
      maps ??= await readMaps(vault, header, bundles);
      requireSegments(row.entry, maps);
    }
  }
  hashed.requireEqual(commit.manifestSha256, commit.manifestBytes);
  if (header === undefined) throw mismatch(`${key} has no header`);
  maps ??= await readMaps(vault, header, bundles);
  requireUnion(packs, maps);
  await requireInParent(upload, [...packs.values(), ...bundles], () => parentObjects);
  const { files, bytes, logs } = header.totals;
  return { files, bytes, ownObjects, ownStoredBytes, logs };
}

/** Bundles of a few MiB, by reference; with those of a large mount one after the other would take minutes. */
async function readMaps(
  vault: Pick<Vault, 'read'>,
  header: ManifestHeader | undefined,
  bundles: readonly MapRow[],
): Promise<ReadonlyMap<string, MapFacts>> {
  // The reader lets no table go before the header.
  if (header === undefined) throw mismatch('the manifest has no header');
  const facts = await mapAtOnce(bundles, bundlesAtOnce, (row) => readMapFacts(vault, header, row));
  return new Map(facts.map((each) => [refKey(each.row), each]));
}

const mismatch = (what: string) => new ServiceError('COMMIT_OBJECT_MISMATCH', what);

/** The manifest's bytes on their way to the reader, hashed and counted. */
async function openHashed(vault: Pick<Vault, 'read'>, key: string) {
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('COMMIT_OBJECT_MISSING', `${key} is not in the vault`);
  const hash = createHash('sha256');
  let bytes = 0;
  async function* pass(chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  }
  return {
    chunks: pass(source),
    requireEqual(sha256: string, expectedBytes: number) {
      const found = hash.digest('hex');
      if (found === sha256 && bytes === expectedBytes) return;
      throw mismatch(
        `${key} has ${bytes} bytes with SHA-256 ${found}; the commit names ${expectedBytes} bytes`,
      );
    },
  };
}

function requireSameUpload(upload: CommittingUpload, header: ManifestHeader): void {
  const parentOf = (parent: { uploadId: string; manifestSha256: string } | null | undefined) =>
    parent ? `${parent.uploadId} ${parent.manifestSha256}` : 'none';
  const says = `${header.mountId} ${header.uploadId} parent ${parentOf(header.parent)}`;
  const is = `${upload.mountId} ${upload.uploadId} parent ${parentOf(upload.parent)}`;
  if (says !== is) throw mismatch(`the manifest is of ${says}; this upload is ${is}`);
}

/** A file's segments must lie where it says, or the point could not be restored. */
function requireSegments({ path, segments }: FileEntry, maps: ReadonlyMap<string, MapFacts>): void {
  for (const segment of segments) {
    const facts = maps.get(refKey(segment));
    const isThere = facts?.segments.get(segment.index)?.sha256 === segment.sha256;
    if (isThere) continue;
    throw new ServiceError(
      'COMMIT_REFERENCE_INVALID',
      `${path.toString()} names segment ${segment.index} of map bundle ${refKey(segment)}, which does not hold it`,
    );
  }
}

function requireUnion(packs: ReadonlyMap<string, PackRow>, maps: ReadonlyMap<string, MapFacts>): void {
  const named = new Set<string>();
  for (const { row, segments } of maps.values()) {
    for (const index of indexesOf(row)) {
      for (const pack of segments.get(index)?.packs ?? []) named.add(pack);
    }
  }
  const missing = [...named].find((pack) => !packs.has(pack));
  const surplus = [...packs.keys()].find((pack) => !named.has(pack));
  if (missing !== undefined) throw mismatch(`segments name pack ${missing}, the pack table does not`);
  if (surplus !== undefined) throw mismatch(`the pack table names pack ${surplus}, no segment does`);
}

function* indexesOf({ segments }: MapRow): Generator<number> {
  for (const [first, count] of segments) {
    for (let index = first; index < first + count; index++) yield index;
  }
}
