import type { MountId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { comparePaths } from '../../../shared/domain/vault/entry-path.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type {
  FileEntry,
  ManifestHeader,
  ManifestRow,
  MapRow,
  PackRow,
  SegmentRef,
} from '../../../shared/domain/vault/manifest-rows.ts';
import type { NamedPack } from '../../../shared/domain/vault/map-bundle.ts';
import { hasCode } from '../../../shared/errors.ts';
import { encryptionMissing } from '../errors.ts';
import type { ParentSource } from '../ports.ts';
import { PackTable } from '../upload/pack-table.ts';
import type { Baselines } from './baselines.ts';
import { ContentIndex } from './content-index.ts';
import { type DiskSegment, leavesByFrames } from './frame-match.ts';
import { FrameTables } from './frame-tables.ts';
import { isSegmentKept, type KeptSegment } from './kept-segment.ts';
import { ParentBundles } from './parent-bundles.ts';
import { ParentSegment } from './parent-segment.ts';
import { StatReader } from './stat-cache.ts';
import { isWhole } from './whole-object.ts';

type Parent = NonNullable<ManifestHeader['parent']>;

/** A file as it was in the parent. */
export interface ParentFile {
  readonly entry: FileEntry;
  /** See statOf; undefined when it says nothing about the content. */
  readonly stat: string | undefined;
}

/** The pinned parent of an upload, as far as the store still knows it: its tables, and its files in their order. */
export class ParentSnapshot {
  readonly packs: PackTable;
  readonly #baselines: Baselines;
  readonly #bundles: ParentBundles;
  readonly #rows: AsyncGenerator<ManifestRow>;
  readonly #stats: StatReader | undefined;
  readonly #frames: FrameTables | undefined;
  readonly #name: Parent;
  #next: FileEntry | undefined;
  #index: Promise<ContentIndex> | undefined;

  private constructor(
    baselines: Baselines,
    {
      bundles,
      packs,
      rows,
      stats,
      frames,
      name,
    }: Tables & {
      rows: AsyncGenerator<ManifestRow>;
      stats: Buffer | undefined;
      frames: FrameTables | undefined;
      name: Parent;
    },
  ) {
    this.#baselines = baselines;
    this.#frames = frames;
    this.#name = name;
    this.#bundles = bundles;
    this.packs = packs;
    this.#rows = rows;
    this.#stats = stats && new StatReader(stats);
  }

  /**
   * Undefined when this very manifest is not to be had, and where the parent is not encrypted with the same data key as
   * the upload is to be: then everything is new. Nothing of the parent is named that lies in a pack of `avoided` (by
   * refKey): such content is stored again. Throws ENCRYPTION_MISSING for an
   * upload in clear onto an encrypted parent, unless that is what is wanted.
   */
  static async open(
    baselines: Baselines,
    { mountId, parent, source, keys, endsEncryption }: ParentName,
    avoided: (packs: Iterable<PackRow>) => ReadonlySet<string>,
  ): Promise<ParentSnapshot | undefined> {
    const { uploadId, manifestSha256 } = parent;
    if (!(await bringManifest(baselines, { parent, source, keys }))) return undefined;
    const rows = rowsOf(baselines, parent);
    const { header, maps, packs, first } = await readTables(rows);
    if (header?.mountId !== mountId || header.uploadId !== uploadId)
      throw new Error(`the manifest ${manifestSha256} is not of upload ${uploadId}`);
    if (header.encryption?.generation !== keys?.generation) {
      await rows.return(undefined);
      if (keys || endsEncryption) return undefined;
      throw encryptionMissing(mountId);
    }
    const bundles = new ParentBundles(baselines, maps, { avoided: avoided(packs), source, keys });
    const frames = source && new FrameTables(packs, source, keys);
    const stats = await baselines.readStats(manifestSha256);
    const snapshot = new ParentSnapshot(baselines, { bundles, packs, rows, stats, frames, name: parent });
    snapshot.#next = first;
    return snapshot;
  }

