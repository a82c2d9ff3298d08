import { fileDigest, segmentBytes, segmentCount } from '../../../shared/domain/vault/digest.ts';
import { MoverError } from '../errors.ts';
import { mapInOrder } from '../in-order.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import { SegmentOnDisk } from './disk-digest.ts';
import type { ProvenLeaves } from './proven-leaves.ts';
import type { RestoreDamage } from './restore-damage.ts';
import type { RestoreWork, UseFile, WorkFile } from './restore-work.ts';

export interface VerifyInput {
  readonly work: RestoreWork;
  readonly damage: RestoreDamage;
  readonly proven: ProvenLeaves;
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly onFileDone: () => void;
  readonly signal: AbortSignal | undefined;
}

/** Files flushed to the disk at once: the file system then writes its journal for several together. */
const flushesAhead = 8;

/**
 * Verifies files one after the other, each as soon as the last pack that it needs has been placed, and reads large ones
 * back as they grow: what waits for the disk then waits while other packs are expanded, up to the last of them.
 */
export class FileVerification {
  readonly #input: VerifyInput;
  readonly #begun: BegunSegments;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(input: VerifyInput) {
    this.#input = input;
    this.#begun = new BegunSegments(input.proven);
  }

  /** The files that were complete with this pack are next; null: those that needed none. */
  add(pack: number | null): void {
    this.#running = this.#running.then(async () => {
      if (pack !== null) await this.#readStretches(pack);
      await verifyFiles(this.#input, this.#filesOf(pack), this.#begun);
    });
    // Thrown at the end; until then it must not count as unhandled.
    this.#running.catch(() => {});
  }

  /** Resolves when all are verified. Throws RESTORE_VERIFICATION_FAILED. */
  end(): Promise<void> {
    return this.#running;
  }

  /** Resolves when nothing is read any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running.catch(() => {});
  }

  async #readStretches(pack: number): Promise<void> {
    const { work, damage, useFile, pool, signal } = this.#input;
    for (const { file: id, upTo } of work.stretchesOfPack(pack)) {
      signal?.throwIfAborted();
      if (this.#isStopped) return;
      if (damage.has(id)) continue;
      const file = work.file(id);
      await useFile(file, async ({ at }) => {
        // What is not flushed yet would come from the page cache.
        if (at.direct === undefined) return;
        await this.#begun.begin(file, Math.ceil(upTo / segmentBytes) - 1)?.readUpTo(upTo, pool, at);
      });
    }
  }

  *#filesOf(pack: number | null): Generator<WorkFile> {
    for (const file of this.#input.work.filesOfLastPack(pack)) {
      if (this.#isStopped) return;
      yield file;
    }
  }
}

/** Each takes half a kilobyte. What there is beyond is read when its file is complete. */
const mostBegun = 1000;

/** Segments of which a part was read back while the rest was on its way. */
class BegunSegments {
  readonly #segments = new Map<string, SegmentOnDisk>();
  readonly #proven: ProvenLeaves;

  constructor(proven: ProvenLeaves) {
    this.#proven = proven;
  }

  /** Undefined when there are too many. */
  begin(file: WorkFile, ordinal: number): SegmentOnDisk | undefined {
    const key = `${file.id}/${ordinal}`;
    const begun = this.#segments.get(key);
    if (begun || this.#segments.size === mostBegun) return begun;
    const segment = this.#start(file, ordinal);
    this.#segments.set(key, segment);
    return segment;
  }

  /** To read all that is left of it. */
  take(file: WorkFile, ordinal: number): SegmentOnDisk {
    const key = `${file.id}/${ordinal}`;
    const segment = this.#segments.get(key) ?? this.#start(file, ordinal);
    this.#segments.delete(key);
    return segment;
  }

  #start(file: WorkFile, ordinal: number): SegmentOnDisk {
    return new SegmentOnDisk(file, ordinal, {
      known: (stretch, digests) => this.#proven.read(file, stretch, digests),
    });
  }
}

/**
 * Flushes every file that was written, reads back what is not proven and was not read before, and compares its digest;
 * files found whole at the start were read then, and those with damage are not restored. A restore that is reported as
 * done must outlive a power cut.
 */
async function verifyFiles(
  input: VerifyInput,
  files: Iterable<WorkFile>,
  begun: BegunSegments,
): Promise<void> {
  const { damage, useFile, onFileDone, proven } = input;
  const flushed = mapInOrder(files, flushesAhead, async (file) => {
    if (!file.isWhole && !damage.has(file.id)) await useFile(file, ({ handle }) => handle.datasync());
    return file;
  });
  for await (const file of flushed) {
    if (damage.has(file.id)) {
      proven.forgetAll(file);
      continue;
    }
    if (!file.isWhole) await verifyFile(input, file, begun);
    onFileDone();
  }
}

async function verifyFile(
  { useFile, pool, proven, signal }: VerifyInput,
  file: WorkFile,
  begun: BegunSegments,
): Promise<void> {
  const isAsItWas = async (take: (ordinal: number) => SegmentOnDisk) => {
    const digests = await useFile(file, async ({ at }) => {
      const found: Buffer[] = [];
      for (let ordinal = 0; ordinal < segmentCount(file.size); ordinal++) {
        signal?.throwIfAborted();
        found.push((await take(ordinal).digest(pool, at)) ?? Buffer.alloc(0));
        proven.forget(file, ordinal);
      }
      return found;
    });
    return fileDigest(file.size, file.leafBytes, digests) === file.digest;
  };
  if (await isAsItWas((ordinal) => begun.take(file, ordinal))) return;
  // The table of digests lies on a disk as well: the last word has the file itself.
  if (await isAsItWas((ordinal) => new SegmentOnDisk(file, ordinal))) return;
  throw notAsWritten(file.path);
}

const notAsWritten = (path: Buffer): MoverError =>
  new MoverError(
    'RESTORE_VERIFICATION_FAILED',
    path,
    'reads back as something else than was written; check the disk and restore again',
  );
