import type { UploadId } from '../../domain/ids.ts';
import { formatVaultKey, uploadPrefix } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { StoredVersion, Vault, VersionMarker } from '../../ports/vault.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { type CommitRun, type CommittingUpload, findCommitting } from './find-committing.ts';

/** 100 listings of 1,000 keys take well under a minute; a Lambda has 15. */
const pagesPerCall = 100;
/** Objects asked for their stored checksum, spread over the table: a check of the rule that keys carry their hash. */
const sampleSize = 8;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads'>;
  readonly vault: Pick<Vault, 'read' | 'listVersions' | 'head'>;
}

export type ObjectsProgress =
  | { readonly done: true; readonly objects: number }
  | { readonly done: false; readonly objects: number; readonly after: VersionMarker };

interface Expected {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Second step of a commit, beside the first: every object of the upload's own lies in the vault in exactly one version with the length
 * of its row, by listing the prefix page by page; call again with `after` until it is done. The hash needs no
 * reading: it is in the key, and S3 checked it when the signed PUT stored the bytes.
 */
export async function verifyObjects(
  { catalog, vault }: Dependencies,
  run: CommitRun & { objects?: number | undefined; after?: VersionMarker | undefined },
): Promise<ObjectsProgress> {
  const upload = await findCommitting(catalog, run);
  const prefix = uploadPrefix(upload.mountId, upload.uploadId);
  let after = run.after;
  const list = () => vault.listVersions({ prefix, ...(after && { after }) });
  const [expected, first] = await Promise.all([expectedObjects(vault, upload), list()]);
  const sample = chooseSample(expected);

  const startKey = run.after?.key ?? '';
  let seenKey = expected.has(startKey) ? startKey : undefined;
  for (const key of expected.keys()) if (key <= startKey) expected.delete(key);
  let objects = run.objects ?? 0;
  for (let page = 0; page < pagesPerCall; page++) {
    const listed = page === 0 ? first : await list();
    for (const version of listed.versions) {
      // Versions of one key stand next to each other, the latest first.
      if (version.key === seenKey) throw secondVersion(version.key);
      if (!acceptVersion(expected, version)) continue;
      seenKey = version.key;
      objects++;
    }
    const [overdue] = listed.next === undefined ? expected.keys() : keysUpTo(expected, listed.next.key);
    if (overdue !== undefined) {
      throw new ServiceError('COMMIT_OBJECT_MISSING', `${overdue} is not in the vault`, {
        details: { missing: [...expected.keys()].slice(0, 20) },
      });
    }
    if (listed.next === undefined) {
      await verifySample(vault, sample);
      return { done: true, objects };
    }
    after = listed.next;
  }
  if (after === undefined) throw new ServiceError('INTERNAL', 'a listing without end');
  return { done: false, objects, after };
}

/** Own objects by key. */
async function expectedObjects(
  vault: Pick<Vault, 'read'>,
  { mountId, uploadId, commit }: CommittingUpload,
): Promise<Map<string, Expected>> {
  const manifest = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256: commit.manifestSha256 });
  const source = await vault.read(manifest);
  if (source === undefined)
    throw new ServiceError('COMMIT_OBJECT_MISSING', `${manifest} is not in the vault`);
  const { objects, logs } = await readManifestHead(source, manifest);
  const expected = new Map<string, Expected>();
  expected.set(manifest, { sizeBytes: commit.manifestBytes, sha256: commit.manifestSha256 });
  const isOwn = ({ owner }: { owner: UploadId }) => owner === uploadId;
  const own = [...objects.filter(isOwn), ...logs.map((log) => ({ ...log, kind: 'log' as const }))];
  for (const { kind, number, sha256, storedBytes: sizeBytes } of own) {
    expected.set(formatVaultKey({ kind, mountId, uploadId, number, sha256 }), { sizeBytes, sha256 });
  }
  return expected;
}

const secondVersion = (key: string) =>
  new ServiceError('COMMIT_OBJECT_MISMATCH', `${key} has more than one version, or a delete marker`);

/** Whether it is an expected object. Objects of an earlier, refused commit may lie beside them. */
function acceptVersion(expected: Map<string, Expected>, version: StoredVersion): boolean {
  const { key, sizeBytes, isLatest, isDeleteMarker } = version;
  const object = expected.get(key);
  if (object === undefined) return false;
  if (isDeleteMarker || !isLatest) throw secondVersion(key);
  if (sizeBytes !== object.sizeBytes) {
    throw new ServiceError(
      'COMMIT_OBJECT_MISMATCH',
      `${key} has ${sizeBytes} bytes, its row ${object.sizeBytes}`,
    );
  }
  expected.delete(key);
  return true;
}

function* keysUpTo(expected: ReadonlyMap<string, Expected>, last: string): Generator<string> {
  for (const key of expected.keys()) if (key < last) yield key;
}

function chooseSample(expected: ReadonlyMap<string, Expected>): [key: string, Expected][] {
  const step = Math.max(1, Math.floor(expected.size / sampleSize));
  return [...expected].filter((_, index) => index % step === 0).slice(0, sampleSize);
}

async function verifySample(
  vault: Pick<Vault, 'head'>,
  sample: readonly (readonly [key: string, Expected])[],
): Promise<void> {
  const heads = await mapAtOnce(sample, sampleSize, ([key]) => vault.head(key));
  for (const [index, [key, { sha256 }]] of sample.entries()) {
    const stored = heads[index];
    if (stored?.sha256 === sha256) continue;
    throw new ServiceError(
      'COMMIT_OBJECT_MISMATCH',
      `${key} is stored with SHA-256 ${stored?.sha256 ?? 'unknown'}`,
    );
  }
}
