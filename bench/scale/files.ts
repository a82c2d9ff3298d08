import type { Baselines } from '../../gateway/mover/baseline/baselines.ts';
import { ParentSnapshot } from '../../gateway/mover/baseline/parent-snapshot.ts';
import { StatCollector } from '../../gateway/mover/baseline/stat-cache.ts';
import { uploadBuffers } from '../../gateway/mover/pack-buffers.ts';
import { WorkerPool } from '../../gateway/mover/threads/worker-pool.ts';
import type { ListedEntry } from '../../gateway/mover/upload/list-tree.ts';
import { LooseLeaves } from '../../gateway/mover/upload/loose-leaves.ts';
import { NewFilesReport } from '../../gateway/mover/upload/new-files-report.ts';
import { PackStream } from '../../gateway/mover/upload/pack-stream.ts';
import { uploadEntries } from '../../gateway/mover/upload/upload-entries.ts';
import { fileDigest, startSegmentDigest } from '../../shared/domain/vault/digest.ts';
import { Random } from '../mover/random.ts';
import { rehearseDays } from './days.ts';
import { type Parent, RehearsedSnapshot } from './snapshot.ts';
import type { Figures } from './steps.ts';
import { mountId } from './synthetic.ts';

const leafBytes = 8192;
const filesPerFolder = 1000;
const inode = { mode: 0o640, uid: 1, gid: 1 };
const firstMtimeNs = 1_700_000_000_000_000_000n;
const requestedAt = new Date('2026-01-31T12:00:00Z');

const sizeOf = (file: number): number => 100 + (file % 8000);

/** To the nanosecond and without order, as in a tree that many processes wrote: it does not compress. */
function mtimeOf(file: number): bigint {
  const random = new Random(file);
  return firstMtimeNs + BigInt(random.below(365 * 86_400)) * 1_000_000_000n + BigInt(random.below(1e9));
}

/** A tree of folders of a thousand files each, which is nowhere. */
function* listing(files: number): Generator<ListedEntry> {
  const facts = { ...inode, allocatedBytes: 8192, device: 1n, links: 1 };
  const times = (mtimeNs: bigint) => ({ mtimeNs, ctimeNs: mtimeNs });
  const folder = (path: Buffer, number: number): ListedEntry => ({
    ...facts,
    ...times(firstMtimeNs),
    path,
    type: 'directory',
    sizeBytes: 0,
    inode: BigInt(number),
  });
  yield folder(Buffer.alloc(0), 1);
  for (let file = 0; file < files; file++) {
    const name = String(Math.floor(file / filesPerFolder)).padStart(5, '0');
    if (file % filesPerFolder === 0) yield folder(Buffer.from(name), 2 + file);
    const path = Buffer.from(`${name}/file${String(file).padStart(8, '0')}.trc`);
    const own = { ...times(mtimeOf(file)), sizeBytes: sizeOf(file), inode: BigInt(1e9 + file) };
    yield { ...facts, ...own, path, type: 'file' };
  }
}

/** Two days of a mount of small files, none of which changes, and the plan of its restore. */
export function rehearseFiles(files: number, folder: string): Promise<Figures> {
  return rehearseDays(folder, {
    first: (baselines) => rehearseFirst(baselines, files),
    second: (baselines, first) => rehearseUnchanged(baselines, files, first),
  });
}

async function rehearseFirst(baselines: Baselines, files: number): Promise<Parent> {
  const snapshot = new RehearsedSnapshot(baselines, 1);
  const stats = new StatCollector(requestedAt);
  for (const listed of listing(files)) {
    const { path, type, sizeBytes: size, mtimeNs } = listed;
    if (type === 'directory') {
      snapshot.entries.add({ type: 'directory', path, ...inode, mtimeNs });
      continue;
    }
    const leaf = Buffer.alloc(32);
    leaf.write(path.toString('latin1', path.length - 20), 'latin1');
    const digest = startSegmentDigest().update(leaf).digest();
    const { number, frame } = snapshot.streams.packs.place();
    const place = { pack: { owner: snapshot.owner, number }, frame, offset: 0 };
    const ref = await snapshot.streams.maps.add({ leafBytes, digest, extents: [{ length: size, place }] });
    const facts = { size, leafBytes, digest: fileDigest(size, leafBytes, [digest]), holes: [] };
    snapshot.entries.add({ type: 'file', path, ...inode, mtimeNs, ...facts, segments: [ref] });
    stats.add(listed);
  }
  return snapshot.finish(undefined, null, stats.result());
}

async function rehearseUnchanged(baselines: Baselines, files: number, name: Parent): Promise<Parent> {
  const parent = await ParentSnapshot.open(
    baselines,
    { mountId, parent: name, source: undefined },
    () => new Set(),
  );
  if (!parent) throw new Error('the first day was not kept');
  const snapshot = new RehearsedSnapshot(baselines, 2);
  const { owner, streams } = snapshot;
  const pool = new WorkerPool();
  const packs = new PackStream({ put: async () => {} }, owner, uploadBuffers);
  const stats = new StatCollector(requestedAt);
  const entries = uploadEntries({
    ...{ root: '/nowhere', owner, pool, baselines, parent, trustsStats: true, findsMoved: true },
    listing: {
      [Symbol.asyncIterator]: async function* () {
        yield* listing(files);
      },
    },
    streams: { ...streams, loose: new LooseLeaves(pool, packs) },
    stats,
    report: new NewFilesReport(),
    onProgress: () => {},
    signal: undefined,
  });
  for await (const entry of entries) snapshot.entries.add(entry);
  const point = await snapshot.finish(parent, name, stats.result());
  await parent.close();
  await packs.close();
  return point;
}
