import { frameBlockBytes } from '../../../shared/domain/vault/digest.ts';
import { damaged } from '../../../shared/domain/vault/errors.ts';
import type { ServiceError } from '../../../shared/errors.ts';
import { mapInOrder } from '../in-order.ts';
import { type PackShare, restoreBuffers } from '../pack-buffers.ts';
import type { WorkerPool } from '../threads/worker-pool.ts';
import type { FrameWrite } from '../threads/worker-tasks.ts';
import type { WorkExtent } from './extent-sort.ts';
import { type FetchedFrames, fetchFrames, type PackSource } from './pack-fetch.ts';
import type { ProvenLeaves } from './proven-leaves.ts';
import { isDamage, type RestoreDamage } from './restore-damage.ts';
import { cannotWrite } from './restore-layout.ts';
import type { RestoreWork, UseFile, WorkFile, WorkPack } from './restore-work.ts';

export interface PacksInput extends Omit<PackSource, 'memory'> {
  readonly work: RestoreWork;
  readonly damage: RestoreDamage;
  readonly proven: ProvenLeaves;
  readonly useFile: UseFile;
  readonly pool: WorkerPool;
  readonly onBytesDone: (bytes: number) => void;
  /** All that is needed of the pack stands in its places. */
  readonly onPlaced: (pack: WorkPack) => Promise<void>;
  /** Nothing more of the pack will be written: what could not be placed is noted as damage. */
  readonly onDone: (pack: WorkPack) => void;
  readonly signal: AbortSignal | undefined;
}

interface Fetched {
  /** Frames of a pack, or what is wrong with all of it. */
  readonly fetched: FetchedFrames | ServiceError;
  /** Of the memory that was taken for it. */
  readonly giveBack: () => void;
}

/**
 * Pack by pack: fetches what is needed of each once, verifies its frames and writes them to their places. What is not as
 * it was stored is fetched a second time, for it may have been changed on the way; then it is noted as damage.
 */
export async function placePacks(given: PacksInput): Promise<void> {
  const memory = restoreBuffers.join();
  try {
    await placeAll({ ...given, memory });
  } finally {
    memory.leave();
  }
}

type Input = PacksInput & { readonly memory: PackShare };

/** One call to the service is enough for their URLs; more may have outlived their time when their turn comes. */
export const packsForeseen = 32;

interface NeededFrames {
  readonly pack: WorkPack;
  readonly extents: readonly WorkExtent[];
  /** Whether that is all that is needed of it. */
  readonly isAll: boolean;
  /** Absent: there are no extents. */
  readonly frames: Fetched | undefined;
}

async function placeAll(input: Input): Promise<void> {
  const { work, damage, signal } = input;
  // Packs are written to files while the next is on its way.
  const fetched = mapInOrder(work.neededPacks(), restoreBuffers.each, async (needed) => {
    signal?.throwIfAborted();
    const extents = needed.extents.filter(({ file }) => !damage.has(file));
    const pack = work.pack(needed.pack);
    input.source.foresee?.(() => work.packsAfter(pack.id, packsForeseen).map(input.keyOf));
    const isAll = extents.length === needed.extents.length;
    return { pack, extents, isAll, frames: await fetchPack(input, pack, extents) };
  });
  // No thread waits for the end of one pack before the next is begun: two are in hand, and end in their order.
  let [beforeLast, last] = [Promise.resolve(), Promise.resolve()];
  try {
    for await (const needed of fetched) {
      signal?.throwIfAborted();
      await beforeLast;
      const { placed, allBegun } = beginPack(input, needed);
      beforeLast = last;
      last = endPack(input, needed, placed, beforeLast);
      await Promise.race([allBegun, last]);
    }
    await last;
  } finally {
    // What has come of them counts, whatever it was that failed, and nobody writes any more.
    await Promise.allSettled([beforeLast, last]);
  }
}

function beginPack(input: Input, { frames, extents }: NeededFrames) {
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  return { allBegun, placed: frames ? placeExtents(input, frames, extents, resolve) : Promise.resolve([]) };
}

async function endPack(
  input: Input,
  { pack, isAll }: NeededFrames,
  placed: Promise<FailedJob[]>,
  before: Promise<void>,
): Promise<void> {
  const failed = await placed;
  await before;
  const again = failed.flatMap(({ job }) => job);
  const lost =
    again.length === 0 ? [] : await placeExtents(input, await fetchAgain(input, pack, again), again);
  for (const { job, error } of lost) input.damage.noteAll(job, error);
  if (isAll && lost.length === 0) await input.onPlaced(pack);
  input.onDone(pack);
}

async function fetchPack(
  input: Input,
  pack: WorkPack,
  extents: readonly WorkExtent[],
): Promise<Fetched | undefined> {
  if (extents.length === 0) return undefined;
  const memory = await input.memory.take(input.signal);
  const giveBack = () => input.memory.give(memory);
  const fetched = await fetchInto(memory, input, pack, extents).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  return { fetched, giveBack };
}

