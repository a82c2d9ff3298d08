import type { RecoveryPoint } from '../../domain/recovery-point.ts';
import type { RestorePath } from '../../domain/restore.ts';
import { foldersAbove } from '../../domain/restore-choice/name-paths.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import type {
  FileEntry,
  ManifestEntry,
  ManifestHeader,
  MapRow,
  PackRow,
} from '../../domain/vault/manifest-rows.ts';
import { openBundle } from '../../domain/vault/map-bundle.ts';
import { refKey } from '../../domain/vault/pack-ref.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

type Reader = Pick<Vault, 'read'>;

/** What a restore writes, and fetches for it. */
export interface Measured {
  readonly files: number;
  readonly writtenBytes: number;
  readonly fetchedBytes: number;
  readonly requests: number;
  /** The maps were read; otherwise chosen files are taken for as compact as the rest of the point. */
  readonly isByMaps: boolean;
  /** The packs that are read from. */
  readonly packs: readonly { readonly key: string; readonly sizeBytes: number }[];
  /** Chosen paths that the point does not hold, as far as they are text. */
  readonly unknownPaths: readonly string[];
}

/** Each has some 4 MiB: a call of the API has time and memory for so many. */
const maxBundles = 48;
/** As gateways do: from this share of a pack on it is fetched whole; of others the needed parts, after their table. */
const wholeShare = 0.5;
const rangeRequests = 3;
const tableBytes = 20 * 2 ** 10;

/**
 * Reads the manifest of a point, and the maps of chosen files where they are not more than `mostBundles`. Otherwise every pack of the
 * point may be read from. Throws VAULT_OBJECT_MISSING.
 */
export async function measureSelection(
  vault: Reader,
  point: RecoveryPoint,
  paths: readonly RestorePath[] | undefined,
  mostBundles = maxBundles,
): Promise<Measured> {
  const { mountId, recoveryPointId: uploadId, manifestSha256: sha256 } = point;
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  let manifestBytes = 0;
  const counted = (async function* () {
    for await (const chunk of source) {
      manifestBytes += chunk.length;
      yield chunk;
    }
  })();
  const packs = new Map<string, PackRow>();
  const maps = new Map<string, MapRow>();
  const selection = new Selection(paths);
  let encryption: ManifestHeader['encryption'];
  for await (const row of readManifest(counted, key)) {
    if (row.row === 'manifest') encryption = row.header.encryption;
    if (row.row === 'object' && row.object.kind === 'pack') packs.set(refKey(row.object), row.object);
    if (row.row === 'object' && row.object.kind === 'map') maps.set(refKey(row.object), row.object);
    if (row.row === 'entry') selection.accept(row.entry);
  }
  const tables = { packs, maps, selection, encryption, mostBundles };
  const { fetchedBytes, requests, isByMaps, rows } = await neededOf(vault, point, tables);
  return {
    ...{ files: selection.files, writtenBytes: selection.bytes, unknownPaths: selection.unknown() },
    ...{ fetchedBytes: fetchedBytes + manifestBytes, requests: requests + 1, isByMaps },
    packs: rows.map(({ owner, number, sha256: hash, storedBytes: sizeBytes }) => ({
      key: formatVaultKey({ kind: 'pack', mountId, uploadId: owner, number, sha256: hash }),
      sizeBytes,
    })),
  };
}

/** Which entries are chosen, and what they add up to. A file under several names is fetched and written once. */
class Selection {
  readonly isWhole: boolean;
  files = 0;
  bytes = 0;
  /** Of bundles the segments that are needed. */
  readonly segments = new Map<string, Set<number>>();
  readonly #chosen: ReadonlySet<string>;
  readonly #found = new Set<string>();
  /** Of files with several names, until one of them is chosen. */
  readonly #linked = new Map<number, FileEntry>();

  constructor(paths: readonly RestorePath[] | undefined) {
    this.isWhole = paths === undefined;
    this.#chosen = new Set((paths ?? []).map(keyOfPath));
  }

