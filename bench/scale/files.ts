import { join } from 'node:path';
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
import { openBaselines, RehearsedSnapshot, rehearseRestore } from './snapshot.ts';
import { mountId, processorSeconds } from './synthetic.ts';

const leafBytes = 8192;
const filesPerFolder = 1000;
const inode = { mode: 0o640, uid: 1, gid: 1, mtimeNs: 1_700_000_000_123_456_789n };
const requestedAt = new Date('2026-01-31T12:00:00Z');

const sizeOf = (file: number): number => 100 + (file % 8000);

/** A tree of folders of a thousand files each, which is nowhere. */
function* listing(files: number): Generator<ListedEntry> {
  const facts = { ...inode, allocatedBytes: 8192, ctimeNs: inode.mtimeNs, device: 1n, links: 1 };
  const folder = (path: Buffer, number: number): ListedEntry => ({
    ...facts,
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
    yield { ...facts, path, type: 'file', sizeBytes: sizeOf(file), inode: BigInt(1e9 + file) };
  }
}

/** Two days of a mount of small files, none of which changes, and the plan of its restore. Answers processor seconds of each. */
export async function rehearseFiles(files: number, folder: string) {
  const baselines = await openBaselines(join(folder, 'baselines'));
  const start = processorSeconds();
  const first = new RehearsedSnapshot(baselines, 1);
  const stats = new StatCollector(requestedAt);
  for (const entry of listing(files)) {
    const { path, type, sizeBytes: size } = entry;
    if (type === 'directory') {
      first.entries.add({ type: 'directory', path, ...inode });
      continue;
    }
    const leaf = Buffer.alloc(32);
    leaf.write(path.toString('latin1', path.length - 20), 'latin1');
    const digest = startSegmentDigest().update(leaf).digest();
    const { number, frame } = first.streams.packs.place();
    const place = { pack: { owner: first.owner, number }, frame, offset: 0 };
    const ref = await first.streams.maps.add({ leafBytes, digest, extents: [{ length: size, place }] });
    const facts = { size, leafBytes, digest: fileDigest(size, leafBytes, [digest]), holes: [] };
    first.entries.add({ type: 'file', path, ...inode, ...facts, segments: [ref] });
    stats.add(entry);
  }
  const name = await first.finish(undefined, null, stats.result());
  const firstEnd = processorSeconds();
  const parent = await ParentSnapshot.open(
    baselines,
    { mountId, parent: name, source: undefined },
    () => new Set(),
  );
  if (!parent) throw new Error('the first day was not kept');
  const second = new RehearsedSnapshot(baselines, 2);
  const pool = new WorkerPool();
  const packs = new PackStream({ put: async () => {} }, second.owner, uploadBuffers);
  const again = new StatCollector(requestedAt);
  const entries = uploadEntries({
    ...{
      root: '/nowhere',
      owner: second.owner,
      pool,
      baselines,
      parent,
      trustsStats: true,
      findsMoved: true,
    },
    listing: {
      [Symbol.asyncIterator]: async function* () {
        yield* listing(files);
      },
    },
    streams: { ...second.streams, loose: new LooseLeaves(pool, packs) },
    stats: again,
    report: new NewFilesReport(),
    onProgress: () => {},
    signal: undefined,
  });
  for await (const entry of entries) second.entries.add(entry);
  const point = await second.finish(parent, name, again.result());
  await parent.close();
  const secondEnd = processorSeconds();
  const count = await rehearseRestore(baselines, point, join(folder, 'restore'));
  const seconds = [firstEnd - start, secondEnd - firstEnd, processorSeconds() - secondEnd];
  return { seconds, packs: count };
}
