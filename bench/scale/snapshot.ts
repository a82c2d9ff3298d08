import { Baselines } from '../../gateway/mover/baseline/baselines.ts';
import { keepOnly } from '../../gateway/mover/baseline/keep-only.ts';
import type { ParentSnapshot } from '../../gateway/mover/baseline/parent-snapshot.ts';
import { planRestore } from '../../gateway/mover/restore/plan-restore.ts';
import { SpilledPieces, writeManifest } from '../../gateway/mover/upload/manifest-file.ts';
import { MapStream } from '../../gateway/mover/upload/map-stream.ts';
import { ObjectTables } from '../../gateway/mover/upload/object-tables.ts';
import { readManifest } from '../../shared/domain/vault/manifest-reader.ts';
import type { ManifestHeader } from '../../shared/domain/vault/manifest-rows.ts';
import { EntryCollector } from '../../shared/domain/vault/manifest-writer.ts';
import { headerOf, LooseWithoutBytes, PacksWithoutBytes, uploadIds } from './synthetic.ts';

export type Parent = NonNullable<ManifestHeader['parent']>;

/** Where maps and manifest of a rehearsed snapshot grow, as in an upload. */
export class RehearsedSnapshot {
  readonly owner;
  readonly entries;
  readonly streams;
  readonly #maps;
  readonly #packs;
  readonly #pieces;
  readonly #baselines: Baselines;

  constructor(baselines: Baselines, day: 1 | 2) {
    const [first, second] = uploadIds;
    if (!first || !second) throw new Error('two upload ids are needed');
    this.owner = day === 1 ? first : second;
    this.#baselines = baselines;
    this.#packs = new PacksWithoutBytes(this.owner);
    this.#maps = new MapStream({ put: async () => {} }, this.owner, baselines);
    this.#pieces = new SpilledPieces(baselines.scratchFolder);
    this.entries = new EntryCollector(this.#pieces);
    this.streams = { packs: this.#packs, maps: this.#maps, loose: new LooseWithoutBytes(this.#packs) };
  }

  /** Writes the manifest and keeps what the next snapshot builds on. */
  async finish(parent: ParentSnapshot | undefined, name: Parent | null, stats?: Buffer): Promise<Parent> {
    const { rows: bundles, sent } = await this.#maps.finish(parent);
    const packs = parent ? [this.#packs.table, parent.packs] : [this.#packs.table];
    const objects = new ObjectTables(bundles, packs, (pack) => this.#maps.referencedBytes(pack));
    const tables = { header: headerOf(this.owner, name), objects, logs: [] };
    const { file, sha256 } = await writeManifest(tables, this.entries, this.#baselines.scratchFolder);
    await sent;
    if (stats) await this.#baselines.keepStats(sha256, stats);
    await this.#baselines.keepObject(sha256, file.chunks());
    file.close();
    this.#pieces.close();
    await this.#maps.close();
    return { uploadId: this.owner, manifestSha256: sha256 };
  }
}

/** What the gateway does after a commit, when nothing is left of the upload. */
export async function committed(baselines: Baselines, upload: Promise<Parent>): Promise<Parent> {
  const point = await upload;
  await keepOnly(baselines, point.manifestSha256);
  return point;
}

export const openBaselines = (folder: string): Promise<Baselines> =>
  Baselines.open(folder, (error) => {
    throw error;
  });

/** Plans the full restore pack by pack; answers how many packs it would fetch. */
export async function rehearseRestore(
  baselines: Baselines,
  { uploadId, manifestSha256 }: Parent,
  scratch: string,
): Promise<number> {
  const manifestKey = `manifest of ${uploadId}`;
  const plan = await planRestore({
    manifestKey,
    rows: readManifest(baselines.streamObject(manifestSha256), manifestKey),
    fetchMap: async ({ sha256 }) => {
      const bytes = await baselines.readObject(sha256);
      if (!bytes) throw new Error(`there is no map bundle ${sha256}`);
      return bytes;
    },
    scratch,
  });
  let packs = 0;
  for (const _ of plan.packs) packs++;
  plan.close();
  return packs;
}