  accept(entry: ManifestEntry): void {
    const isChosen = this.#isChosen(entry.path.toString('latin1'));
    if (entry.type === 'file') {
      if (isChosen) this.#take(entry);
      else if (entry.linkGroup !== undefined) this.#linked.set(entry.linkGroup, entry);
    }
    if (entry.type === 'hardlink' && isChosen) {
      const file = this.#linked.get(entry.linkGroup);
      this.#linked.delete(entry.linkGroup);
      if (file !== undefined) this.#take(file);
    }
  }

  unknown(): string[] {
    return [...this.#chosen]
      .filter((key) => !this.#found.has(key))
      .map((key) => Buffer.from(key, 'latin1').toString());
  }

  #isChosen(path: string): boolean {
    if (this.isWhole) return true;
    const found = ['', ...foldersAbove(path), path].find((each) => this.#chosen.has(each));
    if (this.#chosen.has(path)) this.#found.add(path);
    return found !== undefined;
  }

  #take({ size, segments }: FileEntry): void {
    this.files++;
    this.bytes += size;
    if (this.isWhole) return;
    for (const segment of segments) {
      const known = this.segments.get(refKey(segment)) ?? new Set<number>();
      this.segments.set(refKey(segment), known.add(segment.index));
    }
  }
}

/** Raw bytes, a character each. */
const keyOfPath = (path: RestorePath): string =>
  ('path' in path ? Buffer.from(path.path) : Buffer.from(path.pathBase64, 'base64')).toString('latin1');

interface Tables {
  readonly packs: ReadonlyMap<string, PackRow>;
  readonly maps: ReadonlyMap<string, MapRow>;
  readonly selection: Selection;
  readonly encryption: ManifestHeader['encryption'];
  readonly mostBundles: number;
}

async function neededOf(
  vault: Reader,
  point: RecoveryPoint,
  { packs, maps, selection, encryption, mostBundles }: Tables,
) {
  if (selection.isWhole) {
    const needed = new Map([...packs].map(([key, { referencedBytes }]) => [key, referencedBytes]));
    return { ...sumOf(packs, needed, [...maps.values()]), isByMaps: true };
  }
  const bundles = [...maps].filter(([key]) => selection.segments.has(key));
  const rows = bundles.map(([, row]) => row);
  if (bundles.length > mostBundles) {
    const share = selection.bytes / Math.max(1, point.totals.bytes);
    const needed = new Map([...packs].map(([key, { referencedBytes }]) => [key, referencedBytes * share]));
    return { ...sumOf(packs, needed, rows), isByMaps: false };
  }
  const needed = new Map<string, number>();
  for (const [key, row] of bundles) {
    const directory = await readDirectory(vault, point, row, encryption);
    for (const index of selection.segments.get(key) ?? []) {
      for (const { bytes, ...pack } of directory[index]?.packs ?? []) {
        needed.set(refKey(pack), (needed.get(refKey(pack)) ?? 0) + bytes);
      }
    }
  }
  return { ...sumOf(packs, needed, rows), isByMaps: true };
}

async function readDirectory(
  vault: Reader,
  { mountId }: RecoveryPoint,
  row: MapRow,
  encryption: ManifestHeader['encryption'],
) {
  const { owner: uploadId, number, sha256, tableSha256 } = row;
  const key = formatVaultKey({ kind: 'map', mountId, uploadId, number, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return openBundle(Buffer.concat(chunks), key, tableSha256, encryption);
}

/** Packs by the bytes that are needed of each, and whole maps. */
function sumOf(
  packs: ReadonlyMap<string, PackRow>,
  needed: ReadonlyMap<string, number>,
  maps: readonly MapRow[],
) {
  let fetchedBytes = maps.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  let requests = maps.length;
  const rows: PackRow[] = [];
  for (const [key, bytes] of needed) {
    const pack = packs.get(key);
    if (pack === undefined || bytes === 0) continue;
    rows.push(pack);
    const share = Math.min(1, bytes / Math.max(1, pack.rawBytes));
    const isFetchedWhole = share >= wholeShare;
    requests += isFetchedWhole ? 1 : rangeRequests;
    fetchedBytes += isFetchedWhole
      ? pack.storedBytes
      : Math.min(pack.storedBytes, Math.ceil(pack.storedBytes * share) + tableBytes);
  }
  return { fetchedBytes, requests, rows };
}
