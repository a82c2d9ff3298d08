import { damaged } from '../../shared/domain/vault/errors.ts';
import type { PackRow } from '../../shared/domain/vault/manifest-rows.ts';
import { ServiceError } from '../../shared/errors.ts';
import { mapInOrder } from './in-order.ts';
import { type FetchedFrames, fetchFrames } from './pack-fetch.ts';
import type { ObjectSource } from './ports.ts';
import { cannotWrite } from './restore-layout.ts';
import type { RestoreWork, UseFile, WorkExtent } from './restore-work.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface PacksInput {
  readonly packs: readonly PackRow[];
  readonly work: RestoreWork;
  readonly source: ObjectSource;
  readonly keyOf: (pack: PackRow) => string;
  /** The whole object, its hash verified. */
  readonly fetchWhole: (pack: PackRow) => Promise<Buffer>;
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly onBytesDone: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** Packs held at once: one being written to files, the next on its way. */
const packsAhead = 2;

/** Pack by pack: fetches what is needed of each once, verifies its frames and writes them to their places. */
export async function placePacks(input: PacksInput): Promise<void> {
  const { work, signal } = input;
  const fetched = mapInOrder(work.packs(), packsAhead, async (needed) => {
    signal?.throwIfAborted();
    const extents = work.extentsOf(needed.pack);
    return { extents, result: await namingFiles(work, extents, () => fetchPack(input, needed, extents)) };
  });
  for await (const { extents, result } of fetched) {
    signal?.throwIfAborted();
    await namingFiles(work, extents, () => placeExtents(input, result, extents));
    result.release();
  }
}

function fetchPack(
  input: PacksInput,
  needed: { readonly pack: number; readonly bytes: number },
  extents: readonly WorkExtent[],
): Promise<FetchedFrames> {
  const pack = input.packs[needed.pack];
  if (!pack) throw new Error(`pack ${needed.pack} is not part of this restore`);
  const frames = [...new Set(extents.map((extent) => extent.frame))];
  return fetchFrames(pack, { frames, bytes: needed.bytes }, input);
}

async function placeExtents(
  input: PacksInput,
  fetched: FetchedFrames,
  extents: readonly WorkExtent[],
): Promise<void> {
  const jobs = mapInOrder(jobsOf(extents), input.pool.slots, (job) => placeFrame(input, fetched, job));
  for await (const bytes of jobs) input.onBytesDone(bytes);
}

/** Extents of one frame that go to one file. */
type Job = readonly [WorkExtent, ...WorkExtent[]];

function* jobsOf(extents: readonly WorkExtent[]): Generator<Job> {
  let job: [WorkExtent, ...WorkExtent[]] | undefined;
  for (const extent of extents) {
    if (job?.[0].frame === extent.frame && job[0].file === extent.file) job.push(extent);
    else {
      if (job) yield job;
      job = [extent];
    }
  }
  if (job) yield job;
}

async function placeFrame(
  { work, useFile, pool }: PacksInput,
  { key, frames, stored }: FetchedFrames,
  job: Job,
): Promise<number> {
  const number = job[0].frame;
  const frame = frames[number];
  if (!frame) throw damaged(key, `has ${frames.length} frames, but a block map names frame ${number}`);
  const file = work.file(job[0].file);
  const placement = { frame, name: `${key} frame ${number}`, writes: job };
  const { damage } = await useFile(file, ({ fd }) => pool.place({ ...placement, fd }, stored(number))).catch(
    (error: unknown) => {
      throw cannotWrite(file.path, error);
    },
  );
  if (damage !== undefined)
    throw new ServiceError('VAULT_OBJECT_DAMAGED', damage, { details: { object: key } });
  return job.reduce((sum, extent) => sum + extent.length, 0);
}

/** How many files an error about a pack names. */
const maxNamedFiles = 20;

/** Who restores wants to know which files a damaged pack costs. */
async function namingFiles<T>(
  work: RestoreWork,
  extents: readonly WorkExtent[],
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const ids = [...new Set(extents.map((extent) => extent.file))];
    const files = ids.slice(0, maxNamedFiles).map((id) => work.file(id).path.toString());
    const { code, message, hint, details } = error;
    const allDetails = { ...details, files, filesAffected: ids.length };
    throw new ServiceError(code, `${message} (needed for ${files.join(', ')})`, {
      hint,
      cause: error,
      details: allDetails,
    });
  }
}
