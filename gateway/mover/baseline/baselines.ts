import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { isStripKey, makeStripKey } from '../changes/strip-tags.ts';
import { decodeKept, encodeKept, type KeptSegment } from './kept-segment.ts';
import { readIfThere, readSealed, writeSealed, writeWhole } from './sealed-file.ts';

/**
 * What a store keeps of a mount's snapshots so that the next one costs what changed: manifest and map bundles as they
 * lie in the vault, digests and pieces of content by the address of their segment, and what the files' stats were, by
 * the manifest's hash.
 * All of it is found from the pinned parent by hashes, and so it cannot be taken for that of another snapshot; what is
 * missing or damaged costs reading and sending, never the backup.
 */
export class Baselines {
  readonly #folder: string;
  readonly #onProblem: (error: unknown) => void;
  #isFailing = false;

  private constructor(folder: string, onProblem: (error: unknown) => void) {
    this.#folder = folder;
    this.#onProblem = onProblem;
  }

  /** `onProblem` is told, once, when nothing can be kept: the next snapshot is then uploaded whole. */
  static async open(folder: string, onProblem: (error: unknown) => void): Promise<Baselines> {
    const baselines = new Baselines(folder, onProblem);
    await baselines.#keep(async () => {
      for (const kind of kinds) await mkdir(join(folder, kind), { recursive: true, mode: 0o700 });
    });
    return baselines;
  }

  /** Where an upload may put what does not fit into memory; undefined when nothing can be written here. */
  get scratchFolder(): string | undefined {
    return this.#isFailing ? undefined : this.#folder;
  }

  keepObject(sha256: string, content: Buffer | Iterable<Buffer>): Promise<void> {
    return this.#keep(() => writeWhole(this.#path('objects', sha256), content));
  }

  /** A manifest or map bundle, verified. */
  async readObject(sha256: string): Promise<Buffer | undefined> {
    const bytes = await readIfThere(this.#path('objects', sha256));
    return bytes && sha256Hex(bytes) === sha256 ? bytes : undefined;
  }

  /** The same in pieces and not verified. */
  streamObject(sha256: string): AsyncIterable<Buffer> {
    return createReadStream(this.#path('objects', sha256));
  }

  keepSegment(address: string, segment: KeptSegment): Promise<void> {
    const path = this.#path('leaves', address);
    return this.#keep(() => writeSealed(path, `leaves and strips ${address}`, ...encodeKept(segment)));
  }

  async readSegment(address: string): Promise<KeptSegment | undefined> {
    const body = await readSealed(this.#path('leaves', address), `leaves and strips ${address}`);
    return body && decodeKept(body);
  }

  /** What tags are made with; with a new one nothing has the tag that was kept. Undefined when nothing can be kept. */
  async stripKey(): Promise<Buffer | undefined> {
    const path = join(this.#folder, 'strips.key');
    const kept = await readSealed(path, stripKeySubject);
    if (kept && isStripKey(kept)) return kept;
    const made = makeStripKey();
    await this.#keep(() => writeSealed(path, stripKeySubject, made));
    return this.#isFailing ? undefined : made;
  }

  /** See content-list.ts. */
  keepPieces(address: string, list: Buffer): Promise<void> {
    const path = this.#path('pieces', address);
    return this.#keep(() => writeSealed(path, `pieces ${address}`, list));
  }

  readPieces(address: string): Promise<Buffer | undefined> {
    return readSealed(this.#path('pieces', address), `pieces ${address}`);
  }

  dropSegment(address: string): Promise<void> {
    return rm(this.#path('leaves', address), { force: true });
  }

  keepStats(manifestSha256: string, stats: Buffer): Promise<void> {
    const path = this.#path('stats', manifestSha256);
    return this.#keep(() => writeSealed(path, `stats ${manifestSha256}`, stats));
  }

  readStats(manifestSha256: string): Promise<Buffer | undefined> {
    return readSealed(this.#path('stats', manifestSha256), `stats ${manifestSha256}`);
  }

  /** Removes whatever is not named: what earlier snapshots, and uploads that came to nothing, have left. */
  async removeAllBut(kept: Readonly<Record<Kind, ReadonlySet<string>>>): Promise<void> {
    for (const kind of kinds) {
      for (const name of await readdir(join(this.#folder, kind))) {
        if (!kept[kind].has(name)) await rm(this.#path(kind, name), { force: true });
      }
    }
  }

  /** A disk that is full here must not end a backup that has room in the vault. */
  async #keep(write: () => Promise<unknown>): Promise<void> {
    if (this.#isFailing) return;
    try {
      await write();
    } catch (error) {
      this.#isFailing = true;
      this.#onProblem(error);
    }
  }

  #path(kind: Kind, name: string): string {
    return join(this.#folder, kind, name);
  }
}

const stripKeySubject = 'key of strips';
const kinds = ['objects', 'leaves', 'pieces', 'stats'] as const;
type Kind = (typeof kinds)[number];