/** Not into the ring: what is there is for packs that come after this one, and they wait for it. */
const fetchAgain = async (
  input: Input,
  pack: WorkPack,
  extents: readonly WorkExtent[],
): Promise<Fetched> => ({
  fetched: await fetchInto(Buffer.alloc(0), input, pack, extents),
  giveBack: () => {},
});

async function fetchInto(
  memory: Buffer,
  input: Input,
  pack: WorkPack,
  extents: readonly WorkExtent[],
): Promise<FetchedFrames | ServiceError> {
  const frames = [...new Set(extents.map((extent) => extent.frame))];
  const bytes = extents.reduce((sum, { length }) => sum + length, 0);
  try {
    return await fetchFrames(pack, { frames, bytes }, { ...input, memory });
  } catch (error) {
    if (isDamage(error)) return error;
    throw error;
  }
}

interface FailedJob {
  readonly job: Job;
  readonly error: ServiceError;
}

/** Answers what could not be placed because the frames are not what was stored. `onAllBegun`: all jobs are given to threads. */
async function placeExtents(
  input: Input,
  { fetched, giveBack }: Fetched,
  extents: readonly WorkExtent[],
  onAllBegun: () => void = () => {},
): Promise<FailedJob[]> {
  if (fetched instanceof Error) {
    giveBack();
    return [...jobsOf(extents)].map((job) => ({ job, error: fetched }));
  }
  const failed: FailedJob[] = [];
  const files = new Map<number, WorkFile>();
  const fileOf = (id: number): WorkFile => {
    const file = files.get(id) ?? input.work.file(id);
    files.set(id, file);
    return file;
  };
  try {
    const jobs = mapInOrder(jobsOf(extents, onAllBegun), input.pool.slots, async (job) => ({
      job,
      error: await placeFrame(input, fetched, job, fileOf),
    }));
    for await (const { job, error } of jobs) {
      if (error) failed.push({ job, error });
      else input.onBytesDone(job.reduce((sum, extent) => sum + extent.length, 0));
    }
  } finally {
    fetched.release();
    giveBack();
  }
  return failed;
}

/** Extents of one frame that go to one file. */
type Job = readonly [WorkExtent, ...WorkExtent[]];

function* jobsOf(extents: readonly WorkExtent[], onAllTaken: () => void = () => {}): Generator<Job> {
  let job: [WorkExtent, ...WorkExtent[]] | undefined;
  for (const extent of extents) {
    if (job?.[0].frame === extent.frame && job[0].file === extent.file) job.push(extent);
    else {
      if (job) yield job;
      job = [extent];
    }
  }
  if (job) yield job;
  onAllTaken();
}

async function placeFrame(
  { useFile, pool, proven }: PacksInput,
  { key, frames, frameKey, stored }: FetchedFrames,
  job: Job,
  fileOf: (id: number) => WorkFile,
): Promise<ServiceError | undefined> {
  const number = job[0].frame;
  const frame = frames[number];
  if (!frame) return damaged(key, `has ${frames.length} frames, but a block map names frame ${number}`);
  const file = fileOf(job[0].file);
  const sealed = frameKey && { number, key: frameKey };
  const placement = { frame, name: `frame ${number}`, ...(sealed && { sealed }) };
  const placed = await useFile(file, ({ at }) => {
    const writes = at.direct === undefined ? job.map(placeOf) : [...provableWrites(job, file, proven)];
    return pool.place({ ...placement, ...at, writes, table: proven.table }, stored(number));
  }).catch((error: unknown) => {
    throw cannotWrite(file.path, error);
  });
  if ('damage' in placed) return damaged(key, placed.damage);
  for (const extent of job) proven.noteWritten(file, extent);
  for (const stretch of placed.proven) proven.note(file, stretch);
  return undefined;
}

const placeOf = ({ frameOffset, length, fileOffset }: WorkExtent): FrameWrite => ({
  frameOffset,
  length,
  fileOffset,
});

/** What lies between two extents is read back with them when it is no more, and has been written by others before. */
const mostBetween = 64 * 2 ** 10;

/** With places in the table for the digests of what does not lie askew in its frame. */
function* provableWrites(job: Job, file: WorkFile, proven: ProvenLeaves): Generator<FrameWrite> {
  let end = job[0].fileOffset;
  for (const extent of job) {
    const { frameOffset, fileOffset } = extent;
    const between = { fileOffset: end, length: fileOffset - end };
    const isBetween = between.length > 0 && between.length <= mostBetween;
    if (isBetween && proven.isWritten(file, between))
      yield { ...between, digestsAt: proven.placeOf(file, end) };
    const isAskew = frameOffset % frameBlockBytes !== 0;
    yield { ...placeOf(extent), digestsAt: isAskew ? undefined : proven.placeOf(file, fileOffset) };
    end = fileOffset + extent.length;
  }
}