  /** To be asked for paths in ascending order. */
  async find(path: Buffer): Promise<ParentFile | undefined> {
    while (this.#next && comparePaths(this.#next.path, path) < 0) this.#next = await nextFile(this.#rows);
    if (!this.#next?.path.equals(path)) return undefined;
    return { entry: this.#next, stat: await this.#stats?.find(path) };
  }

  /** Whether all segments of the file can be named as they stand. */
  async isReusable({ segments }: FileEntry): Promise<boolean> {
    for (const ref of segments) if (!(await this.#bundles.isReusable(ref))) return false;
    return true;
  }

  /** Finds content of the parent in other places; made when it is first asked for. */
  contentIndex(): Promise<ContentIndex> {
    const files = largeFilesOf(rowsOf(this.#baselines, this.#name));
    this.#index ??= ContentIndex.build(files, this.#baselines, this.#bundles);
    return this.#index;
  }

  /** The segment with what is known of its leaves; undefined when it cannot be built on. */
  async segmentOf(ref: SegmentRef, disk: DiskReader): Promise<ParentSegment | undefined> {
    if (!(await this.#bundles.has(ref))) return undefined;
    const kept = await this.#baselines.readSegment(ref.sha256);
    const found = kept ?? (await this.#rebuilt(ref, disk));
    if (!found) return undefined;
    const segment = new ParentSegment(ref, found, {
      isRebuilt: kept === undefined,
      read: () => this.#bundles.read(ref),
      forget: () => this.#baselines.dropSegment(ref.sha256),
    });
    if (!(await this.#bundles.isReusable(ref))) await segment.hide(this.#bundles.avoided);
    return segment;
  }

  mapRow(ref: SegmentRef): MapRow {
    return this.#bundles.row(ref);
  }

  /** The packs that some segments of a bundle name. */
  packsNamedBy(map: MapRow, indexes: Iterable<number>): Promise<NamedPack[]> {
    return this.#bundles.packsNamedBy(map, indexes);
  }

  async close(): Promise<void> {
    await this.#rows.return(undefined);
  }

  /**
   * Lost digests: what is on the disk has the parent's leaves when it has the parent's digest, and where it has the
   * parent's frames. Tags are made when the segment is read next.
   */
  async #rebuilt(ref: SegmentRef, disk: DiskReader): Promise<KeptSegment | undefined> {
    const found = await disk();
    const segment = found && (await this.#bundles.read(ref));
    if (!segment) return undefined;
    const { digest } = segment;
    const strips = Buffer.alloc(0);
    if (found.digest.equals(digest)) return { digest, leaves: found.leaves, strips };
    return this.#frames && { digest, leaves: await leavesByFrames(segment, found, this.#frames), strips };
  }
}

/** Reads a segment of a file on the disk, with its digest; undefined when the file has less now. */
export type DiskReader = () => Promise<(DiskSegment & { readonly digest: Buffer }) | undefined>;

interface ParentName {
  readonly mountId: MountId;
  readonly parent: Parent;
  /** Where lost copies of it are fetched. */
  readonly source: ParentSource | undefined;
  /** Of the upload, if it is encrypted. */
  readonly keys?: MountKeys | undefined;
  /** Whether an upload in clear may follow an encrypted one. */
  readonly endsEncryption?: boolean;
}

const rowsOf = (baselines: Baselines, { uploadId, manifestSha256 }: Parent): AsyncGenerator<ManifestRow> =>
  readManifest(baselines.streamObject(manifestSha256), `manifest of ${uploadId}`);

async function* largeFilesOf(rows: AsyncGenerator<ManifestRow>): AsyncGenerator<FileEntry> {
  for await (const row of rows) {
    const file = fileOf(row);
    if (file && isSegmentKept(file.size)) yield file;
  }
}

interface Tables {
  readonly bundles: ParentBundles;
  readonly packs: PackTable;
}

/** What the store has kept of an encrypted mount was authentic when it was kept; what the vault gives is looked at. */
async function bringManifest(
  baselines: Baselines,
  { parent, source, keys }: Omit<ParentName, 'mountId'>,
): Promise<boolean> {
  const { uploadId, manifestSha256: sha256 } = parent;
  if (await isWhole(baselines, sha256)) return true;
  const bytes = await source?.manifest();
  if (!bytes || sha256Hex(bytes) !== sha256) return false;
  if (keys && !(await isAuthentic(bytes, uploadId, keys))) return false;
  await baselines.keepObject(sha256, bytes);
  return isWhole(baselines, sha256);
}

async function isAuthentic(bytes: Buffer, uploadId: string, keys: MountKeys): Promise<boolean> {
  try {
    for await (const _ of readManifest([bytes], `manifest of ${uploadId}`, keys));
    return true;
  } catch (error) {
    if (hasCode(error, 'VAULT_OBJECT_DAMAGED')) return false;
    throw error;
  }
}

async function readTables(rows: AsyncGenerator<ManifestRow>) {
  let header: ManifestHeader | undefined;
  const [maps, packs] = [[] as MapRow[], new PackTable()];
  for (let { value } = await rows.next(); value; { value } = await rows.next()) {
    if (value.row === 'manifest') header = value.header;
    else if (value.row === 'object' && value.object.kind === 'map') maps.push(value.object);
    else if (value.row === 'object' && value.object.kind === 'pack') packs.add(value.object);
    else if (value.row !== 'log')
      return { header, maps, packs, first: fileOf(value) ?? (await nextFile(rows)) };
  }
  return { header, maps, packs, first: undefined };
}

async function nextFile(rows: AsyncGenerator<ManifestRow>): Promise<FileEntry | undefined> {
  for (let { value } = await rows.next(); value; { value } = await rows.next()) {
    const file = fileOf(value);
    if (file) return file;
  }
  return undefined;
}

const fileOf = (row: ManifestRow): FileEntry | undefined =>
  row.row === 'entry' && row.entry.type === 'file' ? row.entry : undefined;
